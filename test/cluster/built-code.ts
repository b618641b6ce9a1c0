import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

/** Folder of the project, from compiled files as from sources. */
export const projectFolder = folderWithLock(import.meta.dirname);

/** Compiles libs and apps when a source changed. @throws Error with the output of the compiler */
export async function ensureBuilt(): Promise<void> {
  const build = pathToFileURL(join(projectFolder, 'scripts/setup/build.mjs')).href;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', `(await import('${build}')).ensureBuilt()`],
    { cwd: projectFolder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const [output] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (child.exitCode !== 0) {
    throw new Error(`The sources do not compile:\n${output}`);
  }
}

/** Main file of an app. */
export function mainOf(app: 'api' | 'worker'): string {
  return join(projectFolder, 'apps', app, 'dist/main.js');
}

function folderWithLock(from: string): string {
  const above = dirname(from);
  return existsSync(join(from, 'package-lock.json')) || above === from ? from : folderWithLock(above);
}
