import { closeSync, mkdirSync, openSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open as openFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Logger } from '@im/domain';
import { ImError, messageOf } from '@im/domain';
import Database from 'libsql';
import type { Migration } from 'typeorm';
import { DataSource } from 'typeorm';
import { entities } from '../schema/entities.js';
import { migrations } from '../schema/migrations/index.js';
import { migrationsTable, reportMigrations } from '../schema/migrations-table.js';
import type { SqlConnection, SqlDatabase } from '../sql/connection.js';
import { RetriedReads } from '../store/retried-reads.js';
import type { RetryPolicy } from '../store/retry.js';
import { isConflict, retrying } from '../store/retry.js';
import { GroupedTransactions } from './grouped-transactions.js';
import { isBusy, isUnusable, SqliteConnection } from './sqlite-connection.js';

/** Waiting for another process blocks this one, so it is short; transactions are tried again without blocking. */
const busyTimeoutMs = 250;
/** While another process makes or changes the tables; how long in all, the caller says. */
const openRetries = { attempts: Number.POSITIVE_INFINITY, firstPauseMs: 10, longestPauseMs: 250 };

export interface SqliteOptions {
  logger: Logger;
  /** How long to wait while another process changes the tables. */
  migrationWaitMs: number;
}

/**
 * A SQLite file. One connection writes, transactions one after another; another one reads what is committed, so that
 * reads never wait and never see half a transaction.
 */
export class SqliteDatabase implements SqlDatabase {
  readonly reads: SqlConnection;
  private readonly writes: GroupedTransactions;

  private constructor(
    private readonly sources: readonly DataSource[],
    writer: SqliteConnection,
    reader: SqliteConnection,
    private readonly file: string,
    private readonly log: FileHandle,
  ) {
    this.writes = new GroupedTransactions(writer, () => this.flush());
    this.reads = new RetriedReads(reader, isBusy, (error) => this.explained(error));
  }

  /**
   * Opens the file, made with mode 0600 when it is not there, and brings its tables up to date; waits `migrationWaitMs` at most while
   * another process does so.
   * @throws ImError `Unavailable` with the path when that is not possible
   */
  static async open(path: string, { logger, migrationWaitMs }: SqliteOptions): Promise<SqliteDatabase> {
    const file = resolve(path);
    const sources: DataSource[] = [];
    const patience: RetryPolicy = { ...openRetries, budgetMs: migrationWaitMs };
    try {
      mkdirSync(dirname(file), { recursive: true });
      closeSync(openSync(file, 'a', 0o600));
      const writer = await retrying(() => openSource(file, false), isBusy, patience);
      sources.push(writer.source);
      const run = await retrying(() => migrate(writer.source, writer.connection), isBusy, patience);
      reportMigrations(run, file, logger);
      const reader = await retrying(() => openSource(file, true), isBusy, patience);
      sources.push(reader.source);
      // SQLite appends what is committed to this file, which stays the same while a connection is open.
      const log = await openFile(`${file}-wal`, 'r+');
      return new SqliteDatabase(sources, writer.connection, reader.connection, file, log);
    } catch (error) {
      await Promise.all(sources.map((source) => source.destroy()));
      throw new ImError('Unavailable', `The database file ${file} cannot be opened: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  transaction<T>(work: (connection: SqlConnection) => Promise<T>, durable = true): Promise<T> {
    const mayPass = (error: unknown, attempt: number) => isConflict(error, attempt) || isBusy(error);
    return retrying(() => this.writes.run(work, durable), mayPass).catch((error: unknown) => {
      throw this.explained(error);
    });
  }

  latest<T>(read: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return read(this.reads);
  }

  async close(): Promise<void> {
    await this.writes.idle();
    await this.log.close();
    await Promise.all(this.sources.map((source) => source.destroy()));
  }

  /** Brings to the disk what is committed. @throws ImError `Unavailable` when it may not be there */
  private async flush(): Promise<void> {
    try {
      await this.log.datasync();
    } catch (error) {
      throw new ImError(
        'Unavailable',
        `The database file ${this.file} cannot be brought to the disk: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  private explained(error: unknown): unknown {
    return isUnusable(error) || isBusy(error)
      ? new ImError('Unavailable', `The database file ${this.file} cannot be used: ${messageOf(error)}`, {
          cause: error,
        })
      : error;
  }
}

async function openSource(
  file: string,
  readOnly: boolean,
): Promise<{ source: DataSource; connection: SqliteConnection }> {
  let handle: Database.Database | undefined;
  const source = new DataSource({
    type: 'better-sqlite3',
    driver: Database,
    database: file,
    timeout: busyTimeoutMs,
    entities: entities('sqlite'),
    migrations,
    migrationsTableName: migrationsTable,
    prepareDatabase: (opened: Database.Database) => {
      handle = opened;
      opened.pragma('journal_mode = WAL');
      // Commits are brought to the disk after each group of them, without blocking the process as FULL would.
      opened.pragma('synchronous = NORMAL');
      opened.pragma('foreign_keys = ON');
      if (readOnly) {
        opened.pragma('query_only = ON');
      }
    },
  });
  try {
    await source.initialize();
  } catch (error) {
    handle?.close();
    throw error;
  }
  if (handle === undefined) {
    throw new Error('TypeORM did not open the file.');
  }
  return { source, connection: new SqliteConnection(handle, source.manager) };
}

/** In one transaction that also keeps other processes out: SQLite can take back CREATE TABLE. */
async function migrate(source: DataSource, connection: SqliteConnection): Promise<Migration[]> {
  connection.begin();
  try {
    const run = await source.runMigrations({ transaction: 'none' });
    connection.commit();
    return run;
  } catch (error) {
    connection.rollback();
    throw error;
  }
}
