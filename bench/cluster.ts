import { openStore } from '@im/persistence';
import { z } from 'zod';
import type { Cluster } from '../test/cluster/cluster.js';
import { startCluster } from '../test/cluster/cluster.js';
import { missingPrograms } from '../test/cluster/programs.js';
import { silentLogger } from '../test/persistence/samples.js';
import { TestSealer } from '../test/persistence/test-sealer.js';
import {
  creationsAtRate,
  creationsPerSecond,
  readCosts,
  readsAtRate,
  readsPerSecond,
} from './cluster-load.js';
import { recoverySeconds } from './cluster-recovery.js';
import type { Figure } from './figure.js';
import { LeftOut, median } from './figure.js';
import { authorization, dummyCloud, dummyRadl, ImClient } from './im-client.js';
import type { Owned } from './owned.js';

const sizes = [1, 2, 4] as const;
/** Requests to these in turns, so that every replica has some under stickiness. */
const infrastructures = 24;
const readRate = 200;
const creationRate = 5;
const largeVms = 1_000;
const largeRuns = 3;
const queueMs = 20;
/** OPERATION_LEASE_TIME of the cluster: its default. */
const leaseSeconds = 30;
const recoverySpareSeconds = 5;

/** A whole cluster on this machine, through HAProxy: reads and creations with 1, 2 and 4 replicas and workers, and what it adds to each. */
export async function benchCluster(owned: Owned): Promise<Figure[]> {
  const missing = missingPrograms();
  if (missing.length > 0) {
    throw new LeftOut(`${missing.join(', ')} cannot be found.`);
  }
  const cluster = await startCluster({
    api: 1,
    workers: 1,
    env: {
      IM_OPERATION_LEASE_TIME: String(leaseSeconds),
      IM_MAX_SIMULTANEOUS_LAUNCHES: '20',
      IM_ALLOW_LOCAL_PROVIDERS: 'true',
      IM_LOG_LEVEL: 'WARNING',
    },
  });
  owned.add(() => cluster.stop());
  const client = new ImClient(cluster.url, authorization(dummyCloud));
  const urls: string[] = [];
  for (let count = 0; count < infrastructures; count++) {
    urls.push(await client.create(dummyRadl(1)));
  }
  const figures: Figure[] = [];
  for (const size of sizes) {
    await grow(cluster, size);
    figures.push(...(await ofSize(client, urls, size)));
    if (size === 1) {
      figures.push(...(await ofProcessors(cluster, client, urls)));
    }
    if (size === 2) {
      figures.push(...(await ofRate(cluster, client, urls)));
    }
  }
  figures.push(...(await ofLargeLaunch(cluster, client)), ...(await ofVersionCheck(cluster, urls)));
  figures.push({
    name: `cluster: work goes on after kill -9 of its worker (lease ${leaseSeconds} s)`,
    value: await recoverySeconds(cluster, owned),
    unit: 's',
    target: { bound: 'at most', value: leaseSeconds + recoverySpareSeconds },
  });
  return figures;
}

async function grow(cluster: Cluster, size: number): Promise<void> {
  while (cluster.replicaUrls.length < size) {
    await cluster.addApi();
  }
  while (cluster.workerUrls.length < size) {
    await cluster.addWorker();
  }
}

async function ofSize(client: ImClient, urls: readonly string[], size: number): Promise<Figure[]> {
  const of = `cluster of ${size} + ${size}`;
  return [
    { name: `${of}: GET state`, value: await readsPerSecond(client, urls), unit: 'requests/s' },
    { name: `${of}: creations`, value: await creationsPerSecond(client), unit: 'creations/s' },
  ];
}

/** Less noisy than rates on a busy machine; every infrastructure is refreshed every ten seconds meanwhile. */
async function ofProcessors(cluster: Cluster, client: ImClient, urls: readonly string[]): Promise<Figure[]> {
  const names = ['api-1', 'mariadb', 'worker-1'];
  const costs = await readCosts(
    client,
    urls,
    names.map((name) => cluster.process(name).pid),
  );
  return names.map((name, index) => ({
    name: `cluster of 1 + 1: GET state, processor time of ${name}`,
    value: costs[index] ?? Number.NaN,
    unit: 'µs/request',
  }));
}

