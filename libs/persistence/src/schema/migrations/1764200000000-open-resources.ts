import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableIndex } from 'typeorm';

const index = new TableIndex({
  name: 'cloud_resource_state',
  columnNames: ['state', 'infrastructure_id'],
});

/** Finds the few rows of the ledger that are open among all that are closed: for the leak report and its metric. */
export class OpenResources1764200000000 implements MigrationInterface {
  readonly name = 'OpenResources1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    const table = await runner.getTable('cloud_resource');
    if (table?.indices.some(({ name }) => name === index.name) !== true) {
      await runner.createIndex('cloud_resource', index);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('cloud_resource', 'cloud_resource_state');
  }
}
