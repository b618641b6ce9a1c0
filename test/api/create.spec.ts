import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ApiUser, lastSegments } from './api-user.js';
import { machines, machinesJson } from './documents.js';

let server: StandaloneServer;
let ana: ApiUser;

beforeAll(async () => {
  server = await startStandalone();
  ana = new ApiUser(server.url, 'ana');
});

afterAll(async () => {
  await server.stop();
});

describe('create', () => {
  it('answers 200 with the URI, and with the id in the header InfID', async () => {
    const answer = await ana.post('/infrastructures', { body: machines() });
    const [id] = lastSegments(answer.text);

    expect(answer).toMatchObject({
      status: 200,
      type: 'text/uri-list',
      text: `${server.url}/infrastructures/${id}`,
      headers: { infid: id },
    });
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await ana.vms(`/infrastructures/${id}`)).toEqual(['0']);
  });

  it('answers in JSON, and takes RADL in JSON', async () => {
    const answer = await ana.post('/infrastructures', {
      accept: 'application/json',
      type: 'application/json',
      body: machinesJson,
    });

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({
      uri: `${server.url}/infrastructures/${String(answer.headers['infid'])}`,
    });
  });

  it('asynchronously answers before the machines are there, and lists the infrastructure at once', async () => {
    const answer = await ana.post('/infrastructures?async=yes', { body: machines({ count: 3 }) });
    const [id = ''] = lastSegments(answer.text);

    expect(answer).toMatchObject({ status: 200, headers: { infid: id } });
    expect(await ana.ids()).toContain(id);
    await ana.untilState(`/infrastructures/${id}`, 'configured');
    expect(await ana.vms(`/infrastructures/${id}`)).toEqual(['0', '1', '2']);
  });

  it('numbers the machines in the order of the deploys', async () => {
    const system = (name: string): string =>
      `system ${name} (net_interface.0.connection = 'net' and disk.0.image.url = 'mock0://linux.for.ev.er/image1')`;
    const path = await ana.create(
      `network net ()\n${system('front')}\n${system('worker')}\ncontextualize ()\ndeploy worker 2\ndeploy front 1\n`,
    );

    const names = await Promise.all(
      (await ana.vms(path)).map(
        async (vm) => /system (\w+)/.exec((await ana.get(`${path}/vms/${vm}`)).text)?.[1],
      ),
    );
    expect(names).toEqual(['worker', 'worker', 'front']);
  });

  it.each([
    ['an empty body', ''],
    ['definitions alone', machines().replace('deploy node 1', '')],
  ])('of %s makes an infrastructure without machines that says so', async (_what, body) => {
    const answer = await ana.post('/infrastructures', { body });
    const path = `/infrastructures/${lastSegments(answer.text)[0] ?? ''}`;

    await ana.untilState(path, 'failed');
    expect(await ana.get(path)).toMatchObject({ status: 200, type: 'text/uri-list', text: '' });
    expect((await ana.get(`${path}/contmsg`)).text).toContain('Infrastructure without any deploy. Exiting.');
  });
});

describe('create is refused, and leaves nothing to list,', () => {
  const eve = (clouds: string[]): ApiUser => new ApiUser(server.url, 'eve', clouds);
  const dummy = 'id = dummy; type = Dummy';

  it.each([
    ['for an unknown system', 'deploy nosuch 1', [dummy], 'Line 1: Invalid system id in the deploy.'],
    ['for an unknown reference', 'system a\ndeploy a 1', [dummy], 'Unknown reference in RADL'],
    [
      'for an unknown cloud',
      machines().replace('deploy node 1', 'deploy node 1 x'),
      [dummy],
      'No auth data for cloud with ID: x',
    ],
    ['without a cloud', machines(), [], 'No cloud provider available'],
    [
      'for an unknown kind of cloud',
      machines(),
      ['id = x; type = NoSuch'],
      'Cloud provider not supported: NoSuch',
    ],
  ])('%s', async (_why, body, clouds, text) => {
    const answer = await eve(clouds).post('/infrastructures', { body, accept: 'application/json' });

    expect(answer).toMatchObject({ status: 400, type: 'application/json' });
    expect((JSON.parse(answer.text) as { message: string }).message).toMatch(/^Error Creating Inf\.: /);
    expect(answer.text).toContain(text);
    expect(answer.headers).not.toHaveProperty('infid');
    expect(await eve(clouds).ids()).toEqual([]);
  });

  it('asynchronously for what the document alone tells', async () => {
    expect(await eve([dummy]).post('/infrastructures?async=1', { body: 'deploy nosuch 1' })).toMatchObject({
      status: 400,
    });
    expect(await eve([dummy]).ids()).toEqual([]);
  });

  it('but asynchronously shows later what its clouds refuse', async () => {
    const fay = new ApiUser(server.url, 'fay', []);
    const answer = await fay.post('/infrastructures?async=1', { body: machines() });
    const path = `/infrastructures/${lastSegments(answer.text)[0] ?? ''}`;

    await fay.untilState(path, 'failed');
    expect((await fay.get(`${path}/contmsg`)).text).toContain('No cloud provider available');
  });
});

describe('a dry run', () => {
  const estimate = async (body: string, user = ana): Promise<unknown> => {
    const answer = await user.post('/infrastructures?dry_run=yes', { body });
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(answer.headers).not.toHaveProperty('infid');
    return JSON.parse(answer.text);
  };

  it('tells what each cloud would get, and makes nothing', async () => {
    const guest = new ApiUser(server.url, 'guest');
    const features = 'and disk.0.size = 20g and disk.1.size = 10g and disk.1.type = "ssd" and gpu.count = 1';
    const vm = { cpuCores: 1, memoryInMegabytes: 512, GPU: 1, diskSizeInGigabytes: 20 };
    const disks = [{ sizeInGigabytes: 20 }, { sizeInGigabytes: 10, type: 'ssd' }];

    expect(await estimate(machines({ count: 2, features: features.replaceAll('"', "'") }), guest)).toEqual({
      dummy: {
        cloudType: 'Dummy',
        cloudEndpoint: 'http://:80',
        compute: [vm, vm],
        storage: [...disks, ...disks],
      },
    });
    expect(await guest.ids()).toEqual([]);
  });

  it('counts public addresses, and names the cloud by its id and address', async () => {
    const other = new ApiUser(server.url, 'guest', [
      'id = other; type = Dummy; host = http://dummy.example:1234/path',
    ]);
    const open = machines().replace('network net ()', "network net (outbound = 'yes')");

    expect(await estimate(open, other)).toEqual({
      other: {
        cloudType: 'Dummy',
        cloudEndpoint: 'http://dummy.example:1234/path',
        compute: [{ cpuCores: 1, memoryInMegabytes: 512, publicIP: 1 }],
        storage: [],
      },
    });
  });

  it('of nothing is empty', async () => {
    expect(await estimate('')).toEqual({});
    expect(await estimate(machines().replace('deploy node 1', ''))).toEqual({});
  });

  it('is refused like a create', async () => {
    expect(await ana.post('/infrastructures?dry_run=1', { body: 'deploy nosuch 1' })).toMatchObject({
      status: 400,
    });
    expect(
      await ana.post('/infrastructures?dry_run=1', { body: machines(), accept: 'text/plain' }),
    ).toMatchObject({
      status: 415,
      text: 'Unsupported Accept Media Types: text/plain',
    });
  });
});
