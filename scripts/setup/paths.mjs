import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the project, whatever the working directory is. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A path inside of the project. */
export function inProject(...parts) {
  return join(root, ...parts);
}

/** A program that a package brings, as arguments for node. */
export function packageProgram(path) {
  return [process.execPath, inProject('node_modules', path)];
}
