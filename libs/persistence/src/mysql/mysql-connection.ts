import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2';
import type { EntityManager } from 'typeorm';
import type { BatchInsert, Row, SqlConnection, SqlValue } from '../sql/connection.js';
import { DuplicateRowError } from '../sql/connection.js';
import { mysqlDialect } from '../sql/dialect.js';
import { isDuplicate } from './mysql-errors.js';

/** A statement that takes longer is given up together with its connection. */
const statementTimeoutMs = 20_000;
/** Rows per INSERT: few different texts, so that prepared statements are found again. */
const batchSizes = [256, 64, 16, 4, 1] as const;
/** Characters per INSERT; the smallest max_allowed_packet of the servers we run on is 16 MiB. */
const batchLength = 2_000_000;

/** Runs prepared statements on a connection of the pool, or on any of them. */
export class MysqlConnection implements SqlConnection {
  readonly dialect = mysqlDialect;

  /** @param connection one connection inside a transaction, else the pool */
  constructor(
    private readonly connection: Pick<Connection, 'execute' | 'query'>,
    private readonly manager: EntityManager,
  ) {}

  all(sql: string, parameters: readonly SqlValue[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.connection.execute<RowDataPacket[]>(
        { sql, values: [...parameters], timeout: statementTimeoutMs },
        (error, rows) => (error === null ? resolve(rows) : reject(error)),
      );
    });
  }

  async first(sql: string, parameters: readonly SqlValue[] = []): Promise<Row | null> {
    return (await this.all(sql, parameters))[0] ?? null;
  }

  run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return new Promise((resolve, reject) => {
      this.connection.execute<ResultSetHeader>(
        { sql, values: [...parameters], timeout: statementTimeoutMs },
        (error, result) => (error === null ? resolve(result.affectedRows) : reject(error)),
      );
    });
  }

  ask<T>(query: (manager: EntityManager) => Promise<T>): Promise<T> {
    return query(this.manager);
  }

  /** Runs a statement that cannot be prepared everywhere: START TRANSACTION, COMMIT, ROLLBACK. */
  command(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.connection.query({ sql, timeout: statementTimeoutMs }, (error) =>
        error === null ? resolve() : reject(error),
      );
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
