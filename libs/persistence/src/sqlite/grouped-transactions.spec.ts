import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../test/persistence/samples.js';
import type { SqlConnection } from '../sql/connection.js';
import { SqliteConnection } from './sqlite-connection.js';
import { SqliteDatabase } from './sqlite-database.js';

const folder = mkdtempSync(join(tmpdir(), 'im-grouped-'));
let database: SqliteDatabase;

beforeAll(async () => {
  const options = { logger: silentLogger, migrationWaitMs: 10_000 };
  database = await SqliteDatabase.open(join(folder, 'x.sqlite'), options);
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function insert(connection: SqlConnection, key: string): Promise<void> {
  await connection.run("INSERT INTO lease (lease_key, owner, fence) VALUES (?, 'o', 1)", [key]);
}

async function keys(): Promise<unknown[]> {
  const rows = await database.reads.all('SELECT lease_key FROM lease ORDER BY lease_key');
  return rows.map((row) => row['lease_key']);
}

describe('transactions that wait for the same commit', () => {
  it('are done in the order in which they were asked for, each seeing those before it', async () => {
    const seen: unknown[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((key) =>
        database.transaction(async (connection) => {
          seen.push(await connection.all('SELECT lease_key FROM lease').then((rows) => rows.length));
          await insert(connection, key);
        }),
      ),
    );
    expect(seen).toEqual([0, 1, 2]);
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  it('show nothing before the commit of all of them, and tell nobody', async () => {
    const events: unknown[] = [];
    await Promise.all([
      database
        .transaction((connection) => insert(connection, 'd'))
        .then(() => {
          events.push('first is told');
        }),
      database.transaction(async () => {
        events.push(await keys());
      }),
    ]);
    expect(events).toEqual([['a', 'b', 'c'], 'first is told']);
  });

  it('are all done again when one of them ends the transaction of the others', async () => {
    let spoils = true;
    await Promise.all([
      database.transaction((connection) => insert(connection, 'e')),
      database.transaction(async (connection) => {
        // What SQLite does by itself when the disk is full, for instance.
        if (spoils && connection instanceof SqliteConnection) {
          spoils = false;
          connection.rollback();
          throw new Error('spoilt');
        }
        await insert(connection, 'f');
      }),
      database.transaction((connection) => insert(connection, 'g')),
    ]);
    expect(await keys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('that fail alone keep their error', async () => {
    const outcomes = await Promise.allSettled([
      database.transaction((connection) => insert(connection, 'a')),
      database.transaction((connection) => insert(connection, 'h')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await keys()).toContain('h');
  });
});