/** Times of answers when the cluster is not at its limit, and what the way through the queue adds to an operation. */
async function ofRate(cluster: Cluster, client: ImClient, urls: readonly string[]): Promise<Figure[]> {
  const reads = await readsAtRate(client, urls, readRate);
  const creations = await creationsAtRate(client, creationRate);
  const reading = `cluster of 2 + 2: GET state at ${readRate}/s`;
  const creating = `cluster of 2 + 2: creation at ${creationRate}/s`;
  return [
    { name: `${reading}, p50`, value: reads.p50, unit: 'ms' },
    { name: `${reading}, p99`, value: reads.p99, unit: 'ms' },
    { name: `${creating}, p50`, value: creations.p50, unit: 'ms' },
    { name: `${creating}, p99`, value: creations.p99, unit: 'ms' },
    {
      name: `${creating}: accepted to first step, median`,
      value: await queueOverheadMs(cluster, creations.ids),
      unit: 'ms',
      target: { bound: 'at most', value: queueMs },
    },
  ];
}

/** By the clock of the database, which both times are from. */
async function queueOverheadMs(cluster: Cluster, ids: readonly string[]): Promise<number> {
  const list = ids.map((id) => `'${id}'`).join(',');
  const rows = await cluster.sql(
    `SELECT started_at - created_at AS ms FROM operation WHERE kind = 'create' AND infrastructure_id IN (${list})`,
  );
  return median(
    z
      .array(z.object({ ms: z.coerce.number() }))
      .parse(rows)
      .map(({ ms }) => ms),
  );
}

async function ofLargeLaunch(cluster: Cluster, client: ImClient): Promise<Figure[]> {
  const times: number[] = [];
  const shares: number[] = [];
  for (let run = 0; run < largeRuns; run++) {
    const before = await launches(cluster);
    const start = performance.now();
    const url = await client.create(dummyRadl(largeVms), 120_000);
    times.push((performance.now() - start) / 1000);
    const made = (await launches(cluster)).map((count, index) => count - (before[index] ?? 0));
    shares.push(Math.max(...made) / largeVms);
    await client.destroy(url, 120_000);
  }
  const workers = cluster.workerUrls.length;
  return [
    {
      name: `cluster: ${largeVms} VMs over ${workers} workers, POST to all launched`,
      value: median(times),
      unit: 's',
    },
    {
      name: `cluster: share of the busiest of these ${workers} workers`,
      value: median(shares),
      unit: 'ratio',
    },
  ];
}

/** Machines that every worker launched since its start. */
function launches(cluster: Cluster): Promise<number[]> {
  return Promise.all(
    cluster.workerUrls.map(async (url) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lines = text.matchAll(/^im_cloud_calls_total\{[^}]*method="launch"[^}]*\} (\d+)$/gmu);
      return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
    }),
  );
}

/** What a read pays for being right at any replica: one look at the version in MariaDB, which reads at the same time share. */
async function ofVersionCheck(cluster: Cluster, urls: readonly string[]): Promise<Figure[]> {
  const store = await openStore({ url: cluster.databaseUrl, sealer: new TestSealer(), logger: silentLogger });
  try {
    const ids = urls.map((url) => url.split('/').at(-1) ?? '');
    const alone = await microseconds(1_000, async (index) => {
      await store.infrastructureVersion(ids[index % ids.length] ?? '');
    });
    const together = await microseconds(100, async () => {
      await Promise.all(ids.map((id) => store.infrastructureVersion(id)));
    });
    return [
      { name: 'cluster: version check of a read, alone', value: alone, unit: 'µs' },
      {
        name: `cluster: version check of a read, ${ids.length} at once`,
        value: together / ids.length,
        unit: 'µs',
      },
    ];
  } finally {
    await store.close();
  }
}

/** Of one call, after some that only warm up. */
async function microseconds(calls: number, call: (index: number) => Promise<void>): Promise<number> {
  for (let index = 0; index < calls / 10; index++) {
    await call(index);
  }
  const start = performance.now();
  for (let index = 0; index < calls; index++) {
    await call(index);
  }
  return ((performance.now() - start) * 1000) / calls;
}
