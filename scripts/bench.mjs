// npm run bench [-- --against URL]: compiles everything, then runs bench/main.ts against the compiled packages.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { ensureInstalled } = await import('./setup/install.mjs');
const { ensureBuilt } = await import('./setup/build.mjs');
const { inProject, packageProgram } = await import('./setup/paths.mjs');
const { run } = await import('./setup/run.mjs');

if (!existsSync(inProject('bench/main.ts'))) {
  console.error('There is no bench/main.ts.');
  process.exit(1);
}
await ensureInstalled();
await ensureBuilt();

const compiled = inProject('node_modules/.cache/im-bench');
mkdirSync(compiled, { recursive: true });
writeFileSync(`${compiled}/package.json`, JSON.stringify({ type: 'module' }));
const { code } = await run([
  ...packageProgram('typescript/bin/tsc'),
  '-p',
  'bench/tsconfig.json',
  '--outDir',
  compiled,
]);
if (code !== 0) {
  process.exit(1);
}
const bench = await run([
  process.execPath,
  '--expose-gc',
  `${compiled}/bench/main.js`,
  ...process.argv.slice(2),
]);
process.exitCode = bench.code;
