// npm run cluster -- [--api N] [--workers M] [--port 8800] [--dir DIR] [--no-restart]: a whole cluster on this machine (docs/cluster.md).
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

const compiled = inProject('node_modules/.cache/im-cluster');
mkdirSync(compiled, { recursive: true });
writeFileSync(`${compiled}/package.json`, JSON.stringify({ type: 'module' }));
const { code } = await run([
  ...packageProgram('typescript/bin/tsc'),
  '-p',
  'test/cluster/tsconfig.json',
  '--outDir',
  compiled,
]);
if (code !== 0) {
  process.exit(1);
}
// In this process, so signals and the terminal are its own.
await import(pathToFileURL(`${compiled}/test/cluster/main.js`).href);
