import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ApiUser } from './api-user.js';
import { machines, more } from './documents.js';

let server: StandaloneServer;
let ana: ApiUser;

beforeAll(async () => {
  server = await startStandalone();
  ana = new ApiUser(server.url, 'ana');
});

afterAll(async () => {
  await server.stop();
});

describe('a cloud', () => {
  const images = JSON.stringify({
    images: [
      { uri: 'mock0://linux.for.ev.er/image1', name: 'Image Name1' },
      { uri: 'mock0://linux.for.ev.er/image2', name: 'Image Name2' },
    ],
  });

  it('tells its images in JSON', async () => {
    for (const accept of ['application/json', 'application/*', '*/*', 'text/*']) {
      expect(await ana.get('/clouds/dummy/images', { accept })).toMatchObject({
        status: 200,
        type: 'application/json',
        text: images,
      });
    }
    expect(await ana.get('/clouds/dummy/images?filters=region=x,size=1')).toMatchObject({
      status: 200,
      text: images,
    });
  });

  it('tells its quotas in JSON', async () => {
    const one = { used: 1, limit: 10 };

    expect(JSON.parse((await ana.get('/clouds/dummy/quotas')).text)).toEqual({
      quotas: { cores: one, ram: one, instances: one, floating_ips: one, security_groups: one },
    });
  });

  it('is known by the id of its line, or by its kind and place', async () => {
    const two = new ApiUser(server.url, 'ana', ['id = first; type = Dummy', 'type = Dummy']);

    expect((await two.get('/clouds/first/images')).text).toBe(images);
    expect((await two.get('/clouds/Dummy2/images')).text).toBe(images);
    expect(await two.get('/clouds/dummy/images')).toMatchObject({
      status: 400,
      text: 'Error getting cloud info: Cloud ID dummy not found.',
    });
  });

  it.each(['bad', 'a=b,c', 'a=b=c', 'a=b,'])('refuses the filters %s', async (filters) => {
    expect(await ana.get(`/clouds/dummy/images?filters=${filters}`)).toMatchObject({
      status: 400,
      text: 'Invalid format in filters parameter.',
    });
  });

  it('tells nothing else, and not as text', async () => {
    const flavours = await ana.get('/clouds/dummy/flavours');

    expect(flavours.status).toBe(422);
    expect(JSON.parse(flavours.text)).toMatchObject({
      detail: [{ loc: ['path', 'param'] }],
      message: 'Incorrect cloud property',
    });
    expect(await ana.get('/clouds/dummy/quotas', { accept: 'text/plain' })).toMatchObject({
      status: 415,
      text: 'Unsupported Accept Media Types: text/plain',
    });
  });
});

