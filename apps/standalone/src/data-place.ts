import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from './start-error.js';

/** Where the data of the service lie. */
export interface DataPlace {
  /** Absolute path of the SQLite file; null when a database server holds the data. */
  sqliteFile: string | null;
  /** For people: the file, or host and name of the database, without credentials. */
  description: string;
}

/** @param url the option DATA_DB: `mysql://...`, `sqlite:///path`, `file:///path` or a path */
export function dataPlace(url: string): DataPlace {
  if (url.startsWith('mysql://')) {
    const { host, pathname } = new URL(url);
    return { sqliteFile: null, description: `database ${pathname.slice(1)} at ${host}` };
  }
  const file = resolve(sqlitePath(url));
  return { sqliteFile: file, description: file };
}

function sqlitePath(url: string): string {
  if (url.startsWith('sqlite://')) {
    return url.slice('sqlite://'.length);
  }
  return url.startsWith('file://') ? fileURLToPath(url) : url;
}

/**
 * Makes a folder if it is missing, closed to other users.
 * @throws StartError when it cannot be made or written
 */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      `The data folder ${resolve(folder)} cannot be used (${reason}): set IM_DATA_DIR to a folder this user may write.`,
      1,
      { cause },
    );
  }
}

/** Prepares the folder of the data. */
export function prepareData(dataDir: string, place: DataPlace): void {
  prepareFolder(dataDir);
  if (place.sqliteFile !== null) {
    prepareFolder(dirname(place.sqliteFile));
  }
}
