import type { MigrationInterface, QueryRunner } from 'typeorm';
import { column, primary, table, typesFor } from '../tables-of-migrations.js';

/** What tells whether a transaction was committed whose answer was lost. SQLite has the table too, and leaves it empty. */
export class CommitMarks1764100000000 implements MigrationInterface {
  readonly name = 'CommitMarks1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    const { key, whole } = typesFor(runner);
    const marks = table(
      'commit_mark',
      { writer: primary(key(64)), mark: column(whole), marked_at: column(whole) },
      [{ name: 'commit_mark_age', columnNames: ['marked_at'] }],
    );
    await runner.createTable(marks, true, false, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('commit_mark', true);
  }
}
