import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeCloud, fakeMachines } from '../servers/fake-cloud.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({ mayLeave: /^ledger: .* is unknown$/u });
});
afterAll(async () => {
  await service.stop();
});

/** Rows of the ledger that may still stand for something. */
function openRows(infrastructureId: string): unknown[] {
  const database = new Database(join(service.dataDir, 'im.sqlite'), { readonly: true, timeout: 10_000 });
  try {
    return database
      .prepare(
        "SELECT kind, token, state FROM cloud_resource WHERE infrastructure_id = ? AND state <> 'gone' ORDER BY token",
      )
      .all([infrastructureId]);
  } finally {
    database.close();
  }
}

/** The three rows of `openRows` are what an operator is told, by command and by metric. */
async function expectInLeakReport(infrastructureId: string): Promise<void> {
  const lines = (await leaks()).split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(3);
  expect(lines).toContainEqual(
    expect.stringMatching(
      new RegExp(
        `^infrastructure=${infrastructureId} vm=0 kind=machine .* id=\\w+ .* state=unknown since=`,
        'u',
      ),
    ),
  );
  const entries: unknown = JSON.parse(await leaks('--json'));
  expect(entries).toHaveLength(3);
  expect(entries).toContainEqual(
    expect.objectContaining({ infrastructureId, kind: 'network', token: `im_${infrastructureId}_priv` }),
  );
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  expect(metrics).toContain('im_cloud_resources_left_behind{state="unknown"} 3');
}

/** What `npm start -- leaks` prints beside the running service. */
async function leaks(...options: string[]): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/start.mjs', 'leaks', ...options], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH, HOME, IM_DATA_DIR: service.dataDir },
  });
  return stdout;
}

describe('user need: force delete, forget', () => {
  it('destroy with force ends although the provider is gone, and the ledger remembers what may exist', async () => {
    const { client, engine, server } = await FakeCloud.open(service);
    const id = await client.create(fakeMachines(1));
    await client.untilState(id, ['configured']);
    server.fail(/./u, { cut: true });

    expect((await client.destroy(id)).status).toBe(400);
    expect((await client.destroy(id, '?force=yes')).status).toBe(200);

    expect(await client.ids()).toEqual([]);
    expect(await client.state(id)).toContain('Invalid infrastructure ID');
    expect(engine.containers.size).toBe(1);
    expect(openRows(id)).toEqual(
      [
        { kind: 'volume', token: `im-${id}-0-1`, state: 'unknown' },
        { kind: 'network', token: `im_${id}_priv`, state: 'unknown' },
        { kind: 'machine', token: `${id}-0`, state: 'unknown' },
      ].sort((a, b) => (a.token < b.token ? -1 : 1)),
    );
    await until(
      () => Promise.resolve(service.logs()),
      (logs) => logs.includes('infrastructure forgotten although resources may exist'),
    );
    await expectInLeakReport(id);
    server.close();
  });

  it('destroy with force destroys like any other when the provider works', async () => {
    const cloud = await FakeCloud.open(service);
    const id = await cloud.client.create(fakeMachines(2));

    expect((await cloud.client.destroy(id, '?force=yes')).status).toBe(200);

    expect(openRows(id)).toEqual([]);
    expect(cloud.engine.containers.size).toBe(0);
    cloud.server.close();
  });

  it('an export with delete forgets the infrastructure and leaves its machines running, for whoever imports it', async () => {
    const cloud = await FakeCloud.open(service);
    const { client, engine } = cloud;
    const id = await client.create(fakeMachines(2));
    await client.untilState(id, ['configured']);

    const answer = await client.request('GET', `/infrastructures/${id}/data?delete=yes`, {
      headers: { accept: 'application/json' },
    });

    expect(answer.status).toBe(200);
    expect(await client.ids()).toEqual([]);
    expect([...engine.containers.values()].map(({ status }) => status)).toEqual(['running', 'running']);
    const imported = await client.request('PUT', '/infrastructures', {
      body: answer.text,
      type: 'application/json',
    });
    expect(imported.status).toBe(200);
    expect(await client.vms(id)).toEqual(['0', '1']);
    expect((await client.destroy(id)).status).toBe(200);
    expect([engine.containers.size, engine.networks.size, engine.volumes.size]).toEqual([0, 0, 0]);
    expect(openRows(id)).toEqual([]);
    cloud.server.close();
  });

  it('a machine that was imported takes its volume with it, and the last one the network', async () => {
    const cloud = await FakeCloud.open(service);
    const { client, engine } = cloud;
    const id = await client.create(fakeMachines(2));
    await client.untilState(id, ['configured']);
    const headers = { accept: 'application/json' };
    const exported = await client.request('GET', `/infrastructures/${id}/data?delete=yes`, { headers });
    await client.request('PUT', '/infrastructures', { body: exported.text, type: 'application/json' });
    const remove = (vm: number) => client.request('DELETE', `/infrastructures/${id}/vms/${vm}?context=0`);

    expect((await remove(0)).status).toBe(200);
    expect([engine.containers.size, engine.networks.size, engine.volumes.size]).toEqual([1, 1, 1]);
    expect((await remove(1)).status).toBe(200);
    expect([engine.containers.size, engine.networks.size, engine.volumes.size]).toEqual([0, 0, 0]);
    expect(openRows(id)).toEqual([]);
    cloud.server.close();
  });
});
