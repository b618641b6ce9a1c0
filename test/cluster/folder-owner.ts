import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../servers/until.js';
import type { ClusterFolder } from './cluster-folder.js';

/**
 * Makes this process the one that runs the cluster of a folder, and ends what is left of one that was killed.
 * @returns the end of that
 * @throws Error when another process runs it
 */
export async function ownFolder(folder: ClusterFolder): Promise<() => void> {
  const file = join(folder.path, 'command.pid');
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (owner > 0 && owner !== process.pid && /cluster/u.test(ofProcess(owner, 'cmdline'))) {
    throw new Error(
      `A cluster runs in ${folder.path} already (process ${owner}): stop it, or choose another folder with --dir.`,
    );
  }
  writeFileSync(file, String(process.pid));
  await endLeftovers(folder);
  return () => rmSync(file, { force: true });
}

/** Only processes that carry the mark of this folder: their ids may have been given to others meanwhile. */
async function endLeftovers(folder: ClusterFolder): Promise<void> {
  const mark = `CLUSTER_FOLDER=${folder.path}\0`;
  const left = folder
    .shown()
    .map(({ pid }) => pid)
    .filter((pid) => ofProcess(pid, 'environ').includes(mark));
  for (const pid of left) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
  await until(
    async () => left.filter((pid) => ofProcess(pid, 'environ').includes(mark)),
    (living) => living.length === 0,
  );
}

/** A file of /proc about a process; empty when there is no such process, and where there is no /proc. */
function ofProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
