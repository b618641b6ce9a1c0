// npm run cluster -- [--api N] [--workers M] [--port 8800] [--dir DIR] [--no-restart]: a whole cluster on this machine (docs/cluster.md).
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { ensureInstalled } = await import('./setup/install.mjs');
const { ensureBuilt } = await import('./setup/build.mjs');
const { inProject } = await import('./setup/paths.mjs');

await ensureInstalled();
await ensureBuilt();

// Types are checked by npm run check; here only a moment shall be lost.
const { transformFile } = await import('@swc/core');
const compiled = inProject('node_modules/.cache/im-cluster');
for (const folder of ['test/cluster', 'test/servers']) {
  mkdirSync(join(compiled, folder), { recursive: true });
  const sources = readdirSync(inProject(folder)).filter((name) => /(?<!\.spec)\.ts$/.test(name));
  await Promise.all(
    sources.map(async (name) => {
      const { code } = await transformFile(inProject(folder, name), {
        module: { type: 'es6' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      });
      writeFileSync(join(compiled, folder, name.replace(/ts$/, 'js')), code);
    }),
  );
}
writeFileSync(`${compiled}/package.json`, JSON.stringify({ type: 'module' }));
// In this process, so signals and the terminal are its own.
await import(pathToFileURL(`${compiled}/test/cluster/main.js`).href);
