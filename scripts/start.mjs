// npm start: installs and compiles what is missing, then serves. `npm run config` shows the configuration instead.
import { pathToFileURL } from 'node:url';
import { requireNode } from './setup/node-version.mjs';

requireNode();
const { ensureInstalled } = await import('./setup/install.mjs');
const { ensureBuilt } = await import('./setup/build.mjs');
const { inProject } = await import('./setup/paths.mjs');

await ensureInstalled();
await ensureBuilt();

// The server runs in this process, so signals and the terminal are its own.
const main = inProject('apps/standalone/dist/main.js');
process.chdir(inProject());
process.env.IM_PROFILE ??= 'local';
process.argv = [process.execPath, main, ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
