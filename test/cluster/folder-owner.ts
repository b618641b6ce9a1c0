import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterFolder } from './cluster-folder.js';

/**
 * Makes this process the one that runs the cluster of a folder.
 * @returns the end of that
 * @throws Error when another process runs it
 */
export function ownFolder(folder: ClusterFolder): () => void {
  const file = join(folder.path, 'command.pid');
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (owner > 0 && owner !== process.pid && /cluster/u.test(commandLine(owner))) {
    throw new Error(
      `A cluster runs in ${folder.path} already (process ${owner}): stop it, or choose another folder with --dir.`,
    );
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

/** Empty when there is no such process, and where there is no /proc. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
