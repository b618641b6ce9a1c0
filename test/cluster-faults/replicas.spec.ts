import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { fakeMachines } from '../servers/fake-cloud.js';
import { RestClient } from '../servers/rest-client.js';
import { until } from '../servers/until.js';
import {
  dummyMachines,
  dummyUser,
  expectNothingLeft,
  openCloud,
  recoveryMs,
  startFaultCluster,
} from './fault-cluster.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startFaultCluster({ api: 3, workers: 2, env: { IM_DRAIN_TIME: '3' } });
});
afterAll(async () => {
  await cluster.stop();
});

/** The same user at every replica, past HAProxy. */
function atReplicas({ authorization }: RestClient): RestClient[] {
  return cluster.replicaUrls.map((url) => new RestClient(url, authorization));
}

function at(clients: readonly RestClient[], index: number): RestClient {
  const client = clients[index];
  if (client === undefined) {
    throw new Error(`There is no replica ${index}.`);
  }
  return client;
}

describe('kill -9 of a replica during a synchronous creation', () => {
  it('costs the answer, and the same request at another one is answered with the same infrastructure', async () => {
    const cloud = await openCloud(cluster);
    const replicas = atReplicas(cloud.client);
    const request = { body: fakeMachines(2), headers: { 'idempotency-key': randomUUID() } };
    const held = cloud.server.fail(/POST .*\/start/u, { hold: true });
    const lost = at(replicas, 0)
      .request('POST', '/infrastructures', request)
      .then(
        () => 'answered',
        () => 'lost',
      );
    await held.reached;
    await cluster.kill('api-1');
    expect(await lost).toBe('lost');

    const again = at(replicas, 1).request('POST', '/infrastructures', request);
    held.end();

    const { status, text } = await again;
    expect(status, text).toBe(200);
    expect(await cloud.client.ids()).toEqual([text.trim().split('/').at(-1)]);
    expect(cloud.engine.made).toHaveLength(2);
    await cluster.restart('api-1');
    await cloud.close();
  });

  it('at any moment leaves one infrastructure for each key', async () => {
    const client = dummyUser(cluster, 'keys');
    const replicas = atReplicas(client);
    const answered = new Set<string>();
    for (const delayMs of [0, 10, 30, 80]) {
      const request = { body: dummyMachines(2), headers: { 'idempotency-key': randomUUID() } };
      const first = at(replicas, 0)
        .request('POST', '/infrastructures', request)
        .catch(() => null);
      const sent = Date.now();
      await until(
        async () => Date.now() - sent,
        (passed) => passed >= delayMs,
      );
      await cluster.kill('api-1');
      await first;
      const { status, text } = await at(replicas, 2).request('POST', '/infrastructures', request);
      expect(status, text).toBe(200);
      answered.add(text.trim().split('/').at(-1) ?? '');
      await cluster.restart('api-1');
    }
    expect(new Set(await client.ids())).toEqual(answered);
    await expectNothingLeft(cluster, [client]);
  });
});

describe('requests at different replicas at the same time', () => {
  it('to destroy, configure, add and remove each get a definite answer', async () => {
    const cloud = await openCloud(cluster);
    const replicas = atReplicas(cloud.client);
    const id = await cloud.client.create(fakeMachines(2));
    const send = (replica: number, method: string, path: string, body?: string) =>
      at(replicas, replica).request(
        method,
        `/infrastructures/${id}${path}`,
        body === undefined ? {} : { body },
      );

    const changes = await Promise.all([
      send(0, 'POST', '', 'system node\ndeploy node 2'),
      send(1, 'DELETE', '/vms/0'),
      send(2, 'POST', '', 'system node\ndeploy node 1'),
    ]);
    expect(changes.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const replica of replicas) {
      expect(await replica.vms(id)).toEqual(['1', '2', '3', '4']);
    }
    const configured = await Promise.all([send(0, 'PUT', '/reconfigure'), send(1, 'PUT', '/reconfigure')]);
    expect(configured.map(({ status }) => status)).toEqual([200, 200]);
    await cloud.client.untilState(id, ['configured'], recoveryMs);

    const destroyed = await Promise.all([send(1, 'DELETE', ''), send(2, 'DELETE', '')]);

    // Who comes when all is gone finds nothing.
    expect(destroyed.map(({ status }) => status).toSorted()[0]).toBe(200);
    destroyed.forEach(({ status }) => expect([200, 404]).toContain(status));
    expect(cloud.engine.made.toSorted()).toEqual([0, 1, 2, 3, 4].map((vm) => `im-${id}-${vm}`));
    await cloud.close();
  });
});

describe('under load', () => {
  /** Users who create, read and destroy until `work` is done. @returns every answer that was not as it should be */
  async function failuresDuring(work: () => Promise<void>): Promise<{ failures: string[]; rounds: number }> {
    const failures: string[] = [];
    let rounds = 0;
    let ends = false;
    const note = (what: string, { status, text }: { status: number; text: string }) => {
      if (status !== 200) {
        failures.push(`${what}: ${status} ${text}`);
      }
    };
    const users = Array.from({ length: 4 }, async (_unused, number) => {
      const client = dummyUser(cluster, `load-${number}`);
      while (!ends) {
        const created = await client.request('POST', '/infrastructures', { body: dummyMachines(2) });
        note('create', created);
        const id = created.text.trim().split('/').at(-1) ?? '';
        note('state', await client.request('GET', `/infrastructures/${id}/state`));
        note('destroy', await client.destroy(id));
        rounds++;
      }
    });
    // A connection that breaks is a failed request too.
    const all = Promise.all(users).catch((error: unknown) => failures.push(String(error)));
    try {
      await work();
    } finally {
      ends = true;
      await all;
    }
    return { failures, rounds };
  }

  it('a stop and start of every replica and worker, one after another, and reloads of HAProxy fail no request', async () => {
    const { failures, rounds } = await failuresDuring(async () => {
      for (const name of ['api-1', 'worker-1', 'api-2', 'worker-2', 'api-3']) {
        await cluster.restart(name);
        await cluster.reloadProxy();
      }
    });

    expect(failures).toEqual([]);
    expect(rounds).toBeGreaterThan(4);
    await expectNothingLeft(
      cluster,
      [0, 1, 2, 3].map((number) => dummyUser(cluster, `load-${number}`)),
    );
  });

  it('a new HAProxy finds all infrastructures again', async () => {
    const client = dummyUser(cluster, 'proxy');
    const id = await client.create(dummyMachines(2), '?async=yes');
    await cluster.kill('haproxy');
    await cluster.restart('haproxy');

    expect(await client.untilState(id, ['configured'], recoveryMs)).toBe('configured');
    await expectNothingLeft(cluster, [client]);
  });
});
