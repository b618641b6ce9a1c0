import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { redisCommands } from '../servers/redis.js';
import { dummyMachines, dummyUser, expectNothingLeft, startFaultCluster } from './fault-cluster.js';
import { endsOf, faultAtEachCall, livesBefore, rightEnds } from './moments.js';

/** Nobody waits longer for an answer, whatever Redis does. */
const answerLimitMs = 60_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startFaultCluster({ api: 2, workers: 2 });
});
afterAll(async () => {
  await cluster.stop();
});

/** Sends commands with the password of the cluster. */
function redis(...commands: string[]): Promise<string> {
  const { password, port } = new URL(cluster.redisUrl);
  return redisCommands(Number(port), [`AUTH ${password}`, ...commands]);
}

/** What a user can do from the first to the last request, each answered in time. */
async function expectAllWorks(username: string): Promise<void> {
  const client = dummyUser(cluster, username);
  const created = await client.request('POST', '/infrastructures', {
    body: dummyMachines(5),
    timeoutMs: answerLimitMs,
  });
  expect(created.status, created.text).toBe(200);
  const [id = ''] = await client.ids();
  expect(await client.untilState(id, ['configured'])).toBe('configured');
  const added = await client.request('POST', `/infrastructures/${id}`, {
    body: 'system node\ndeploy node 2',
    timeoutMs: answerLimitMs,
  });
  expect(added.status, added.text).toBe(200);
  expect(await client.vms(id)).toHaveLength(7);
  await expectNothingLeft(cluster, [client]);
}

describe('at each call of a creation', () => {
  const faults: [string, () => Promise<unknown>][] = [
    ['FLUSHALL', () => redis('FLUSHALL')],
    [
      'the death of Redis, which comes back empty,',
      async () => {
        await cluster.kill('redis');
        await cluster.restart('redis');
      },
    ],
  ];

  it.each(faults)('%s changes nothing', async (_name, fault) => {
    const lives = await livesBefore(cluster, 'create', ['after']);

    await faultAtEachCall('create', lives, async () => {
      await fault();
    });

    expect(await endsOf(cluster, lives)).toEqual(rightEnds('create', lives));
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
  });

  it('Redis that is away is not missed, since the workers find their work in the database', async () => {
    const lives = await livesBefore(cluster, 'create', ['after']);

    await faultAtEachCall('create', lives, async () => {
      await cluster.kill('redis');
    });

    expect(await endsOf(cluster, lives)).toEqual(rightEnds('create', lives));
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
    await cluster.restart('redis');
  });
});

describe('everything is answered and done', () => {
  it('while Redis is away, and when it is back', async () => {
    await cluster.kill('redis');
    await expectAllWorks('away');
    await cluster.restart('redis');
    await expectAllWorks('back');
  });

  it('while Redis takes connections and says nothing', async () => {
    await cluster.freeze('redis');
    try {
      await expectAllWorks('silent');
    } finally {
      cluster.thaw('redis');
    }
    await cluster.untilReady('redis');
  });

  it('while Redis is full', async () => {
    expect(await redis('CONFIG SET maxmemory 1')).toContain('+OK');
    try {
      expect(await redis('SET key value')).toContain('OOM');
      await expectAllWorks('full');
    } finally {
      await redis('CONFIG SET maxmemory 0');
    }
    await expectAllWorks('emptied');
  });
});
