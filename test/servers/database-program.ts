import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { pathOf } from '../cluster/programs.js';

/** The family of a server: they differ in how empty data are made and in some statements. */
export type DatabaseFamily = 'mariadb' | 'mysql';

/** Options of a server that a test starts. */
export interface DatabaseServing {
  /** Where its socket, its pid and its data lie. */
  folder: string;
  /** On 127.0.0.1. */
  port: number;
  /** Further options. */
  args: readonly string[];
}

/** Whoever starts as root says so. */
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];

/**
 * A log of 8 MiB. The first option is of MariaDB and of older MySQL, the second of MySQL 8.0.30 and newer; a server passes over those that it
 * does not know.
 */
const smallLog = ['--loose-innodb-log-file-size=8M', '--loose-innodb-redo-log-capacity=8M'];

/**
 * The family of the server that is installed: MariaDB where both are, unless IM_TEST_DATABASE is `mysql`.
 * @throws MissingProgramError
 */
export function databaseFamily(): DatabaseFamily {
  // MariaDB installs its server under the name of the other one too.
  return basename(realpathSync(pathOf('mariadbd'))) === 'mariadbd' ? 'mariadb' : 'mysql';
}

/**
 * Command that makes empty data, whose root needs no password.
 * @param data folder to be made
 * @param args further options of the server
 * @throws MissingProgramError
 */
export function initializeCommand(data: string, args: readonly string[] = []): [string, string[]] {
  const options = [`--datadir=${data}`, ...smallLog, ...args, ...asRoot];
  return databaseFamily() === 'mariadb'
    ? [
        pathOf('mariadb-install-db'),
        ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', ...options],
      ]
    : [pathOf('mariadbd'), ['--no-defaults', '--initialize-insecure', ...options]];
}

/**
 * Command that serves the data in `folder`/data, also on the socket `folder`/sock.
 * @throws MissingProgramError
 */
export function serveCommand({ folder, port, args }: DatabaseServing): [string, string[]] {
  return [
    pathOf('mariadbd'),
    [
      '--no-defaults',
      `--datadir=${folder}/data`,
      `--socket=${folder}/sock`,
      `--pid-file=${folder}/pid`,
      // Packages of MySQL expect a folder that only their own set-up makes.
      `--secure-file-priv=${folder}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-log-bin',
      '--loose-mysqlx=OFF',
      ...smallLog,
      ...args,
      ...asRoot,
    ],
  ];
}
