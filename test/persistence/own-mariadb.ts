import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { initializeCommand, serveCommand } from '../servers/database-program.js';
import { freePort } from '../servers/free-port.js';
import { untilStopped } from '../servers/stopped-process.js';
import { until } from '../servers/until.js';

export interface OwnMariadbOptions {
  /** Folder of the data; one of its own, removed by `stop`, when not given. */
  folder?: string;
  /** Further options of the server. */
  args?: string[];
}

const password = 'im-test-pass';

/** A MariaDB or MySQL that belongs to one test file, which may break it as it likes. */
export class OwnMariadb {
  private server: ChildProcess | null = null;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private args: readonly string[],
    private readonly isOurs: boolean,
  ) {}

  /** Starts the server of this machine with empty data and waits until it answers. */
  static async start({ folder, args = [] }: OwnMariadbOptions = {}): Promise<OwnMariadb> {
    const place = folder ?? (await mkdtemp(join(tmpdir(), 'im-own-mariadb-')));
    await promisify(execFile)(
      ...initializeCommand(
        `${place}/data`,
        args.filter((arg) => arg.startsWith('--innodb')),
      ),
    );
    const mariadb = new OwnMariadb(place, await freePort(), args, folder === undefined);
    await mariadb.startAgain();
    return mariadb;
  }

  get socket(): string {
    return `${this.folder}/sock`;
  }

  /** Makes an empty database and lets an ordinary user in. @returns the value of DATA_DB for it, without options */
  async createDatabase(): Promise<string> {
    const name = `im_test_${randomBytes(6).toString('hex')}`;
    await this.query(`CREATE DATABASE ${name}`);
    for (const host of ['%', 'localhost']) {
      await this.query(`CREATE USER IF NOT EXISTS im@'${host}' IDENTIFIED BY '${password}'`);
      await this.query(`GRANT ALL ON ${name}.* TO im@'${host}'`);
    }
    return this.urlOf(name);
  }

  /** @param port of a way to the server */
  urlOf(database: string, port = this.port, host = '127.0.0.1'): string {
    return `mysql://im:${password}@${host}:${port}/${database}`;
  }

  /** Runs a statement with all rights. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    const connection = await this.connect();
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
      return rows;
    } finally {
      connection.destroy();
    }
  }

  /** A session with all rights, over the socket. */
  connect(database?: string): Promise<mysql.Connection> {
    return mysql.createConnection({
      socketPath: this.socket,
      user: 'root',
      multipleStatements: true,
      ...(database === undefined ? {} : { database }),
    });
  }

  /** Ends the server as a crash does, or in order. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { server } = this;
    if (server !== null && server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'close');
      server.kill(signal);
      await ended;
    }
    this.server = null;
  }

  /** Starts it on the same data and port. @param args other options than before */
  async startAgain(args = this.args): Promise<void> {
    this.args = args;
    const log = await open(join(this.folder, 'log'), 'a');
    const [program, options] = serveCommand({
      folder: this.folder,
      port: this.port,
      args: [
        '--innodb-buffer-pool-size=32M',
        // Commits outlive a crash of the server, not one of the host.
        '--innodb-flush-log-at-trx-commit=2',
        ...this.args,
      ],
    });
    const server = spawn(program, options, { stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    this.server = server;
    const answers = async () =>
      server.exitCode !== null || (await this.query('SELECT 1').catch(() => null)) !== null;
    await until(answers, (done) => done, 60_000);
    if (server.exitCode !== null) {
      throw new Error(`The MariaDB does not start:\n${await readFile(join(this.folder, 'log'), 'utf8')}`);
    }
  }

  /** Stops all its threads in the middle of what they do. */
  async freeze(): Promise<void> {
    const pid = this.server?.pid;
    if (pid !== undefined) {
      process.kill(pid, 'SIGSTOP');
      await untilStopped(pid);
    }
  }

  resume(): void {
    this.server?.kill('SIGCONT');
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    this.resume();
    await this.end();
    if (this.isOurs) {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
