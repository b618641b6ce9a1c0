import { InitialTables1764000000000 } from './1764000000000-initial-tables.js';
import { CommitMarks1764100000000 } from './1764100000000-commit-marks.js';
import { OpenResources1764200000000 } from './1764200000000-open-resources.js';

/** All migrations, oldest first; each works on SQLite and on MySQL/MariaDB. Published ones are never changed. */
export const migrations = [InitialTables1764000000000, CommitMarks1764100000000, OpenResources1764200000000];
