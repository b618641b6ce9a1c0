export type { DatabaseLocation } from './database-url.js';
export { DatabaseUrlError, parseDatabaseUrl } from './database-url.js';
export type { StoreOptions } from './open-store.js';
export { openStore } from './open-store.js';