describe('statistics', () => {
  const keys = [
    'creation_date',
    'tosca_name',
    'vm_count',
    'cpu_count',
    'memory_size',
    'cloud_type',
    'cloud_host',
    'hybrid',
    'deleted',
    'im_user',
    'inf_id',
    'last_date',
  ];
  const rowsOf = async (user: ApiUser, query = ''): Promise<Record<string, unknown>[]> => {
    const answer = await user.get(`/stats${query}`);
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    return (JSON.parse(answer.text) as { stats: Record<string, unknown>[] }).stats;
  };

  it('have a row for each infrastructure, with all its machines', async () => {
    const bob = new ApiUser(server.url, 'bob', ['id = dummy; type = Dummy; host = dummy.example.org']);
    const path = await bob.create(machines({ count: 2 }));
    await bob.post(path, { body: more() });
    await bob.delete(`${path}/vms/0`);

    const [row, ...others] = await rowsOf(bob);

    expect(others).toEqual([]);
    expect(Object.keys(row ?? {})).toEqual(keys);
    expect(row).toMatchObject({
      tosca_name: '',
      vm_count: 3,
      cpu_count: 3,
      memory_size: 1536,
      cloud_type: 'Dummy',
      cloud_host: 'dummy.example.org',
      hybrid: false,
      deleted: false,
      im_user: 'bob',
      inf_id: path.split('/').at(-1),
    });
    expect(row?.['creation_date']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('keep what was deleted', async () => {
    const carol = new ApiUser(server.url, 'carol');
    await carol.delete(await carol.create(machines()));

    expect(await rowsOf(carol)).toMatchObject([{ deleted: true, vm_count: 1 }]);
  });

  it('come newest saved first, without what cannot be read', async () => {
    const gina = new ApiUser(server.url, 'gina');
    const paths = [
      await gina.create(machines()),
      await gina.create(machines()),
      await gina.create(machines()),
    ];
    const [first, broken, last] = paths.map((path) => path.split('/').at(-1) ?? '');
    await gina.put(`/infrastructures/${first ?? ''}/vms/0/reboot`);
    const database = new Database(join(server.dataDir, 'im.sqlite'), { timeout: 10_000 });
    database.prepare("UPDATE document SET sealed = 'v1.broken' WHERE infrastructure_id = ?").run(broken);
    database.close();

    expect((await rowsOf(gina)).map((row) => row['inf_id'])).toEqual([first, last]);
    await until(
      async () => server.logs(),
      (logs) => logs.includes(`"infrastructureId":"${broken ?? ''}"`),
    );
  });

  it('come as CSV when asked for', async () => {
    const dora = new ApiUser(server.url, "d'ora");
    const authorization = `type = InfrastructureManager; username = "d,ora"; password = x\\nid = dummy; type = Dummy`;
    await dora.post('/infrastructures', { authorization, body: machines() });

    for (const accept of ['text/csv', 'text/*']) {
      const { status, type, text } = await dora.get('/stats', { authorization, accept });
      const [head, row, end, ...rest] = text.split('\r\n');

      expect([status, type, end, rest]).toEqual([200, 'text/csv', '', []]);
      expect(head).toBe(keys.join(','));
      expect(row).toMatch(/^[\d: -]+,,1,1,512,Dummy,,False,False,"d,ora",[0-9a-f-]{36},[\d: -]+$/);
    }
    expect(await dora.get('/stats', { accept: 'text/csv' })).toMatchObject({ status: 200, text: '\r\n' });
    expect(await dora.get('/stats', { accept: 'image/png' })).toMatchObject({ status: 415 });
  });

  it('are of a time', async () => {
    const erik = new ApiUser(server.url, 'erik');
    await erik.create(machines());

    expect(await rowsOf(erik, '?init_date=2000-01-01')).toHaveLength(1);
    expect(await rowsOf(erik, '?init_date=2000/01/01&end_date=2990/12/31')).toHaveLength(1);
    expect(await rowsOf(erik, '?init_date=&end_date=')).toHaveLength(1);
    expect(await rowsOf(erik, '?end_date=2001-01-01')).toEqual([]);
    expect(await rowsOf(erik, '?init_date=2990-01-01')).toEqual([]);
  });

  it.each(['init_date', 'end_date'])('are refused for a wrong %s', async (name) => {
    for (const date of ['foo', '2020-13-01', '2020-02-30', '2020-01', '2020-01-01-05']) {
      expect(await ana.get(`/stats?${name}=${date}`)).toMatchObject({
        status: 400,
        text: `Incorrect format in ${name} parameter: YYYY/MM/dd`,
      });
    }
  });
});

describe('the figures for Prometheus', () => {
  it('count requests, operations, steps and cloud calls, and have no ids or names in them', async () => {
    const fay = new ApiUser(server.url, 'fay');
    const path = await fay.create(machines());
    await fay.delete(path);
    await fay.post('/infrastructures', {
      body: machines(),
      authorization: fay.authorization.split('\\n')[0] ?? '',
    });

    const { status, type, text } = await fay.get('/metrics', { authorization: null });

    expect([status, type]).toEqual([200, 'text/plain']);
    for (const line of [
      /^im_http_requests_total\{method="POST",route="\/infrastructures",status="200"\} \d+$/m,
      /^im_http_requests_total\{method="GET",route="\/infrastructures\/:infrastructureId\/:property",status="200"\} \d+$/m,
      /^im_http_request_duration_seconds_count\{method="POST",route="\/infrastructures"\} \d+$/m,
      /^im_operations_total\{kind="create",outcome="succeeded"\} \d+$/m,
      /^im_operations_total\{kind="create",outcome="failed"\} \d+$/m,
      /^im_operations_total\{kind="destroy",outcome="succeeded"\} \d+$/m,
      /^im_operation_duration_seconds_count\{kind="create",outcome="succeeded"\} \d+$/m,
      /^im_operation_step_duration_seconds_count\{kind="create",step="\w+"\} \d+$/m,
      /^im_cloud_calls_total\{cloud="Dummy",method="launch",outcome="ok"\} \d+$/m,
      /^im_cloud_call_duration_seconds_count\{cloud="Dummy",method="launch"\} \d+$/m,
      /^im_queue_depth\{queue="wake-ups"\} \d+$/m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).not.toContain(path.split('/').at(-1));
    expect(text).not.toContain('fay');
  });
});
