import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import type { Misbehaviour } from '../fakes/misbehaving-server.js';
import type { FakeCloud } from '../servers/fake-cloud.js';
import { fakeMachines } from '../servers/fake-cloud.js';
import { until } from '../servers/until.js';
import { openCloud, recoveryMs, startFaultCluster, untilAtRest, workersOf } from './fault-cluster.js';

/** Stops all JavaScript of a process for longer than a lease, when it gets SIGUSR2. */
const blockOnSignal = join(import.meta.dirname, '../fakes/block-on-signal.mjs');
/** A launch that is under way when its worker loses the lease: before it is done, or when its answer is on the way. */
const moments: [string, Misbehaviour][] = [
  ['before the machine is made', { hold: true }],
  ['when the machine is made', { holdAnswer: true }],
];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startFaultCluster({
    workers: 2,
    env: { IM_LOG_LEVEL: 'DEBUG', NODE_OPTIONS: `--import=${blockOnSignal}` },
  });
});
afterAll(async () => {
  await cluster.stop();
});

/** A creation whose launch is under way. */
async function launchUnderWay(
  how: Misbehaviour,
): Promise<{ cloud: FakeCloud; id: string; holder: string; answer(): void }> {
  const cloud = await openCloud(cluster);
  const held = cloud.server.fail(/POST .*\/containers\/create/u, how, 1);
  const id = await cloud.client.create(fakeMachines(1), '?async=yes');
  await held.reached;
  const [holder = ''] = await workersOf(cluster, [`${id}/launch`]);
  return { cloud, id, holder, answer: () => held.end() };
}

/** Waits until the machine is launched, which only another worker can have done. */
async function untilAnotherDidIt(cloud: FakeCloud, id: string): Promise<void> {
  expect(await cloud.client.untilState(id, ['configured', 'failed'], recoveryMs)).toBe('configured');
  await untilAtRest(cluster);
}

/** Rows that a late write could change. */
function rowsOf(id: string): Promise<Record<string, unknown>[]> {
  return cluster.sql(
    `SELECT im_id, version, status, provider_id, launch_attempts, launch_errors FROM vm WHERE infrastructure_id = '${id}'`,
  );
}

/** The worker went on after the loss, and saw that the launch is not its own any more. */
async function untilItGaveUp(holder: string, id: string, since: number): Promise<void> {
  await until(
    async () => cluster.logs(holder).slice(since),
    (log) => log.includes('A launch lane was interrupted') && log.includes(`${id}/launch`),
    recoveryMs,
  );
}

describe.each(moments)('a worker that stands still for longer than its lease, %s,', (_moment, how) => {
  it('finds that another one took over, and changes nothing when it goes on', async () => {
    const { cloud, id, holder, answer } = await launchUnderWay(how);
    const logged = cluster.logs(holder).length;
    await cluster.freeze(holder);
    let rows: unknown;
    try {
      await untilAnotherDidIt(cloud, id);
      rows = await rowsOf(id);
      // It finds the answer and the end of its lease at the same time.
      answer();
    } finally {
      cluster.thaw(holder);
    }
    await untilItGaveUp(holder, id, logged);

    expect(await rowsOf(id)).toEqual(rows);
    expect(cloud.engine.made).toEqual([`im-${id}-0`]);
    await cloud.close();
  });
});

describe('a worker whose launch is done by another one meanwhile changes nothing', () => {
  it('after its event loop was blocked for longer than its lease', async () => {
    const { cloud, id, holder, answer } = await launchUnderWay({ holdAnswer: true });
    const logged = cluster.logs(holder).length;
    await cluster.kill(holder, 'SIGUSR2');
    await untilAnotherDidIt(cloud, id);
    const rows = await rowsOf(id);
    answer();
    await untilItGaveUp(holder, id, logged);

    expect(await rowsOf(id)).toEqual(rows);
    expect(cloud.engine.made).toEqual([`im-${id}-0`]);
    await cloud.close();
  });

  it('when both believe to hold the lease', async () => {
    const { cloud, id, holder, answer } = await launchUnderWay({ holdAnswer: true });
    const logged = cluster.logs(holder).length;
    await cluster.sql(
      `UPDATE lease SET fence = fence + 1, expires_at = 1 WHERE lease_key LIKE '${id}%' AND expires_at IS NOT NULL`,
    );
    await untilAnotherDidIt(cloud, id);
    const rows = await rowsOf(id);
    answer();
    await untilItGaveUp(holder, id, logged);

    expect(await rowsOf(id)).toEqual(rows);
    expect(cloud.engine.made).toEqual([`im-${id}-0`]);
    await cloud.close();
  });
});
