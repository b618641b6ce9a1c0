import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const packages: Record<string, string> = {
  mariadbd: 'mariadb-server',
  'mariadb-install-db': 'mariadb-server',
  'redis-server': 'redis-server',
  haproxy: 'haproxy',
};

/** Servers lie here, and the PATH of users other than root often lacks it. */
const moreFolders = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** A program of the cluster is not installed; the message says how to get it. */
export class MissingProgramError extends Error {}

/**
 * Path of a program of the cluster.
 * @throws MissingProgramError
 */
export function pathOf(program: string): string {
  const found = findProgram(program);
  if (found === undefined) {
    const brings = packages[program] ?? program;
    throw new MissingProgramError(
      `${program} is not installed: the cluster needs it (Debian and Ubuntu: apt-get install ${brings}).`,
    );
  }
  return found;
}

/** @returns the programs that a cluster needs and that are not installed */
export function missingPrograms(): string[] {
  return Object.keys(packages).filter((program) => findProgram(program) === undefined);
}

/**
 * A command whose process is killed when the one that started it dies, however that dies. Where setpriv of util-linux is missing, it is
 * the command as given.
 */
export function dyingWithParent(program: string, args: readonly string[]): [string, string[]] {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [program, [...args]] : [setpriv, ['--pdeathsig', 'KILL', program, ...args]];
}

function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...moreFolders];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
