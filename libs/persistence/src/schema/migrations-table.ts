import type { Logger } from '@im/domain';
import type { Migration } from 'typeorm';

/** Where TypeORM remembers which migrations were run. */
export const migrationsTable = 'schema_migration';

/** Tells the operator that tables were changed. */
export function reportMigrations(run: readonly Migration[], database: string, logger: Logger): void {
  if (run.length > 0) {
    logger.info('The tables of the database were brought up to date.', {
      database,
      migrations: run.map(({ name }) => name),
    });
  }
}
