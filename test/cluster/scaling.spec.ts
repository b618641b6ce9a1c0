import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leftBehind } from '../servers/leak-check.js';
import type { Cluster } from './cluster.js';
import { startCluster } from './cluster.js';
import { Load } from './load.js';

let cluster: Cluster;
let load: Load;

beforeAll(async () => {
  cluster = await startCluster({
    api: 2,
    workers: 2,
    env: { IM_LOG_LEVEL: 'warning', IM_DRAIN_TIME: '3' },
  });
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  load = new Load(cluster.url, 6);
  await load.untilMore(20);
});

afterEach(async () => {
  expect(await load.stop()).toEqual([]);
  expect(await leftBehind({ sql: (query) => cluster.sql(query) })).toEqual([]);
});

describe('under load, without one failed request', () => {
  it('replicas and workers come and go', async () => {
    const replica = await cluster.addApi();
    const worker = await cluster.addWorker();
    await load.untilMore(30);
    await cluster.remove('api-1');
    await cluster.remove('worker-1');
    await load.untilMore(30);

    expect(cluster.processes.map(({ name }) => name)).toEqual(
      expect.arrayContaining([replica, worker, 'api-2', 'worker-2']),
    );
    expect(cluster.logs('haproxy')).toContain(`imbackend/${replica} `);
  });

  it('HAProxy is reloaded, and is sticky or not', async () => {
    for (const sticky of [false, true, true]) {
      await cluster.setStickiness(sticky);
      await load.untilMore(20);
    }
  });

  it('every replica and worker is started anew, one after another', async () => {
    const before = cluster.processes;
    for (const { name, kind } of before) {
      if (kind === 'api' || kind === 'worker') {
        await cluster.restart(name);
        await load.untilMore(10);
      }
    }

    const old = before.filter(({ kind }) => kind === 'api' || kind === 'worker').map(({ pid }) => pid);
    expect(cluster.processes.filter(({ pid }) => old.includes(pid))).toEqual([]);
  });
});
