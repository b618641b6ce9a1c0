import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import type { Misbehaviour } from '../fakes/misbehaving-server.js';
import type { FakeCloud } from '../servers/fake-cloud.js';
import { fakeMachines } from '../servers/fake-cloud.js';
import { openCloud, recoveryMs, startFaultCluster, untilAtRest } from './fault-cluster.js';

/** Every call to the cloud that an operation makes, in their order. */
const callsOf = {
  create: [
    /GET .*\/info/u,
    /GET .*\/networks/u,
    /POST .*\/networks\/create/u,
    /GET .*\/images/u,
    /POST .*\/volumes\/create/u,
    /GET .*\/containers\/im-/u,
    /POST .*\/containers\/create/u,
    /PUT .*\/archive/u,
    /POST .*\/start/u,
  ],
  add: [/GET .*\/info/u, /POST .*\/volumes\/create/u, /POST .*\/containers\/create/u, /POST .*\/start/u],
  remove: [/DELETE .*\/containers/u, /DELETE .*\/volumes/u],
  destroy: [/DELETE .*\/containers/u, /DELETE .*\/volumes/u, /DELETE .*\/networks/u],
};
type Kind = keyof typeof callsOf;

/** The worker dies before the call arrives, or when its work is done and its answer is on the way. */
const moments: Record<string, Misbehaviour> = { before: { hold: true }, after: { holdAnswer: true } };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startFaultCluster({ workers: 2 });
});
afterAll(async () => {
  await cluster.stop();
});

/** One infrastructure on a cloud of its own, whose worker dies at one call. */
interface Life {
  name: string;
  cloud: FakeCloud;
  id: string;
  which: RegExp;
  how: Misbehaviour;
}

/** Infrastructures for every moment of an operation, as they are before it. */
async function prepare(kind: Kind, vms: number): Promise<Life[]> {
  const lives = callsOf[kind].flatMap((which) =>
    Object.entries(moments).map(([moment, how]) => ({ name: `${moment} ${which.source}`, which, how })),
  );
  return Promise.all(
    lives.map(async (life) => {
      const cloud = await openCloud(cluster);
      if (kind === 'create') {
        return { ...life, cloud, id: '' };
      }
      const id = await cloud.client.create(fakeMachines(vms));
      await cloud.client.untilState(id, ['configured'], recoveryMs);
      return { ...life, cloud, id };
    }),
  );
}

/** Sends the request of an operation, which is answered at once. */
async function request({ cloud: { client }, id }: Life, kind: Kind): Promise<string> {
  switch (kind) {
    case 'create':
      return client.create(fakeMachines(2), '?async=yes');
    case 'add':
      void client.request('POST', `/infrastructures/${id}`, { body: fakeMachines(1) }).catch(() => null);
      return id;
    case 'remove':
      void client.request('DELETE', `/infrastructures/${id}/vms/1`).catch(() => null);
      return id;
    case 'destroy':
      void client.destroy(id).catch(() => null);
      return id;
  }
}

/** Lets all infrastructures come to the moment of their call, all in the hands of the workers that `killAll` ends then. */
async function killAtEachCall(kind: Kind, lives: Life[], killAll: () => Promise<void>): Promise<void> {
  const faults = await Promise.all(
    lives.map(async (life) => {
      const fault = life.cloud.server.fail(life.which, life.how, 1);
      life.id = await request(life, kind);
      await fault.reached;
      return fault;
    }),
  );
  await killAll();
  faults.forEach((fault) => fault.end());
}

describe('kill -9 of a worker at each call', () => {
  /** The only worker ends, and another one comes. */
  async function replaceWorker(): Promise<void> {
    await cluster.kill('worker-1');
    await cluster.restart('worker-2');
  }

  beforeAll(() => cluster.kill('worker-2'));

  it('of a creation launches every machine once', async () => {
    const lives = await prepare('create', 0);

    await killAtEachCall('create', lives, replaceWorker);

    for (const { name, cloud, id } of lives) {
      expect(await cloud.client.untilState(id, ['configured', 'failed'], recoveryMs), name).toBe(
        'configured',
      );
      expect(cloud.engine.made.toSorted(), name).toEqual([`im-${id}-0`, `im-${id}-1`]);
      expect(await cloud.client.vms(id), name).toEqual(['0', '1']);
    }
    await untilAtRest(cluster);
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
  });
});
