import type { Logger, Sealer, Store } from '@im/domain';
import { parseDatabaseUrl } from './database-url.js';
import { SqliteDatabase } from './sqlite/sqlite-database.js';
import { SqlStore } from './store/sql-store.js';

export interface StoreOptions {
  /** DATA_DB (spec: persistence-and-ha.md 1). */
  url: string;
  /** Seals documents, credentials and what else may hold passwords. */
  sealer: Sealer;
  logger: Logger;
  /** Connections to MySQL/MariaDB at the same time; 10 by default. */
  poolSize?: number;
}

/**
 * Opens the database that DATA_DB names and brings its tables up to date, under a lock.
 * @throws DatabaseUrlError when DATA_DB cannot be understood, ImError `Unavailable` when the database cannot be used; both
 *   with one sentence that holds no password
 */
export async function openStore({ url, sealer, logger, poolSize = 10 }: StoreOptions): Promise<Store> {
  const location = parseDatabaseUrl(url);
  if (location.kind === 'sqlite') {
    return new SqlStore(await SqliteDatabase.open(location.path, logger), sealer);
  }
  // Loaded only where it is used: the driver takes some megabytes.
  const { MysqlDatabase } = await import('./mysql/mysql-database.js');
  return new SqlStore(await MysqlDatabase.open(location, { poolSize, logger }), sealer);
}
