import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { databaseFamily, initializeCommand, serveCommand } from '../servers/database-program.js';
import { pathOf } from './programs.js';

const execute = promisify(execFile);

/** A MariaDB or MySQL to start, with the database of the cluster. */
export interface MariadbServer {
  program: string;
  args: string[];
  /** DATA_DB for the service, whose user has rights on its database alone. */
  url: string;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
  /** Runs a statement with all rights. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** A session with all rights on the database of the service. */
  connect(): Promise<mysql.Connection>;
}

/**
 * Prepares a MariaDB or MySQL on 127.0.0.1 with small buffers; data that are there are kept.
 * @param folder its own; made when missing
 * @param passwords of the service and of the administrator
 */
export async function mariadbServer(
  folder: string,
  port: number,
  passwords: { service: string; administrator: string },
): Promise<MariadbServer> {
  const data = join(folder, 'data');
  if (!existsSync(data)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const copy = `${data}.new`;
    rmSync(copy, { recursive: true, force: true });
    cpSync(await emptyData(), copy, { recursive: true });
    renameSync(copy, data);
  }
  // A killed MySQL leaves it, and would not start while anything has the number in there. The folder has one owner, so nobody uses it.
  rmSync(join(folder, 'sock.lock'), { force: true });
  const accounts = join(folder, 'accounts.sql');
  writeFileSync(accounts, accountStatements(passwords), { mode: 0o600 });
  const administrator = `mysql://root:${passwords.administrator}@127.0.0.1:${port}/`;
  const connect = async () => {
    const connection = await mysql.createConnection({ uri: administrator, connectTimeout: 5_000 });
    try {
      // Connecting to a database that is made only now would fail, so it is chosen here.
      await connection.query('USE im');
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  };
  const query = async (sql: string) => {
    const connection = await connect();
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  };
  const [program, args] = serveCommand({
    folder,
    port,
    args: [
      `--init-file=${accounts}`,
      '--skip-name-resolve',
      '--max-connections=400',
      '--performance-schema=off',
      '--innodb-buffer-pool-size=64M',
      // What is committed survives a killed server; only a machine that loses its power forgets the last second.
      '--innodb-flush-log-at-trx-commit=2',
    ],
  });
  return {
    program,
    args,
    url: `mysql://im:${passwords.service}@127.0.0.1:${port}/im`,
    isReady: () =>
      query('SELECT 1').then(
        () => true,
        () => false,
      ),
    query,
    connect,
  };
}

/** Run at every start, before anybody can connect; nobody gets in without a password. */
function accountStatements({ service, administrator }: { service: string; administrator: string }): string {
  const account = (name: string, password: string) => [
    `CREATE USER IF NOT EXISTS ${name} IDENTIFIED BY '${password}';`,
    `ALTER USER ${name} IDENTIFIED BY '${password}';`,
  ];
  return [
    'CREATE DATABASE IF NOT EXISTS im CHARACTER SET utf8mb4;',
    ...account("im@'127.0.0.1'", service),
    "GRANT ALL ON im.* TO im@'127.0.0.1';",
    ...account("root@'127.0.0.1'", administrator),
    "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;",
    `ALTER USER root@localhost IDENTIFIED BY '${administrator}';`,
    ...(databaseFamily() === 'mariadb'
      ? ["DELETE FROM mysql.global_priv WHERE User = 'root' AND Host NOT IN ('localhost', '127.0.0.1');"]
      : []),
    'FLUSH PRIVILEGES;',
    '',
  ].join('\n');
}

/** A data folder without databases, made once for a version and kept in ~/.cache/im-tests. @returns its path */
async function emptyData(): Promise<string> {
  const { stdout } = await execute(pathOf('mariadbd'), ['--version']);
  const version = /Ver (\S+)/u.exec(stdout)?.[1] ?? 'unknown';
  const cache = join(homedir(), '.cache/im-tests');
  const ready = join(cache, `${databaseFamily()}-data-${version}`);
  if (!existsSync(ready)) {
    const made = `${ready}.${randomBytes(6).toString('hex')}`;
    mkdirSync(cache, { recursive: true });
    await execute(...initializeCommand(made));
    moveUnlessThere(made, ready);
  }
  return ready;
}

/** Another process may have been faster. */
function moveUnlessThere(made: string, ready: string): void {
  try {
    renameSync(made, ready);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(ready)) {
      throw error;
    }
  }
}
