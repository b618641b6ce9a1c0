import type { DialectName } from '../schema/column-types.js';
import type { BatchInsert } from './connection.js';

/** What differs between the SQL of SQLite and of MySQL/MariaDB. */
export interface Dialect {
  name: DialectName;
  /** The database's clock: milliseconds since the epoch, independent of time zones. */
  now: string;
  /** A query that gives a row if there is a table of the name that is its parameter. */
  findTable: string;
  /** Appended to a SELECT whose rows the transaction will change. */
  forUpdate: string;
  /** Text of an insert of `rows` rows. */
  insertText(batch: BatchInsert, rows: number): string;
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  now: "CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER)",
  findTable: "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?",
  // BEGIN IMMEDIATE holds the whole database.
  forUpdate: '',
  insertText: (batch, rows) =>
    insertText(batch, rows, (columns) => {
      if (columns === 'ignore') {
        return 'ON CONFLICT DO NOTHING';
      }
      return `ON CONFLICT DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`;
    }),
};

export const mysqlDialect: Dialect = {
  name: 'mysql',
  now: "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)",
  findTable:
    'SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
  forUpdate: 'FOR UPDATE',
  insertText: (batch, rows) =>
    insertText(batch, rows, (columns) => {
      const first = batch.columns[0] ?? '';
      // INSERT IGNORE would hide other errors too.
      const changes =
        columns === 'ignore' ? [`${first} = ${first}`] : columns.map((name) => `${name} = VALUES(${name})`);
      return `ON DUPLICATE KEY UPDATE ${changes.join(', ')}`;
    }),
};

function insertText(
  { table, columns, expressions = {}, onConflict }: BatchInsert,
  rows: number,
  conflictText: (columns: 'ignore' | readonly string[]) => string,
): string {
  const names = [...columns, ...Object.keys(expressions)].join(', ');
  const row = `(${[...columns.map(() => '?'), ...Object.values(expressions)].join(', ')})`;
  const values = Array.from({ length: rows }, () => row).join(', ');
  const conflict = onConflict === undefined ? '' : ` ${conflictText(onConflict)}`;
  return `INSERT INTO ${table} (${names}) VALUES ${values}${conflict}`;
}
