import type { EntityManager } from 'typeorm';
import type { Row, SqlConnection, SqlValue } from '../sql/connection.js';
import { mysqlDialect } from '../sql/dialect.js';
import type { MysqlPool } from './mysql-pool.js';

/** Reads outside transactions, each on any connection. */
export class MysqlReads implements SqlConnection {
  readonly dialect = mysqlDialect;

  constructor(private readonly pool: MysqlPool) {}

  all(sql: string, parameters?: readonly SqlValue[]): Promise<Row[]> {
    return this.pool.use((connection) => connection.all(sql, parameters));
  }

  first(sql: string, parameters?: readonly SqlValue[]): Promise<Row | null> {
    return this.pool.use((connection) => connection.first(sql, parameters));
  }

  ask<T>(query: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.pool.use((connection) => connection.ask(query));
  }

  run(): Promise<number> {
    return this.refuse();
  }

  insert(): Promise<void> {
    return this.refuse();
  }

  private async refuse(): Promise<never> {
    throw new Error('Rows are written in transactions only.');
  }
}
