import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { initializeCommand, serveCommand } from './database-program.js';
import { freePort } from './free-port.js';

/** A MySQL or MariaDB for tests. */
export interface TestDatabaseServer {
  /** Makes an empty database. @returns the value of DATA_DB for it */
  createDatabase(): Promise<string>;
  /** Runs statements with all rights, for instance to disturb. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Drops what was made, and stops the server when it was started here. */
  stop(): Promise<void>;
}

const startLimitMs = 60_000;

/**
 * The server of IM_TEST_MYSQL_URL (its user may create databases), else the MariaDB or MySQL of this machine: started on a free port
 * of 127.0.0.1 with its data in a temporary folder, without flushing to the disk.
 */
export async function startMariadb(): Promise<TestDatabaseServer> {
  const given = process.env['IM_TEST_MYSQL_URL'];
  if (given !== undefined && given !== '') {
    return databaseServer(new URL(given), async () => undefined);
  }
  const folder = await mkdtemp(join(tmpdir(), 'im-mariadb-'));
  await promisify(execFile)(...initializeCommand(`${folder}/data`));
  const port = await freePort();
  const log = await open(join(folder, 'log'), 'a');
  const [program, options] = serveCommand({
    folder,
    port,
    args: ['--innodb-flush-log-at-trx-commit=0'],
  });
  const server = spawn(program, options, { stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  const remove = async () => {
    await stopProcess(server);
    await rm(folder, { recursive: true, force: true });
  };
  const url = new URL(`mysql://root@127.0.0.1:${port}/mysql`);
  try {
    await untilAccepting(server, url);
  } catch (error) {
    const lines = await readFile(join(folder, 'log'), 'utf8');
    await remove();
    throw new Error(`The MariaDB of the tests does not start:\n${lines}`, { cause: error });
  }
  return databaseServer(url, remove);
}

function databaseServer(url: URL, stopServer: () => Promise<void>): TestDatabaseServer {
  const databases: string[] = [];
  const query = async (sql: string) => {
    const connection = await mysql.createConnection(url.href);
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  };
  return {
    query,
    createDatabase: async () => {
      const name = `im_test_${randomBytes(6).toString('hex')}`;
      // Not the character set that we want, to see that tables choose their own.
      await query(`CREATE DATABASE ${name} CHARACTER SET latin1`);
      databases.push(name);
      const { username, password, host } = url;
      return `mysql://${username}:${password}@${host}/${name}`;
    },
    stop: async () => {
      for (const name of databases) {
        await query(`DROP DATABASE IF EXISTS ${name}`);
      }
      await stopServer();
    },
  };
}

async function untilAccepting(server: ChildProcess, url: URL): Promise<void> {
  const limit = Date.now() + startLimitMs;
  for (;;) {
    try {
      await (await mysql.createConnection(url.href)).end();
      return;
    } catch (error) {
      if (Date.now() > limit || server.exitCode !== null) {
        throw error;
      }
      await delay(100);
    }
  }
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) {
    return;
  }
  const ended = new Promise((resolve) => server.once('close', resolve));
  server.kill('SIGTERM');
  await Promise.race([ended, delay(20_000, undefined, { ref: false })]);
  server.kill('SIGKILL');
}
