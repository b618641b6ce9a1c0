/** SQL families that the stores speak. */
export type DialectName = 'sqlite' | 'mysql';

/** Column options that entities and migrations understand alike. */
export interface ColumnType {
  type: 'varchar' | 'text' | 'longtext' | 'bigint' | 'int' | 'integer';
  length?: number;
  charset?: string;
  collation?: string;
}

export interface ColumnTypes {
  /** A text short enough for a key; `length` in characters. Compared byte by byte. */
  key(length: number): ColumnType;
  /** A text of any length. */
  text: ColumnType;
  /** Milliseconds since the epoch, versions, fences, sequences. */
  whole: ColumnType;
  /** Numbers of VMs, counters, flags (null, 0, 1). */
  small: ColumnType;
}

/** The types that hold the same things in both families. */
export function columnTypes(dialect: DialectName): ColumnTypes {
  if (dialect === 'sqlite') {
    const integer: ColumnType = { type: 'integer' };
    return {
      key: (length) => ({ type: 'varchar', length }),
      text: { type: 'text' },
      whole: integer,
      small: integer,
    };
  }
  const exact = { charset: 'utf8mb4', collation: 'utf8mb4_bin' };
  return {
    key: (length) => ({ type: 'varchar', length, ...exact }),
    text: { type: 'longtext', ...exact },
    whole: { type: 'bigint' },
    small: { type: 'int' },
  };
}
