import type { PoolConnection, QueryError, ResultSetHeader, RowDataPacket } from 'mysql2';
import type { EntityManager } from 'typeorm';
import type { BatchInsert, Row, SqlConnection, SqlValue } from '../sql/connection.js';
import { DuplicateRowError } from '../sql/connection.js';
import { mysqlDialect } from '../sql/dialect.js';
import type { Trouble } from './mysql-errors.js';
import { isDuplicate, isOutOfStatements, StatementTimeoutError, troubleOf } from './mysql-errors.js';

/** Rows per INSERT: few different texts, so that prepared statements are found again. */
const batchSizes = [256, 64, 16, 4, 1] as const;
/** Characters per INSERT; the smallest max_allowed_packet of the servers we run on is 16 MiB. */
const batchLength = 2_000_000;

/** After these a connection is not used again: its session may still be at work, or its server is no longer the right one. */
const spoiling: readonly Trouble[] = ['lost', 'timeout', 'unreachable', 'read-only'];

/** One connection of the pool, while somebody has it. */
export class MysqlConnection implements SqlConnection {
  readonly dialect = mysqlDialect;
  /** What made it unfit for others; null while it is fit. */
  spoiltBy: Trouble | null = null;
  /** Whether a statement changed rows, or may have. */
  hasWritten = false;
  isInTransaction = false;

  /**
   * @param manager TypeORM on the same connection
   * @param statementMs after this time a statement is given up, together with the connection
   */
  constructor(
    private readonly connection: PoolConnection,
    private readonly manager: EntityManager,
    private readonly statementMs: number,
  ) {}

  all(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
    return this.execute<RowDataPacket[]>(sql, parameters);
  }

  async first(sql: string, parameters: readonly SqlValue[] = []): Promise<Row | null> {
    return (await this.all(sql, parameters))[0] ?? null;
  }

  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    this.hasWritten = true;
    return (await this.execute<ResultSetHeader>(sql, parameters)).affectedRows;
  }

  ask<T>(query: (manager: EntityManager) => Promise<T>): Promise<T> {
    this.hasWritten = true;
    return this.limited((resolve, reject) => {
      query(this.manager).then(resolve, reject);
    });
  }

  async begin(): Promise<void> {
    await this.command('START TRANSACTION');
    this.isInTransaction = true;
  }

  async commit(): Promise<void> {
    await this.command('COMMIT');
    this.isInTransaction = false;
  }

  async rollBack(): Promise<void> {
    await this.command('ROLLBACK');
    this.isInTransaction = false;
  }

  /** Runs a statement without parameters that cannot be prepared everywhere. */
  command(sql: string): Promise<void> {
    return this.limited((resolve, reject) => {
      this.connection.query(sql, (error) => {
        if (error === null) {
          resolve();
        } else {
          reject(error);
        }
      });
    });
  }

  async insert(batch: BatchInsert, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    for (let start = 0; start < rows.length; ) {
      const part = nextBatch(rows, start);
      try {
        await this.run(mysqlDialect.insertText(batch, part.length), part.flat());
      } catch (error) {
        throw isDuplicate(error) ? new DuplicateRowError(batch.table, { cause: error }) : error;
      }
      start += part.length;
    }
  }

  /** Prepared, or with its values written into it where the server holds too many prepared statements already. */
  private async execute<Result extends RowDataPacket[] | ResultSetHeader>(
    sql: string,
    parameters: readonly SqlValue[],
  ): Promise<Result> {
    const run = (method: 'execute' | 'query') =>
      this.limited<Result>((resolve, reject) => {
        const answer = (error: QueryError | null, result: Result) => {
          if (error === null) {
            resolve(result);
          } else {
            reject(error);
          }
        };
        if (method === 'execute') {
          this.connection.execute<Result>(sql, [...parameters], answer);
        } else {
          this.connection.query<Result>(sql, [...parameters], answer);
        }
      });
    try {
      return await run('execute');
    } catch (error) {
      if (isOutOfStatements(error)) {
        return run('query');
      }
      throw error;
    }
  }

  /** Waits no longer than a statement may take. The driver has limits of its own, but not while it prepares. */
  private limited<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        clearTimeout(timer);
        const trouble = troubleOf(error);
        if (trouble !== null && spoiling.includes(trouble)) {
          this.spoiltBy ??= trouble;
        }
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const timer = setTimeout(() => {
        fail(new StatementTimeoutError(this.statementMs));
      }, this.statementMs);
      start((value) => {
        clearTimeout(timer);
        resolve(value);
      }, fail);
    });
  }
}

/** As many rows as one statement takes. */
function nextBatch(rows: readonly (readonly SqlValue[])[], start: number): readonly (readonly SqlValue[])[] {
  let length = 0;
  let fitting = 0;
  for (const row of rows.slice(start, start + batchSizes[0])) {
    length += row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0);
    if (length > batchLength && fitting > 0) {
      break;
    }
    fitting++;
  }
  const size = batchSizes.find((candidate) => candidate <= fitting) ?? 1;
  return rows.slice(start, start + size);
}
