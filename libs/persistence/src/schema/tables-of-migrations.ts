import type { QueryRunner, TableColumnOptions, TableIndexOptions } from 'typeorm';
import { Table } from 'typeorm';
import type { ColumnType, ColumnTypes } from './column-types.js';
import { columnTypes } from './column-types.js';

type Columns = Record<string, Omit<TableColumnOptions, 'name' | 'type'> & ColumnTypeOfTable>;
type ColumnTypeOfTable = Pick<TableColumnOptions, 'type'>;

/** The column types of the database that a migration changes. */
export function typesFor(runner: QueryRunner): ColumnTypes {
  return columnTypes(runner.dataSource.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql');
}

/** A table as migrations make it. */
export function table(name: string, columns: Columns, indices: TableIndexOptions[] = []): Table {
  return new Table({
    name,
    columns: Object.entries(columns).map(([columnName, options]) => ({ name: columnName, ...options })),
    indices,
    engine: 'InnoDB',
  });
}

export function column(type: ColumnType): Columns[string] {
  const { length, ...rest } = type;
  return length === undefined ? rest : { ...rest, length: String(length) };
}

export function optional(type: ColumnType): Columns[string] {
  return { ...column(type), isNullable: true };
}

export function primary(type: ColumnType): Columns[string] {
  return { ...column(type), isPrimary: true };
}
