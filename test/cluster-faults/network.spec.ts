import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { fakeMachines } from '../servers/fake-cloud.js';
import type { TcpProxy } from '../servers/tcp-proxy.js';
import { startTcpProxy } from '../servers/tcp-proxy.js';
import { until } from '../servers/until.js';
import {
  dummyMachines,
  dummyUser,
  expectNothingLeft,
  openCloud,
  recoveryMs,
  startFaultCluster,
  untilAtRest,
  workersOf,
} from './fault-cluster.js';

let cluster: Cluster;
/** The ways of the first worker; the second one has ways of its own. */
let toDatabase: TcpProxy;
let toRedis: TcpProxy;
let cutOff: string;
beforeAll(async () => {
  cluster = await startFaultCluster({ api: 1, workers: 1, env: { IM_CLOUD_CALL_TIMEOUT: '3' } });
  const database = new URL(cluster.databaseUrl);
  const redis = new URL(cluster.redisUrl);
  toDatabase = await startTcpProxy('127.0.0.1', Number(database.port));
  toRedis = await startTcpProxy('127.0.0.1', Number(redis.port));
  database.port = String(toDatabase.port);
  redis.port = String(toRedis.port);
  cutOff = await cluster.addWorker({ IM_DATA_DB: database.href, IM_REDIS_URL: redis.href });
});
afterAll(async () => {
  await cluster.stop();
  await Promise.all([toDatabase.cut(), toRedis.cut()]);
});

/** Creations whose launches are under way, at least one of them in the hands of the worker that will be cut off. */
async function launchesUnderWay() {
  const lives = [];
  for (;;) {
    const cloud = await openCloud(cluster);
    const held = cloud.server.fail(/POST .*\/containers\/create/u, { holdAnswer: true }, 1);
    const id = await cloud.client.create(fakeMachines(1), '?async=yes');
    await held.reached;
    lives.push({ cloud, held, id });
    if ((await workersOf(cluster, [`${id}/launch`])).includes(cutOff)) {
      return lives;
    }
  }
}

async function expectLaunchedOnce(lives: Awaited<ReturnType<typeof launchesUnderWay>>): Promise<void> {
  for (const { cloud, id } of lives) {
    expect(await cloud.client.untilState(id, ['configured', 'failed'], recoveryMs)).toBe('configured');
    expect(cloud.engine.made).toEqual([`im-${id}-0`]);
  }
  await untilAtRest(cluster);
}

describe('a worker without a way to the database', () => {
  it.each(['silently', 'with a reset'])('that is cut off %s loses its work to the other one', async (how) => {
    const lives = await launchesUnderWay();
    if (how === 'silently') {
      toDatabase.pause();
    } else {
      await toDatabase.cut();
    }
    try {
      const last = lives.at(-1);
      await until(
        () => workersOf(cluster, [`${last?.id}/launch`]),
        (holders) => !holders.includes(cutOff),
        recoveryMs,
      );
      lives.forEach(({ held }) => held.end());
      await expectLaunchedOnce(lives);
    } finally {
      if (how === 'silently') {
        toDatabase.resume();
      } else {
        const { port } = new URL(cluster.databaseUrl);
        toDatabase = await startTcpProxy('127.0.0.1', Number(port), toDatabase.port);
      }
    }
    await cluster.untilReady(cutOff);
    await expectLaunchedOnce(lives);
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
  });
});

describe('a worker without a way to Redis', () => {
  it.each(['silently', 'with a reset'])(
    'that is cut off %s finishes its work, and what comes is done',
    async (how) => {
      const lives = await launchesUnderWay();
      if (how === 'silently') {
        toRedis.pause();
      } else {
        await toRedis.cut();
      }
      lives.forEach(({ held }) => held.end());
      await expectLaunchedOnce(lives);
      const client = dummyUser(cluster, `redis-${how.length}`);
      const created = await client.request('POST', '/infrastructures', { body: dummyMachines(3) });
      expect(created.status, created.text).toBe(200);
      if (how === 'silently') {
        toRedis.resume();
      } else {
        toRedis = await startTcpProxy('127.0.0.1', Number(new URL(cluster.redisUrl).port), toRedis.port);
      }
      await expectNothingLeft(cluster, [client]);
      await Promise.all(lives.map(({ cloud }) => cloud.close()));
    },
  );
});

describe('workers without a way to a cloud', () => {
  it.each([
    ['that says nothing', { hang: true }],
    ['that breaks connections', { cut: true }],
    ['that does what it is asked and whose answers are lost', { loseAnswer: true }],
  ] as const)('%s go on when it is there again', async (_what, how) => {
    const cloud = await openCloud(cluster);
    const outage = cloud.server.fail(/containers/u, how, 2);
    const id = await cloud.client.create(fakeMachines(2), '?async=yes');
    await outage.reached;

    expect(await cloud.client.untilState(id, ['configured', 'failed'], recoveryMs)).toBe('configured');
    expect(cloud.engine.made.toSorted()).toEqual([`im-${id}-0`, `im-${id}-1`]);
    await cloud.close();
  });
});
