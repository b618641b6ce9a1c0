import type Database from 'libsql';
import type { EntityManager } from 'typeorm';
import type { BatchInsert, Row, SqlConnection, SqlValue } from '../sql/connection.js';
import { DuplicateRowError } from '../sql/connection.js';
import { sqliteDialect } from '../sql/dialect.js';

type Statement = Database.Statement<[SqlValue[]]>;

/** Prepared statements of one SQLite handle, each prepared once. */
export class SqliteConnection implements SqlConnection {
  readonly dialect = sqliteDialect;
  private readonly statements = new Map<string, Statement>();
  private readonly inserts = new WeakMap<BatchInsert, Statement>();

  constructor(
    private readonly handle: Database.Database,
    readonly manager: EntityManager,
  ) {}

  async all(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
    return this.statement(sql).all([...parameters]) as Row[];
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

  /** For BEGIN, COMMIT and ROLLBACK. */
  execute(sql: string): void {
    this.handle.exec(sql);
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

function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 'SQLITE_CONSTRAINT_PRIMARYKEY' || codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
