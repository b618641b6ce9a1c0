import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { fakeMachines } from '../servers/fake-cloud.js';
import { until } from '../servers/until.js';
import {
  dummyMachines,
  dummyUser,
  expectNothingLeft,
  leaseSeconds,
  openCloud,
  recoveryMs,
  startFaultCluster,
  untilAtRest,
  workersOf,
} from './fault-cluster.js';

const shiftClock = join(import.meta.dirname, '../fakes/shift-clock.mjs');

/** A clock that runs so many minutes ahead. */
function clock(minutes: number): Record<string, string> {
  return { NODE_OPTIONS: `--import=${shiftClock}`, CLOCK_SHIFT_MS: String(minutes * 60_000) };
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startFaultCluster({ api: 1, workers: 1, env: clock(5) });
  await cluster.addApi(clock(-5));
  await cluster.addWorker(clock(-5));
});
afterAll(async () => {
  await cluster.stop();
});

describe('clocks that are ten minutes apart', () => {
  it('let nobody take over what another one works on, and everybody what a dead one leaves', async () => {
    const lives = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const cloud = await openCloud(cluster);
        const held = cloud.server.fail(/POST .*\/containers\/create/u, { holdAnswer: true }, 1);
        const id = await cloud.client.create(fakeMachines(1), '?async=yes');
        await held.reached;
        return { cloud, held, id, holders: await workersOf(cluster, [`${id}/launch`]) };
      }),
    );
    const since = Date.now();
    await until(
      async () => Date.now() - since,
      (passed) => passed > 2 * leaseSeconds * 1000,
    );
    for (const { id, holders } of lives) {
      expect(await workersOf(cluster, [`${id}/launch`])).toEqual(holders);
    }

    await cluster.kill('worker-1');
    lives.forEach(({ held }) => held.end());
    for (const { cloud, id } of lives) {
      expect(await cloud.client.untilState(id, ['configured', 'failed'], recoveryMs)).toBe('configured');
      expect(cloud.engine.made).toEqual([`im-${id}-0`]);
      await cloud.close();
    }
    await cluster.restart('worker-1');
  });

  it('and jump to the other side in the middle of the work cost neither an operation nor an order', async () => {
    const client = dummyUser(cluster, 'jumps');
    const processes = ['api-1', 'api-2', 'worker-1', 'worker-2'];
    const ids: string[] = [];
    for (const name of processes) {
      ids.push(await client.create(dummyMachines(3), '?async=yes'));
      await cluster.kill(name, 'SIGUSR2');
      ids.push(await client.create(dummyMachines(3), '?async=yes'));
    }
    for (const id of ids) {
      expect(await client.untilState(id, ['configured', 'failed'], recoveryMs)).toBe('configured');
      const added = await client.request('POST', `/infrastructures/${id}`, {
        body: 'system node\ndeploy node 1',
      });
      expect(added.status, added.text).toBe(200);
      expect(await client.vms(id)).toHaveLength(4);
    }
    await untilAtRest(cluster);
    const negative = await cluster.sql(
      'SELECT id FROM operation WHERE finished_at < started_at OR started_at < created_at',
    );
    expect(negative).toEqual([]);
    await expectNothingLeft(cluster, [client]);
  });
});
