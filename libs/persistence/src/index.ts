export type { DatabaseLocation } from './database-url.js';
export { parseDatabaseUrl } from './database-url.js';
export { DatabaseUrlError } from './database-url-error.js';
export type { MigrationOptions, StoreOptions } from './open-store.js';
export { migrateDatabase, openStore, readLeftBehind } from './open-store.js';
