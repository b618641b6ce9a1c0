import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const packages: Record<string, string> = {
  mariadbd: 'mariadb-server',
  'redis-server': 'redis-server',
  haproxy: 'haproxy',
};

/** Servers lie here, and the PATH of users other than root often lacks it. */
const moreFolders = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** The server of MySQL does as well as that of MariaDB, and is taken first when IM_TEST_DATABASE asks for it. */
const databasePrograms =
  process.env['IM_TEST_DATABASE'] === 'mysql' ? ['mysqld', 'mariadbd'] : ['mariadbd', 'mysqld'];

/** A program of the cluster is not installed; the message says how to get it. */
export class MissingProgramError extends Error {}

/**
 * Path of a program of the cluster; for `mariadbd` it may be that of a MySQL (see test/servers/database-program.ts).
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
  const names = program === 'mariadbd' ? databasePrograms : [program];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
