import { expect } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { startCluster } from '../cluster/cluster.js';
import { FakeCloud } from '../servers/fake-cloud.js';
import { leftBehind } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import { until } from '../servers/until.js';

/** OPERATION_LEASE_TIME of these clusters. */
export const leaseSeconds = 3;
/** Time for the work of a dead process to be taken over and done on a machine that is busy. */
export const recoveryMs = 60_000;

interface FaultClusterOptions {
  api?: number;
  workers?: number;
  env?: Record<string, string>;
}

/** Options with which dead processes are noticed soon and clouds on this machine may be called. */
export const faultOptions = {
  IM_ALLOW_LOCAL_PROVIDERS: 'yes',
  IM_OPERATION_LEASE_TIME: String(leaseSeconds),
  IM_RECONCILE_INTERVAL: '1',
  IM_WORKER_CONCURRENCY: '50',
  IM_MAX_SIMULTANEOUS_LAUNCHES: '3',
  IM_VM_INFO_UPDATE_FREQUENCY: '1',
  IM_DELAY_BETWEEN_VM_RETRIES: '1',
};

export function startFaultCluster({ api = 1, workers = 1, env = {} }: FaultClusterOptions): Promise<Cluster> {
  return startCluster({ api, workers, env: { ...faultOptions, ...env } });
}

/** A cloud that only exists for one test, with a user of the cluster. */
export function openCloud(cluster: Cluster): Promise<FakeCloud> {
  return FakeCloud.open({ url: cluster.url, sql: (query) => cluster.sql(query) });
}

/** A user with a Dummy cloud. @param url of HAProxy when absent, or of a replica */
export function dummyUser(cluster: Cluster, username: string, url = cluster.url): RestClient {
  return new RestClient(url, authorizationOf(username, ['id = dummy; type = Dummy']));
}

/** A document for a Dummy cloud. */
export function dummyMachines(vms: number): string {
  return `
network net (outbound = 'yes')
system node (cpu.count >= 1 and net_interface.0.connection = 'net' and disk.0.os.name = 'linux')
contextualize ()
deploy node ${vms}
`;
}

/**
 * The end of a test (design: architecture.md 8): no machine without a row, no row without an owner, no operation stuck.
 * @param clients users whose infrastructures are destroyed before
 */
export async function expectNothingLeft(cluster: Cluster, clients: readonly RestClient[]): Promise<void> {
  for (const client of clients) {
    await Promise.all(
      (await client.ids()).map(async (id) => {
        const { status, text } = await client.destroy(id);
        expect({ status, text }).toEqual({ status: 200, text: '' });
      }),
    );
  }
  await untilAtRest(cluster);
  expect(await leftBehind({ sql: (query) => cluster.sql(query) })).toEqual([]);
}

/** Waits until every operation has ended. */
export async function untilAtRest(cluster: Cluster): Promise<void> {
  await until(
    () =>
      cluster.sql(
        "SELECT id, kind, state, step, infrastructure_id FROM operation WHERE state IN ('pending', 'running', 'cancelling')",
      ),
    (stuck) => stuck.length === 0,
    recoveryMs,
  );
}

/** Names of the workers that hold a lease of one of the infrastructures now. */
export async function workersOf(cluster: Cluster, infrastructureIds: readonly string[]): Promise<string[]> {
  const rows = await cluster.sql('SELECT lease_key, owner FROM lease WHERE expires_at IS NOT NULL');
  const pids = new Set(
    rows
      .filter(({ lease_key: key }) => infrastructureIds.some((id) => String(key).startsWith(id)))
      .map(({ owner }) => Number(/-(\d+)-[0-9a-f]{8}-/u.exec(String(owner))?.[1])),
  );
  return cluster.processes
    .filter(({ kind, pid }) => kind === 'worker' && pids.has(pid))
    .map(({ name }) => name);
}
