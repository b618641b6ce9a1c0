import type { EntityManager } from 'typeorm';
import type { Dialect } from './dialect.js';

export type SqlValue = string | number | null;

/** A row as the driver gave it; read through the functions of row.ts. */
export type Row = Readonly<Record<string, unknown>>;

/** An INSERT for any number of rows. */
export interface BatchInsert {
  table: string;
  columns: readonly string[];
  /** Further columns with an SQL expression each, equal for all rows. */
  expressions?: Readonly<Record<string, string>>;
  /** What becomes of rows that exist already: an error (the default), nothing, or these columns are overwritten. */
  onConflict?: 'ignore' | readonly string[];
}

/** One way into the database: outside transactions, or inside one. */
export interface SqlConnection {
  readonly dialect: Dialect;
  /** Runs a prepared statement and gives all rows. */
  all(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a prepared statement that gives at most one row; null when it gives none. */
  first(sql: string, parameters?: readonly SqlValue[]): Promise<Row | null>;
  /** Runs a prepared statement and gives the number of rows that it matched. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
  /** Asks TypeORM on the same connection: for the queries that are not hot. */
  ask<T>(query: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** @throws DuplicateRowError when a row exists and the batch does not say what becomes of it */
  insert(batch: BatchInsert, rows: readonly (readonly SqlValue[])[]): Promise<void>;
}

/** A database that is open and has its tables. */
export interface SqlDatabase {
  /** For reads outside transactions: sees what is committed. */
  readonly reads: SqlConnection;
  /**
   * Runs `work` in a transaction, again after conflicts that may pass. When it resolves the commit outlives a power cut.
   * @param durable false: a power cut may take it back, which spares a wait for the disk where this can be chosen
   */
  transaction<T>(work: (connection: SqlConnection) => Promise<T>, durable?: boolean): Promise<T>;
  /** Reads where writes go, not from a copy that may lag behind. @throws ImError `Unavailable` while only a copy answers */
  latest<T>(read: (connection: SqlConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A row with the same key exists. */
export class DuplicateRowError extends Error {
  constructor(table: string, options: { cause: unknown }) {
    super(`There is already a row with this key in ${table}.`, options);
    this.name = 'DuplicateRowError';
  }
}
