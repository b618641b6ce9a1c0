import type { LeftBehindResource, Logger, Sealer, Store } from '@im/domain';
import type { DatabaseLocation } from './database-url.js';
import { parseDatabaseUrl } from './database-url.js';
import { defaultMysqlLimits } from './mysql/mysql-limits.js';
import type { MysqlLocation } from './mysql/mysql-url.js';
import type { SqlDatabase } from './sql/connection.js';
import { SqliteDatabase } from './sqlite/sqlite-database.js';
import { warnOfOldInfrastructures } from './store/old-infrastructures.js';
import { SqlStore } from './store/sql-store.js';
import { ResourceTable } from './tables/resource-table.js';

/** Another process may be changing the tables. */
const defaultMigrationWaitMs = 120_000;

export interface MigrationOptions {
  /** DATA_DB (spec: persistence-and-ha.md 1). */
  url: string;
  logger: Logger;
  /** How long to wait while another process changes the tables; two minutes by default. */
  migrationWaitMs?: number;
}

export interface StoreOptions extends MigrationOptions {
  /** Seals documents, credentials and what else may hold passwords. */
  sealer: Sealer;
  /** Connections to MySQL/MariaDB at the same time, unless the URL says so; 10 by default. */
  poolSize?: number;
}

/**
 * Opens the database that DATA_DB names and brings its tables up to date, one process at a time.
 * @throws DatabaseUrlError when DATA_DB cannot be understood, ImError `Unavailable` when the database cannot be used; both
 *   with one sentence that holds no password
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options, options.poolSize);
  await warnOfOldInfrastructures(database, options.logger);
  return new SqlStore(database, options.sealer);
}

/**
 * What may be left behind at clouds, read in one query (design: architecture.md 2); needs no key. See `ResourceTable.leftBehind`.
 * @throws as `openStore`
 */
export async function readLeftBehind(
  options: MigrationOptions,
  unknownForMs: number,
): Promise<LeftBehindResource[]> {
  const database = await openDatabase(options);
  try {
    return await new ResourceTable({ connection: database.reads }).leftBehind(unknownForMs);
  } finally {
    await database.close();
  }
}

/**
 * Brings the tables of the database that DATA_DB names up to date and closes it. However many processes do so at once, one changes
 * the tables and the others wait for it.
 * @throws as `openStore`
 */
export async function migrateDatabase(options: MigrationOptions): Promise<void> {
  const location = parseDatabaseUrl(options.url);
  const { logger, migrationWaitMs = defaultMigrationWaitMs } = options;
  warnOfIgnored(location, logger);
  if (location.kind === 'sqlite') {
    await (await SqliteDatabase.open(location.path, { logger, migrationWaitMs })).close();
    return;
  }
  const MysqlDatabase = await loadMysql();
  await MysqlDatabase.migrate(location, { limits: limitsOf(location), migrationWaitMs, logger });
}

async function openDatabase(options: MigrationOptions, poolSize?: number): Promise<SqlDatabase> {
  const location = parseDatabaseUrl(options.url);
  const { logger, migrationWaitMs = defaultMigrationWaitMs } = options;
  warnOfIgnored(location, logger);
  if (location.kind === 'sqlite') {
    return SqliteDatabase.open(location.path, { logger, migrationWaitMs });
  }
  const MysqlDatabase = await loadMysql();
  return MysqlDatabase.open(location, { limits: limitsOf(location, poolSize), migrationWaitMs, logger });
}

/** Loaded only where it is used: the driver takes some megabytes. */
async function loadMysql() {
  return (await import('./mysql/mysql-database.js')).MysqlDatabase;
}

function limitsOf(location: MysqlLocation, poolSize = defaultMysqlLimits.connections) {
  return { ...defaultMysqlLimits, connections: poolSize, ...location.limits };
}

function warnOfIgnored(location: DatabaseLocation, logger: Logger): void {
  if (location.kind === 'mysql' && location.ignored.length > 0) {
    logger.warn('Options of DATA_DB are ignored', { options: location.ignored.join(', ') });
  }
}
