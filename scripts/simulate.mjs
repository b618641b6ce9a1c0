// npm run simulate [-- --seeds N --seed S]: compiles everything, then plays seeds of test/simulation against the compiled packages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { ensureInstalled } = await import('./setup/install.mjs');
const { ensureBuilt } = await import('./setup/build.mjs');
const { inProject, packageProgram } = await import('./setup/paths.mjs');
const { run } = await import('./setup/run.mjs');

await ensureInstalled();
await ensureBuilt();

const compiled = inProject('node_modules/.cache/im-simulation');
mkdirSync(compiled, { recursive: true });
writeFileSync(`${compiled}/package.json`, JSON.stringify({ type: 'module' }));
const { code } = await run([
  ...packageProgram('typescript/bin/tsc'),
  '-p',
  'test/simulation/tsconfig.json',
  '--outDir',
  compiled,
]);
if (code !== 0) {
  process.exit(1);
}
const simulation = await run([
  process.execPath,
  '--enable-source-maps',
  `${compiled}/test/simulation/main.js`,
  '--keep',
  inProject('test/simulation/failing-seeds.json'),
  ...process.argv.slice(2),
]);
process.exitCode = simulation.code;
