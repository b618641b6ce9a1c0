// npm run docs:config: writes the option tables of docs/configuration.md from the options themselves.
import { readFileSync, writeFileSync } from 'node:fs';
import { ensureBuilt } from './setup/build.mjs';
import { ensureInstalled } from './setup/install.mjs';
import { inProject } from './setup/paths.mjs';

const BEGIN = '<!-- options: written by npm run docs:config -->';
const END = '<!-- end of options -->';

await ensureInstalled();
if (!process.argv.includes('--no-build')) {
  await ensureBuilt();
}
const { renderOptionTables } = await import(inProject('libs/config/dist/index.js'));

const path = inProject('docs/configuration.md');
const page = readFileSync(path, 'utf8');
const [before, rest] = page.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined) {
  console.error(`${path} has no place for the tables: ${BEGIN} ... ${END}`);
  process.exit(1);
}
writeFileSync(path, `${before}${BEGIN}\n\n${renderOptionTables()}\n\n${END}${after}`);
