import Database from 'libsql';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';
import { migrationsTable } from './migrations-table.js';

async function migrated(): Promise<DataSource> {
  const source = new DataSource({
    type: 'better-sqlite3',
    driver: Database,
    database: ':memory:',
    entities: entities('sqlite'),
    migrations,
    migrationsTableName: migrationsTable,
  });
  await source.initialize();
  await source.runMigrations();
  return source;
}

describe('the migrations', () => {
  it('make the tables that the entities describe', async () => {
    const source = await migrated();
    const missing = await source.driver.createSchemaBuilder().log();
    expect(missing.upQueries.map(({ query }) => query)).toEqual([]);
    await source.destroy();
  });

  it('run again without effect after they were interrupted', async () => {
    const source = await migrated();
    await source.query(`DELETE FROM ${migrationsTable}`);
    await source.runMigrations();
    const [{ count } = { count: 0 }] = await source.query<{ count: number }[]>(
      `SELECT count(*) AS count FROM ${migrationsTable}`,
    );
    expect(count).toBe(migrations.length);
    await source.destroy();
  });

  it('can be taken back', async () => {
    const source = await migrated();
    for (const _ of migrations) {
      await source.undoLastMigration();
    }
    const tables = await source.query<{ name: string }[]>(
      "SELECT name FROM sqlite_master WHERE type = 'table'",
    );
    expect(tables.map(({ name }) => name)).not.toContain('vm');
    await source.destroy();
  });
});
