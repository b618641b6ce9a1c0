import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseUrlError, parseDatabaseUrl } from '@im/persistence';
import { StartError } from './start-error.js';

/** Where the data of the service lie. */
export interface DataPlace {
  /** Absolute path of the SQLite file; null when a database server holds the data. */
  sqliteFile: string | null;
  /** For people: the file, or host and name of the database, without credentials. */
  description: string;
}

/**
 * @param url the option DATA_DB
 * @throws StartError when it cannot be understood
 */
export function dataPlace(url: string): DataPlace {
  try {
    const location = parseDatabaseUrl(url);
    if (location.kind === 'mysql') {
      const { database, host, port } = location;
      return { sqliteFile: null, description: `database ${database} at ${host}:${port}` };
    }
    const file = resolve(location.path);
    return { sqliteFile: file, description: file };
  } catch (cause) {
    if (cause instanceof DatabaseUrlError) {
      throw new StartError(cause.message, 1, { cause });
    }
    throw cause;
  }
}

/**
 * Makes a folder if it is missing, closed to other users.
 * @throws StartError when it cannot be made or written
 */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(resolve(folder));
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

/** One after another: the recursive form of Node never returns under file systems that take no folders, such as /proc. */
function makeFolder(folder: string): void {
  if (!existsSync(folder)) {
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

/** Prepares the folders of the data. */
export function prepareData(dataDir: string, place: DataPlace): void {
  prepareFolder(dataDir);
  if (place.sqliteFile !== null) {
    prepareFolder(dirname(place.sqliteFile));
  }
}
