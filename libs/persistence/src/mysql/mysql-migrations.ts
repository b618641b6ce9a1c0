import { setTimeout as delay } from 'node:timers/promises';
import type { Migration, QueryRunner } from 'typeorm';
import { MigrationExecutor } from 'typeorm';
import { z } from 'zod';
import type { MysqlLimits } from './mysql-limits.js';
import { openSource } from './mysql-source.js';
import type { MysqlLocation } from './mysql-url.js';
import { migrationSettings } from './session-settings.js';

const answers = z.array(z.object({ answer: z.coerce.number().nullable() }));

/**
 * Brings the tables up to date, one process at a time: the lock of the server belongs to the connection that changes the tables, so it
 * ends with it, whatever happens to the process.
 * @param waitMs how long to wait while another process does it
 * @returns the migrations that were run
 * @throws Error when another process takes longer than that
 */
export async function migrateMysql(
  location: MysqlLocation,
  limits: MysqlLimits,
  waitMs: number,
): Promise<Migration[]> {
  const { source } = await openSource(location, { ...limits, connections: 1 });
  try {
    const runner = source.createQueryRunner();
    for (const setting of migrationSettings) {
      await runner.query(setting);
    }
    // Names of locks are shared by all databases of a server and have 64 characters at most.
    const lock = `im-migrations-${location.database}`.slice(0, 64);
    await takeLock(runner, lock, waitMs);
    const executor = new MigrationExecutor(source, runner);
    // MySQL commits at each change of a table anyway.
    executor.transaction = 'none';
    const run = await executor.executePendingMigrations();
    await runner.query('SELECT RELEASE_LOCK(?) AS answer', [lock]);
    return run;
  } finally {
    await source.destroy();
  }
}

async function takeLock(runner: QueryRunner, lock: string, waitMs: number): Promise<void> {
  const end = performance.now() + waitMs;
  for (;;) {
    const seconds = Math.min(10, Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    const [row] = answers.parse(await runner.query('SELECT GET_LOCK(?, ?) AS answer', [lock, seconds]));
    if (row?.answer === 1) {
      return;
    }
    if (performance.now() >= end) {
      throw new Error('another process has been changing its tables for too long; look at that one.');
    }
    await delay(100);
  }
}
