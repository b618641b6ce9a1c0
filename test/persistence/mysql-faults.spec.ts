import { randomUUID } from 'node:crypto';
import type { Infrastructure, Lease, Store } from '@im/domain';
import { LeaseLostError } from '@im/domain';
import { openStore } from '@im/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/until.js';
import { OwnMariadb } from './own-mariadb.js';
import { sampleInfrastructure, silentLogger } from './samples.js';
import { TestSealer } from './test-sealer.js';

let server: OwnMariadb;
let url: string;
let store: Store;
const others: Store[] = [];

beforeAll(async () => {
  server = await OwnMariadb.start();
  url = await server.createDatabase();
  store = await open();
});

afterAll(async () => {
  await Promise.all(others.map((other) => other.close()));
  await server.stop();
});

/** @param options of the URL */
async function open(options = ''): Promise<Store> {
  const opened = await openStore({ url: `${url}${options}`, sealer: new TestSealer(), logger: silentLogger });
  others.push(opened);
  return opened;
}

async function inserted(): Promise<Infrastructure> {
  const infrastructure = sampleInfrastructure();
  await store.transaction((tx) => tx.insertInfrastructure(infrastructure));
  return infrastructure;
}

/** A change that shows how often it was made. @param first is done on the first run, before anything is read */
function raise(by: Store, id: string, first: () => Promise<void> = async () => undefined): Promise<number> {
  let runs = 0;
  return by.transaction(async (tx) => {
    runs++;
    if (runs === 1) {
      await first();
    }
    const row = await tx.infrastructure(id);
    if (row === null) {
      throw new Error(`${id} is gone`);
    }
    await tx.saveInfrastructure({ ...row, nextVmId: row.nextVmId + 1 });
    return runs;
  });
}

const unavailable = (reason: RegExp) => ({
  name: 'ImError',
  code: 'Unavailable',
  message: expect.stringMatching(reason) as string,
});

/** What a client gets. */
function outcome(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe('a MySQL that', () => {
  it('crashes and comes back during a transaction makes it run again, once', async () => {
    const { id } = await inserted();
    const runs = await raise(store, id, async () => {
      await server.end('SIGKILL');
      await server.startAgain();
    });
    expect(runs).toBe(2);
    expect((await store.infrastructure(id))?.nextVmId).toBe(1);
  });

  it('restarts while ten clients write loses and doubles nothing that was confirmed', async () => {
    const { id } = await inserted();
    let confirmed = 0;
    let ends = false;
    const client = async () => {
      while (!ends) {
        await raise(store, id).then(
          () => confirmed++,
          (error: unknown) => expect(error).toMatchObject(unavailable(/./)),
        );
      }
    };
    const clients = Array.from({ length: 10 }, client);
    const confirmedMore = (than: number) =>
      until(
        async () => confirmed,
        (now) => now > than,
      );
    await confirmedMore(20);
    await server.end('SIGTERM');
    await server.startAgain();
    await confirmedMore(confirmed + 20);
    ends = true;
    await Promise.all(clients);
    expect((await store.infrastructure(id))?.nextVmId).toBe(confirmed);
  });

  it('is away refuses with a reason, and is used again as soon as it is back', async () => {
    const { id } = await inserted();
    await server.end('SIGTERM');
    await expect(store.infrastructureVersion(id)).rejects.toMatchObject(unavailable(/cannot be reached/));
    await expect(raise(store, id)).rejects.toMatchObject(unavailable(/cannot be reached/));
    await expect(store.acquireLease('k', 'w', 1000)).rejects.toMatchObject(unavailable(/cannot be reached/));
    await server.startAgain();
    expect(await store.infrastructureVersion(id)).toEqual({ version: 1, deleted: false });
    expect(await raise(store, id)).toBe(1);
  });

  it('hangs lets nobody wait for ever, and is used again when it goes on', async () => {
    const { id } = await inserted();
    const hurried = await open(
      '?connectionLimit=2&acquireTimeout=1500&connectTimeout=1500&statementTimeout=1500',
    );
    await raise(hurried, id);
    await server.freeze();
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => outcome(hurried.infrastructure(id))),
      outcome(hurried.infrastructureVersion(randomUUID())),
      outcome(raise(hurried, id)),
      outcome(hurried.acquireLease('k', 'w', 1000)),
      outcome(hurried.ping()),
    ]);
    server.resume();
    for (const answer of answers) {
      expect(answer).toMatch(/did not answer in time|cannot be reached|asked too much/);
    }
    await until(
      () => outcome(raise(hurried, id)),
      (answer) => answer === 'done',
    );
    expect((await hurried.infrastructure(id))?.nextVmId).toBe(2);
  });

  it('hangs does not keep its users from ending', async () => {
    const hurried = await open('?statementTimeout=1500');
    await hurried.ping();
    await server.freeze();
    await expect(hurried.close()).resolves.toBeUndefined();
    server.resume();
  });

  it('is read-only is read, refuses changes with the reason, and takes them again by itself', async () => {
    const { id } = await inserted();
    await server.query('SET GLOBAL read_only = 1');
    expect(await store.infrastructure(id)).toMatchObject({ id });
    await expect(raise(store, id)).rejects.toMatchObject(unavailable(/read-only/));
    await expect(store.acquireLease('k', 'w', 1000)).rejects.toMatchObject(unavailable(/read-only/));
    await server.query('SET GLOBAL read_only = 0');
    expect(await raise(store, id)).toBe(1);
  });

  it('changes roles during a transaction makes it run again on one that takes changes', async () => {
    const { id } = await inserted();
    let runs = 0;
    await store.transaction(async (tx) => {
      runs++;
      await server.query(`SET GLOBAL read_only = ${runs === 1 ? 1 : 0}`);
      const row = await tx.infrastructure(id);
      await tx.saveInfrastructure({ ...(row as Infrastructure), nextVmId: 5 });
    });
    expect(runs).toBe(2);
    expect((await store.infrastructure(id))?.nextVmId).toBe(5);
  });

  it('has no connection left refuses in time with the reason, and serves those who waited', async () => {
    const { id } = await inserted();
    const small = await open('?connectionLimit=2&queueLimit=3&acquireTimeout=400');
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holders = [1, 2].map(() => small.transaction(() => released));
    const late = [1, 2, 3].map(() => outcome(small.vms(id)));
    await expect(small.vms(id)).rejects.toMatchObject(unavailable(/asked too much at once/));
    expect(await Promise.all(late)).toEqual(Array(3).fill(expect.stringMatching(/asked too much at once/)));
    const patient = outcome(small.vms(id));
    release();
    expect(await patient).toBe('done');
    await Promise.all(holders);
    expect(await outcome(raise(small, id))).toBe('done');
  });

  it('takes no more prepared statements is used without them', async () => {
    const { id } = await inserted();
    const late = await open();
    await server.query('SET GLOBAL max_prepared_stmt_count = 0');
    try {
      expect(await raise(late, id)).toBe(1);
      expect(await late.infrastructure(id)).toMatchObject({ nextVmId: 1, name: 'cluster ñ' });
    } finally {
      await server.query('SET GLOBAL max_prepared_stmt_count = 16382');
    }
  });
});

