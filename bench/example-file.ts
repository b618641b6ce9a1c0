import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Path of a file of examples/, from compiled code as from its source. */
export function exampleFile(name: string): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'examples', name);
    if (existsSync(path)) {
      return path;
    }
  }
  throw new Error(`There is no examples/${name}.`);
}
