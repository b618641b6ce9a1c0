import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { dummyMachines, dummyUser, expectNothingLeft, startFaultCluster } from './fault-cluster.js';
import type { ChangeKind } from './moments.js';
import { endsOf, faultAtEachCall, livesBefore, rightEnds } from './moments.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startFaultCluster({ workers: 2 });
});
afterAll(async () => {
  await cluster.stop();
});

describe('kill -9 of all workers, then a new one, at each call', () => {
  const changes: ChangeKind[] = ['create', 'add', 'remove', 'destroy'];

  beforeAll(() => cluster.kill('worker-2'));
  afterAll(() => cluster.restart('worker-2'));

  it.each(changes)('of "%s" makes every machine once and ends as asked', async (kind) => {
    const lives = await livesBefore(cluster, kind);

    await faultAtEachCall(kind, lives, async () => {
      await cluster.kill('worker-1');
      await cluster.restart('worker-1');
    });

    expect(await endsOf(cluster, lives)).toEqual(rightEnds(kind, lives));
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
  });
});

describe('kill -9 of one of two workers', () => {
  it('at each call of a creation costs nothing: the other one goes on', async () => {
    const lives = await livesBefore(cluster, 'create', ['before']);

    await faultAtEachCall('create', lives, async () => {
      await cluster.kill('worker-1');
    });

    expect(await endsOf(cluster, lives)).toEqual(rightEnds('create', lives));
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
    await cluster.restart('worker-1');
  });

  it('in turn, all the time, while infrastructures come and go loses none of them', async () => {
    const client = dummyUser(cluster, 'turns');
    const made: string[] = [];
    const lost = new Set<string>();
    for (const name of ['worker-1', 'worker-2', 'worker-1', 'worker-2']) {
      made.push(...(await Promise.all([3, 5].map((vms) => client.create(dummyMachines(vms), '?async=yes')))));
      await cluster.kill(name);
      await cluster.restart(name, { wait: false });
    }
    for (const id of made) {
      if ((await client.untilState(id, ['configured', 'failed'])) === 'failed') {
        lost.add(id);
      }
    }
    expect([...lost]).toEqual([]);
    await expectNothingLeft(cluster, [client]);
  });
});
