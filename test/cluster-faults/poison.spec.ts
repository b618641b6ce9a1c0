import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { startCluster } from '../cluster/cluster.js';
import { fakeMachines } from '../servers/fake-cloud.js';
import { dummyMachines, dummyUser, expectNothingLeft, faultOptions, openCloud } from './fault-cluster.js';

/** Ends the process at a call. */
const dieAtCall = join(import.meta.dirname, '../fakes/die-at-call.mjs');
/** Five deaths, each noticed after the time of a lease. */
const givenUpMs = 150_000;

let cluster: Cluster;
let deaths = 0;
let ends = false;
beforeAll(async () => {
  cluster = await startCluster({
    api: 1,
    workers: 0,
    env: { ...faultOptions, IM_OPERATION_LEASE_TIME: '2' },
    onChange: (running, ended) => {
      if (ended?.kind === 'worker' && !ends) {
        deaths++;
        void running.restart(ended.name, { wait: false });
      }
    },
  });
});
afterAll(async () => {
  ends = true;
  await cluster.stop();
});

describe('what ends every worker that touches it', () => {
  it('is given up with a text for its owner, and costs others nothing', async () => {
    const [launch, step] = await Promise.all([openCloud(cluster), openCloud(cluster)]);
    const calls = [`POST ${launch.host}/.*containers/create`, `POST ${step.host}/.*networks/create`];
    const poison = { NODE_OPTIONS: `--import=${dieAtCall}`, DIE_AT_CALL: `^(?:${calls.join('|')})` };
    await Promise.all([cluster.addWorker(poison), cluster.addWorker(poison)]);
    const neighbour = dummyUser(cluster, 'neighbour');
    const ids = await Promise.all(
      [launch, step].map(({ client }) => client.create(fakeMachines(1), '?async=yes')),
    );
    const other = await neighbour.create(dummyMachines(2), '?async=yes');

    expect(await neighbour.untilState(other, ['configured', 'failed'], givenUpMs)).toBe('configured');
    const texts = await Promise.all(
      [launch, step].map(async ({ client }, index) => {
        const id = ids[index] ?? '';
        expect(await client.untilState(id, ['configured', 'failed', 'unconfigured'], givenUpMs)).toBe(
          'failed',
        );
        return client.contmsg(id);
      }),
    );

    expect(texts[0]).toContain('5 processes of the service ended in the middle of it: ask its operator.');
    expect(texts[1]).toContain('The process that worked on this ended in the middle of it, several times.');
    expect(deaths).toBeGreaterThanOrEqual(5);
    await expectNothingLeft(cluster, [neighbour]);
    await Promise.all([launch.close(), step.close()]);
  });
});
