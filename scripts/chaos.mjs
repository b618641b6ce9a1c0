// npm run chaos -- [--minutes 10]: a cluster under load whose processes are killed all the time (docs/high-availability.md).
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { ensureInstalled } = await import('./setup/install.mjs');
const { ensureBuilt } = await import('./setup/build.mjs');
const { inProject, packageProgram } = await import('./setup/paths.mjs');
const { run } = await import('./setup/run.mjs');

await ensureInstalled();
await ensureBuilt();

const compiled = inProject('node_modules/.cache/im-chaos');
mkdirSync(compiled, { recursive: true });
writeFileSync(`${compiled}/package.json`, JSON.stringify({ type: 'module' }));
const { code } = await run([
  ...packageProgram('typescript/bin/tsc'),
  '-p',
  'test/chaos/tsconfig.json',
  '--outDir',
  compiled,
]);
if (code !== 0) {
  process.exit(1);
}
// In this process, so signals and the terminal are its own.
await import(pathToFileURL(`${compiled}/test/chaos/main.js`).href);
