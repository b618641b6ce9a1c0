import { readdirSync, readFileSync } from 'node:fs';
import type { RemoteFile } from '@im/ssh';

const folders = ['utils/tasks', 'utils/templates'];

let files: { path: string; data: string }[] | undefined;

/** Task files and templates that recipes of users may include; their names and places are part of the interface (spec: contextualization.md 8). */
export function helperFiles(folder: string): RemoteFile[] {
  files ??= folders.flatMap((name) => {
    const source = new URL(`../assets/${name}/`, import.meta.url);
    return readdirSync(source).map((file) => ({
      path: `${name}/${file}`,
      data: readFileSync(new URL(file, source), 'utf8'),
    }));
  });
  return files.map(({ path, data }) => ({ path: `${folder}/${path}`, data, mode: 0o644 }));
}
