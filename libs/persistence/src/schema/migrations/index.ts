import { InitialTables1764000000000 } from './1764000000000-initial-tables.js';

/** All migrations, oldest first; each works on SQLite and on MySQL/MariaDB. Published ones are never changed. */
export const migrations = [InitialTables1764000000000];
