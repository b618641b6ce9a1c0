import type { Store } from '@im/domain';
import { openStore } from '@im/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/until.js';
import type { CommitCutter } from './commit-cutter.js';
import { startCommitCutter } from './commit-cutter.js';
import { OwnMariadb } from './own-mariadb.js';
import { sampleInfrastructure, silentLogger } from './samples.js';
import { TestSealer } from './test-sealer.js';

let server: OwnMariadb;
let way: CommitCutter;
let database: string;
let store: Store;

beforeAll(async () => {
  server = await OwnMariadb.start();
  database = new URL(await server.createDatabase()).pathname.slice(1);
  way = await startCommitCutter(server.port);
  store = await open('');
});

afterAll(async () => {
  await store.close();
  await way.close();
  await server.stop();
});

function open(options: string): Promise<Store> {
  const url = `${server.urlOf(database, way.port)}${options}`;
  return openStore({ url, sealer: new TestSealer(), logger: silentLogger });
}

/** Inserts a row under a fresh id in each run, so that a repetition would show. @returns what was inserted, run by run */
async function create(by: Store): Promise<string[]> {
  const ids: string[] = [];
  await by.transaction(async (tx) => {
    const infrastructure = sampleInfrastructure();
    ids.push(infrastructure.id);
    await tx.insertInfrastructure(infrastructure);
  });
  return ids;
}

async function stored(ids: readonly string[]): Promise<boolean[]> {
  return Promise.all(ids.map(async (id) => (await store.infrastructureVersion(id)) !== null));
}

describe('a transaction whose connection is lost at COMMIT', () => {
  it('is done once when the COMMIT had arrived', async () => {
    way.next('unanswered');
    const ids = await create(store);
    expect(way.hasCut()).toBe(true);
    expect(await stored(ids)).toEqual([true]);
  });

  it('is run again when it had not', async () => {
    way.next('lost');
    const ids = await create(store);
    expect(way.hasCut()).toBe(true);
    expect(await stored(ids)).toEqual([false, true]);
  });

  it('is done once when the COMMIT arrives after the connection was lost', async () => {
    way.next('late');
    const creation = create(store);
    await until(
      async () => way.hasCut(),
      (hasCut) => hasCut,
    );
    // The look for the outcome waits for the transaction, which is still open.
    await until(
      () =>
        server.query("SELECT id FROM information_schema.processlist WHERE info LIKE 'UPDATE commit_mark%'"),
      (waiting) => waiting.length > 0,
    );
    way.deliver();
    const ids = await creation;
    expect(await stored(ids)).toEqual([true]);
  });

  it('is run again when the server only later notices that nobody is there', async () => {
    way.next('lost silently');
    const ids = await create(store);
    expect(way.hasCut()).toBe(true);
    expect(await stored(ids)).toEqual([false, true]);
  });

  it('ends with an error that says so when the outcome cannot be found out in time', async () => {
    const hurried = await open('?decisionTimeout=300');
    way.next('lost silently');
    await expect(create(hurried)).rejects.toMatchObject({
      name: 'ImError',
      code: 'Unavailable',
      message: expect.stringMatching(/cannot be told now whether/) as string,
    });
    await hurried.close();
  });

  it('leaves a lease with whoever took it', async () => {
    way.next('unanswered');
    const lease = await store.acquireLease('a lease', 'w1', 60_000);
    expect(lease).toMatchObject({ owner: 'w1' });
    expect(await store.acquireLease('a lease', 'w2', 60_000)).toBeNull();
    if (lease !== null) {
      await store.renewLease(lease, 60_000);
    }
  });
});
