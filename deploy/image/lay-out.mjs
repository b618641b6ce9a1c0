// Copies what the image needs out of a compiled checkout: `lay-out.mjs <checkout> <destination>`.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [checkout, destination] = process.argv.slice(2);
const target = join(destination, 'opt/im');

/** Parts of packages that Node.js does not load. */
const NOT_LOADED = /\.(?:d\.[cm]?ts|map|md|markdown)$/;

mkdirSync(join(destination, 'var/lib/im'), { recursive: true });
for (const file of ['package.json', 'LICENSE', 'deploy/image']) {
  cpSync(join(checkout, file), join(target, file), { recursive: true });
}
rmSync(join(target, 'deploy/image/lay-out.mjs'));
cpSync(join(checkout, 'deploy/image/im.cfg'), join(target, 'im.cfg'));
rmSync(join(target, 'deploy/image/im.cfg'));

// node_modules/@im are links to the folders of the project, and stay that.
cpSync(join(checkout, 'node_modules'), join(target, 'node_modules'), {
  recursive: true,
  verbatimSymlinks: true,
  filter: (path) => !NOT_LOADED.test(path),
});
for (const group of ['libs', 'apps']) {
  for (const name of readdirSync(join(checkout, group))) {
    const folder = join(checkout, group, name);
    for (const part of ['package.json', 'dist', 'node_modules'].filter((each) =>
      existsSync(join(folder, each)),
    )) {
      cpSync(join(folder, part), join(target, group, name, part), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !/\.d\.ts$|\.tsbuildinfo$/.test(path),
      });
    }
  }
}