describe('a row that', () => {
  it('somebody else holds for longer than a lock wait makes the transaction run again', async () => {
    const { id } = await inserted();
    const holder = await server.connect(new URL(url).pathname.slice(1));
    await holder.query('START TRANSACTION');
    await holder.query(`SELECT * FROM infrastructure WHERE id = '${id}' FOR UPDATE`);
    let runs = 0;
    const change = store.transaction(async (tx) => {
      runs++;
      if (runs === 2) {
        await holder.query('COMMIT');
      }
      const row = await tx.infrastructure(id);
      await tx.saveInfrastructure({ ...(row as Infrastructure), nextVmId: 7 });
    });
    await change;
    await holder.end();
    expect(runs).toBe(2);
    expect((await store.infrastructure(id))?.nextVmId).toBe(7);
  });

  it('a frozen worker holds is free after a while, and its late write is refused', async () => {
    const { id } = await inserted();
    const worker = await open();
    const lease = (await worker.acquireLease(id, 'frozen', 1)) as Lease;
    let resume: () => void = () => undefined;
    const resumed = new Promise<void>((resolve) => {
      resume = resolve;
    });
    let freeze: () => void = () => undefined;
    const frozen = new Promise<void>((resolve) => {
      freeze = resolve;
    });
    const late = worker.transaction(async (tx) => {
      const row = await tx.infrastructure(id);
      freeze();
      await resumed;
      await tx.saveInfrastructure({ ...(row as Infrastructure), nextVmId: 99 });
    }, lease);
    const refused = expect(late).rejects.toThrow(LeaseLostError);
    await frozen;
    const taken = await store.acquireLease(id, 'next', 60_000);
    expect(taken?.fence).toBeGreaterThan(lease.fence);
    resume();
    await refused;
    expect((await store.infrastructure(id))?.nextVmId).toBe(0);
  });
});

describe('a copy that lags behind', () => {
  it('is not believed while it takes no changes, and is believed when it has taken over', async () => {
    const { id } = await inserted();
    await raise(store, id);
    await raise(store, id);
    expect(await store.infrastructureVersion(id)).toEqual({ version: 3, deleted: false });
    const show = (version: number) =>
      server.query(
        `UPDATE ${new URL(url).pathname.slice(1)}.infrastructure SET version = ${version} WHERE id = '${id}'`,
      );

    await show(2);
    await server.query('SET GLOBAL read_only = 1');
    await expect(store.infrastructureVersion(id)).rejects.toMatchObject(unavailable(/read-only/));
    await expect(store.infrastructure(id)).rejects.toMatchObject(unavailable(/read-only/));
    await show(3);
    expect(await store.infrastructureVersion(id)).toEqual({ version: 3, deleted: false });
    expect(await store.infrastructure(id)).toMatchObject({ version: 3 });

    await server.query('SET GLOBAL read_only = 0');
    await show(2);
    expect(await store.infrastructureVersion(id)).toEqual({ version: 2, deleted: false });
  });
});
