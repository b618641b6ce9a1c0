import type { EntityManager } from 'typeorm';
import type { BatchInsert, Row, SqlConnection, SqlValue } from '../sql/connection.js';
import type { Dialect } from '../sql/dialect.js';
import type { RetryPolicy } from './retry.js';
import { retrying } from './retry.js';

/** Pauses of a quarter of a second in all: a client waits, and caches can answer instead. */
const readRetries: RetryPolicy = { attempts: 7, firstPauseMs: 5, longestPauseMs: 100, budgetMs: 10_000 };

/** Reads outside transactions, again when they failed with something that may pass. */
export class RetriedReads implements SqlConnection {
  readonly dialect: Dialect;

  /**
   * @param mayPass whether the read may succeed now
   * @param explained turns the last error into one that says what to do
   */
  constructor(
    private readonly connection: SqlConnection,
    private readonly mayPass: (error: unknown) => boolean,
    private readonly explained: (error: unknown) => unknown,
  ) {
    this.dialect = connection.dialect;
  }

  all(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]> {
    return this.read(() => this.connection.all(sql, parameters));
  }

  first(sql: string, parameters?: readonly SqlValue[]): Promise<Row | null> {
    return this.read(() => this.connection.first(sql, parameters));
  }

  ask<T>(query: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.read(() => this.connection.ask(query));
  }

  run(): Promise<number> {
    return this.refuse();
  }

  insert(_batch: BatchInsert): Promise<void> {
    return this.refuse();
  }

  private async read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await retrying(work, this.mayPass, readRetries);
    } catch (error) {
      throw this.explained(error);
    }
  }

  private async refuse(): Promise<never> {
    throw new Error('Rows are written in transactions only.');
  }
}
