import type Database from 'libsql';
import type { EntityManager } from 'typeorm';
import type { BatchInsert, Row, SqlConnection, SqlValue } from '../sql/connection.js';
import { DuplicateRowError } from '../sql/connection.js';
import { sqliteDialect } from '../sql/dialect.js';

type Statement = Database.Statement<[SqlValue[]]>;

/** A statement that gives its row as a list: half the cost of one that gives an object. */
interface ListStatement {
  statement: Statement;
  columns: readonly string[];
}

/** Prepared statements of one SQLite handle, each prepared once. */
export class SqliteConnection implements SqlConnection {
  readonly dialect = sqliteDialect;
  private readonly statements = new Map<string, Statement>();
  private readonly lists = new Map<string, ListStatement>();
  private readonly inserts = new WeakMap<BatchInsert, Statement>();

  constructor(
    private readonly handle: Database.Database,
    private readonly manager: EntityManager,
  ) {}

  async all(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
    return this.statement(sql).all([...parameters]) as Row[];
  }

  async first(sql: string, parameters: readonly SqlValue[] = []): Promise<Row | null> {
    const { statement, columns } = this.listStatement(sql);
    const values = statement.get([...parameters]) as unknown[] | undefined;
    if (values === undefined) {
      return null;
    }
    const row: Record<string, unknown> = {};
    columns.forEach((name, index) => {
      row[name] = values[index];
    });
    return row;
  }

  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return this.statement(sql).run([...parameters]).changes;
  }

  /** One by one: without a network, rows together gain nothing. */
  async insert(batch: BatchInsert, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    let statement = this.inserts.get(batch);
    if (statement === undefined) {
      statement = this.statement(sqliteDialect.insertText(batch, 1));
      this.inserts.set(batch, statement);
    }
    try {
      for (const row of rows) {
        statement.run([...row]);
      }
    } catch (error) {
      throw isDuplicate(error) ? new DuplicateRowError(batch.table, { cause: error }) : error;
    }
  }

  ask<T>(query: (manager: EntityManager) => Promise<T>): Promise<T> {
    return query(this.manager);
  }

  begin(): void {
    this.handle.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.handle.exec('COMMIT');
  }

  /** After some errors (a full disk, for instance) SQLite has done it already. */
  rollback(): void {
    if (this.handle.inTransaction) {
      this.handle.exec('ROLLBACK');
    }
  }

  savepoint(): void {
    this.handle.exec('SAVEPOINT part');
  }

  releaseSavepoint(): void {
    this.handle.exec('RELEASE part');
  }

  /** Takes back what was written since `savepoint`. @throws when SQLite ended the whole transaction */
  rollbackToSavepoint(): void {
    this.handle.exec('ROLLBACK TO part; RELEASE part');
  }

  private listStatement(sql: string): ListStatement {
    let list = this.lists.get(sql);
    if (list === undefined) {
      const statement = this.handle.prepare<[SqlValue[]]>(sql).raw(true);
      list = { statement, columns: statement.columns().map(({ name }) => name) };
      this.lists.set(sql, list);
    }
    return list;
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.handle.prepare<[SqlValue[]]>(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

/** Whether another process holds the database just now. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY') || codeOf(error).startsWith('SQLITE_LOCKED');
}

/** Whether the file can just not be used: the disk is full or broken, or the file may not be written. */
export function isUnusable(error: unknown): boolean {
  return ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_CORRUPT'].some(
    (code) => codeOf(error).startsWith(code),
  );
}

function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 'SQLITE_CONSTRAINT_PRIMARYKEY' || codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
