/** Where TypeORM remembers which migrations were run. */
export const migrationsTable = 'schema_migration';
