import { DatabaseUrlError } from './database-url-error.js';
import type { MysqlLocation } from './mysql/mysql-url.js';
import { parseMysqlUrl } from './mysql/mysql-url.js';

/** Where the data is, as read from DATA_DB. */
export type DatabaseLocation = { kind: 'sqlite'; path: string } | MysqlLocation;

const forms =
  'use mysql://user:password@host[:port]/database, sqlite:///path, file:///path, or the path of a SQLite file';

/**
 * Reads a value of DATA_DB (spec: persistence-and-ha.md 1).
 * @throws DatabaseUrlError with a sentence that says what to write instead
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? url : url.slice(scheme.length + 3);
  switch (scheme) {
    case undefined:
      return sqlite(url);
    case 'sqlite':
    case 'file':
      return sqlite(rest.split('?')[0] ?? '');
    case 'mysql':
    case 'mariadb': {
      const location = parseMysqlUrl(rest);
      if (location === null) {
        throw new DatabaseUrlError(`DATA_DB is not complete: ${forms}.`);
      }
      return location;
    }
    case 'mongodb':
    case 'mongodb+srv':
      throw new DatabaseUrlError(`DATA_DB names a MongoDB, which is not supported yet: ${forms}.`);
    default:
      throw new DatabaseUrlError(`DATA_DB has the unknown scheme ${scheme}: ${forms}.`);
  }
}

function sqlite(path: string): DatabaseLocation {
  if (path === '') {
    throw new DatabaseUrlError(`DATA_DB names no file: ${forms}.`);
  }
  return { kind: 'sqlite', path };
}
