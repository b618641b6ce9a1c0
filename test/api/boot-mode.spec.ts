import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ApiUser } from './api-user.js';
import { machines, more } from './documents.js';

const dataDir = mkdtempSync(join(tmpdir(), 'im-boot-mode-'));
/** Infrastructures that were made while everything was allowed. */
const paths: string[] = [];

const changes: [method: string, route: string, prefix: string, body: string][] = [
  ['POST', '', 'Error Adding resources', more()],
  ['PUT', '/reconfigure', 'Error reconfiguring infrastructure', ''],
  ['PUT', '/start', 'Error in start operation', ''],
  ['PUT', '/stop', 'Error in stop operation', ''],
  ['PUT', '/vms/0', 'Error modifying resources', 'system node (cpu.count = 2 and memory.size = 1g)'],
  ['DELETE', '/vms/0', 'Error Removing resources', ''],
  ['PUT', '/vms/0/start', 'Error in start op in VM', ''],
  ['PUT', '/vms/0/stop', 'Error in stop op in VM', ''],
  ['PUT', '/vms/0/reboot', 'Error in reboot op in VM', ''],
  ['PUT', '/vms/0/disks/0/snapshot?image_name=x', 'Error creating snapshot', ''],
];
const owner = { body: '{"username": "bob", "password": "bob-pass"}' };

beforeAll(async () => {
  const server = await startStandalone({ dataDir });
  const ana = new ApiUser(server.url, 'ana');
  for (let count = 0; count < 3; count++) {
    paths.push(await ana.create(machines()));
  }
  await server.stop();
});

afterAll(() => {
  rmSync(dataDir, { recursive: true });
});

describe.each([1, 2])('BOOT_MODE %d', (mode) => {
  let server: StandaloneServer;
  let ana: ApiUser;
  let path: string;

  beforeAll(async () => {
    server = await startStandalone({ dataDir, env: { IM_BOOT_MODE: String(mode) } });
    ana = new ApiUser(server.url, 'ana');
    path = paths[0] ?? '';
  });

  afterAll(async () => {
    await server.stop();
  });

  it('lets everything be read', async () => {
    for (const route of [
      '',
      '/state',
      '/radl',
      '/contmsg',
      '/data',
      '/authorization',
      '/vms/0',
      '/vms/0/state',
    ]) {
      expect((await ana.get(`${path}${route}`)).status, route).toBe(200);
    }
    for (const route of [
      '/infrastructures',
      '/stats',
      '/clouds/dummy/images',
      '/clouds/dummy/quotas',
      '/version',
    ]) {
      expect((await ana.get(route)).status, route).toBe(200);
    }
    expect(await ana.state(path)).toBe('configured');
    expect((await ana.post('/infrastructures?dry_run=1', { body: machines() })).status).toBe(200);
  });

  it.each(changes)('refuses %s <id>%s', async (method, route, prefix, body) => {
    expect(await ana.call(method, `${path}${route}`, { body })).toMatchObject({
      status: 403,
      text: `${prefix}: Function currently disabled.`,
    });
  });

  it('refuses new infrastructures, even to who has no valid credentials', async () => {
    const refused = { status: 403, text: 'Error Creating Inf.: Function currently disabled.' };

    expect(await ana.post('/infrastructures', { body: machines() })).toMatchObject(refused);
    expect(
      await ana.post('/infrastructures', { body: machines(), authorization: 'type = Dummy' }),
    ).toMatchObject(refused);
    expect(await ana.put('/infrastructures', { body: '{}' })).toMatchObject({
      status: 403,
      text: 'Error Importing Inf.: Function currently disabled.',
    });
    expect((await ana.post('/infrastructures', { body: machines(), authorization: null })).status).toBe(401);
  });

  it(mode === 1 ? 'refuses new owners' : 'takes new owners', async () => {
    const answer = await ana.post(`${path}/authorization`, owner);

    expect(answer.status).toBe(mode === 1 ? 403 : 200);
    expect((await ana.get(`${path}/authorization`)).text).toBe(mode === 1 ? 'ana' : 'ana\nbob');
  });

  it(mode === 1 ? 'deletes nothing' : 'destroys and exports with delete', async () => {
    const [destroyed, exported] = [
      await ana.delete(paths[1] ?? ''),
      await ana.get(`${paths[2]}/data?delete=1`),
    ];

    expect([destroyed.status, exported.status]).toEqual(mode === 1 ? [403, 403] : [200, 200]);
    expect(await ana.ids()).toHaveLength(mode === 1 ? 3 : 1);
    if (mode === 1) {
      expect(destroyed.text).toBe('Error Destroying Inf: Function currently disabled.');
      expect(exported.text).toBe('Error Getting Inf. prop: Function currently disabled.');
    }
  });
});
