import { readFileSync } from 'node:fs';

/** The text of a file, or undefined when it does not exist: the `readFile` that programs give to loadConfig. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}
