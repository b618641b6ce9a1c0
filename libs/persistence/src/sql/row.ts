import { ImError } from '@im/domain';
import type { Row } from './connection.js';

/** A text column. @throws ImError `Internal` when the row does not hold one */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : unreadable(column);
}

export function optionalText(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function number(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : unreadable(column);
}

export function optionalNumber(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column);
}

/** null, 0 or 1. */
export function optionalFlag(row: Row, column: string): boolean | null {
  return row[column] === null ? null : number(row, column) !== 0;
}

export function flagValue(flag: boolean | null): number | null {
  return flag === null ? null : Number(flag);
}

/** One of the texts of a union. */
export function oneOf<Member extends string>(row: Row, column: string, members: readonly Member[]): Member {
  const value = row[column];
  return members.find((member) => member === value) ?? unreadable(column);
}

function unreadable(column: string): never {
  throw new ImError(
    'Internal',
    `The database holds a row that this version cannot read (column ${column}): was it written by a newer version?`,
  );
}
