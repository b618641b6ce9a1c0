import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { StartError } from '@im/process';

interface Holder {
  host: string;
  pid: number;
  /** When the process started, as the kernel counts: tells it from a later one with the same number. */
  startedAt: string;
}

/** The right of one process to use a data file. */
export interface DataLock {
  /** No other process can be at work on these data; false when one on another host could be. */
  alone: boolean;
  release(): void;
}

/**
 * Makes sure that no other process of this host serves the same data. What a killed process left is replaced.
 * @param path of the lock file, beside the data
 * @throws StartError when another process uses the data, or the folder cannot be written
 */
export function lockData(path: string): DataLock {
  const own: Holder = { host: hostname(), pid: process.pid, startedAt: startOf(process.pid) ?? '' };
  const text = JSON.stringify(own);
  let alone = true;
  if (!createFile(path, text)) {
    const other = readHolder(path);
    if (other?.host === own.host && isSameProcess(other)) {
      throw new StartError(
        `Another process (${other.pid}) serves the data of ${path.replace(/\.lock$/u, '')}: stop it, or set IM_DATA_DIR to another folder.`,
      );
    }
    alone = other === null || other.host === own.host;
    replaceFile(path, text);
  }
  return {
    alone,
    release: () => {
      if (readHolder(path)?.pid === own.pid) {
        rmSync(path, { force: true });
      }
    },
  };
}

/** @returns false when the file exists */
function createFile(path: string, text: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, text);
    closeSync(file);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      return false;
    }
    throw new StartError(
      `${path} cannot be written (${cause instanceof Error ? cause.message : String(cause)}): set IM_DATA_DIR to a folder this user may write.`,
      1,
      { cause },
    );
  }
}

function replaceFile(path: string, text: string): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}

/** null when the file is gone or holds something else: nobody finished writing it. */
function readHolder(path: string): Holder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isHolder(value) ? value : null;
  } catch {
    return null;
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'host' in value &&
    typeof value.host === 'string' &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startedAt' in value &&
    typeof value.startedAt === 'string'
  );
}

function isSameProcess(holder: Holder): boolean {
  if (holder.pid === process.pid || !isAlive(holder.pid)) {
    return false;
  }
  const startedAt = startOf(holder.pid);
  return startedAt === null || holder.startedAt === '' || startedAt === holder.startedAt;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat, counted after the name, which may hold spaces; null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
