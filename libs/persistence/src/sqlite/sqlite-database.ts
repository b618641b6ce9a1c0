import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ImError } from '@im/domain';
import Database from 'libsql';
import { DataSource } from 'typeorm';
import { entities } from '../schema/entities.js';
import { migrations } from '../schema/migrations/index.js';
import { migrationsTable } from '../schema/migrations-table.js';
import type { SqlConnection, SqlDatabase } from '../sql/connection.js';
import { isConflict, retrying } from '../store/retry.js';
import { isBusy, SqliteConnection } from './sqlite-connection.js';

/** Waiting for another process blocks this one, so it is short; transactions are tried again without blocking. */
const busyTimeoutMs = 250;

/**
 * A SQLite file. One connection writes, transactions one after another; another one reads what is committed, so that
 * reads never wait and never see half a transaction.
 */
export class SqliteDatabase implements SqlDatabase {
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly sources: readonly DataSource[],
    private readonly writes: SqliteConnection,
    readonly reads: SqliteConnection,
  ) {}

  /**
   * Opens the file, made with mode 0600 when it is not there, and brings its tables up to date.
   * @throws ImError `Unavailable` with the path when that is not possible
   */
  static async open(path: string): Promise<SqliteDatabase> {
    const file = resolve(path);
    const sources: DataSource[] = [];
    try {
      mkdirSync(dirname(file), { recursive: true });
      closeSync(openSync(file, 'a', 0o600));
      const writer = await openSource(file, false);
      sources.push(writer.source);
      await retrying(() => migrate(writer.source, writer.connection), isBusy);
      const reader = await openSource(file, true);
      sources.push(reader.source);
      return new SqliteDatabase(sources, writer.connection, reader.connection);
    } catch (error) {
      await Promise.all(sources.map((source) => source.destroy()));
      throw new ImError(
        'Unavailable',
        `The database file ${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }

  transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const mayPass = (error: unknown, attempt: number) => isConflict(error, attempt) || isBusy(error);
    return retrying(() => this.exclusive(() => this.attempt(work)), mayPass);
  }

  async close(): Promise<void> {
    await this.exclusive(async () => {
      await Promise.all(this.sources.map((source) => source.destroy()));
    });
  }

  private async attempt<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    this.writes.execute('BEGIN IMMEDIATE');
    try {
      const result = await work(this.writes);
      this.writes.execute('COMMIT');
      return result;
    } catch (error) {
      this.writes.execute('ROLLBACK');
      throw error;
    }
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
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
      opened.pragma('synchronous = NORMAL');
      opened.pragma('foreign_keys = ON');
      if (readOnly) {
        opened.pragma('query_only = ON');
      }
    },
  });
  await source.initialize();
  if (handle === undefined) {
    throw new Error('TypeORM did not open the file.');
  }
  return { source, connection: new SqliteConnection(handle, source.manager) };
}

/** In one transaction that also keeps other processes out: SQLite can take back CREATE TABLE. */
async function migrate(source: DataSource, connection: SqliteConnection): Promise<void> {
  connection.execute('BEGIN IMMEDIATE');
  try {
    await source.runMigrations({ transaction: 'none' });
    connection.execute('COMMIT');
  } catch (error) {
    connection.execute('ROLLBACK');
    throw error;
  }
}
