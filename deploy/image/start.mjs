// The program of the image: `api`, `worker` or `standalone`, and their arguments (`migrate`, `leaks`, `config`, `--version`). The process runs in
// this one, so signals reach it without an init.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const KINDS = ['api', 'worker', 'standalone'];

const [kind = 'standalone', ...rest] = process.argv.slice(2);
const main = `/opt/im/apps/${kind}/dist/main.js`;
if (!KINDS.includes(kind) || !existsSync(main)) {
  console.error(`The image runs ${KINDS.join(', ')}, not "${kind}".`);
  process.exit(64);
}
process.setSourceMapsEnabled(true);
process.argv = [process.execPath, main, ...rest];
await import(pathToFileURL(main).href);
