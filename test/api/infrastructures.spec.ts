import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftBehind } from '../servers/leak-check.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ApiUser, lastSegments } from './api-user.js';
import { machines, machinesJson, unknownInfrastructure } from './documents.js';

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

describe('the list', () => {
  it('has the own infrastructures, in text and JSON', async () => {
    const gil = new ApiUser(server.url, 'gil');
    const paths = [await gil.create(machines()), await gil.create(machines())];
    const uris = paths.map((path) => `${server.url}${path}`).sort();

    const text = await gil.get('/infrastructures');
    const json = await gil.get('/infrastructures', { accept: 'application/json' });

    expect(text.type).toBe('text/uri-list');
    expect(text.text.split('\n').sort()).toEqual(uris);
    const list = (JSON.parse(json.text) as { 'uri-list': { uri: string }[] })['uri-list'];
    expect(list.map(({ uri }) => uri).sort()).toEqual(uris);
  });

  it('is filtered by a regular expression in the documents', async () => {
    const hal = new ApiUser(server.url, 'hal');
    const [first] = lastSegments(await hal.create(machines({ head: "description d (name = 'First one')" })));
    await hal.create(machines({ head: "description d (name = 'Second one')" }));
    const by = (filter: string): Promise<string[]> => hal.ids(`?filter=${encodeURIComponent(filter)}`);

    // Written as the official client sends it, and as a person might.
    expect(await by(".*description\\s*.*\\s*(\\s*name\\s*=\\s*'First one'.*).*")).toEqual([first]);
    expect(await by("name = '(First|Third) one'")).toEqual([first]);
    expect(await by('system node')).toHaveLength(2);
    expect(await by('nowhere')).toEqual([]);
    expect(await hal.get('/infrastructures?filter=(')).toMatchObject({ status: 400 });
  });

  it('is filtered in a moment by expressions that take other engines for ever', async () => {
    const ian = new ApiUser(server.url, 'ian');
    await ian.create(machines({ head: `description d (name = '${'a'.repeat(5_000)}')` }));

    expect(await ian.ids(`?filter=${encodeURIComponent('(a+)+$b')}`)).toEqual([]);
  });
});

describe('destroy', () => {
  const gone = 'Invalid infrastructure ID or access not granted.';

  it('answers 200 without a body, and then nothing is left to ask for', async () => {
    const path = await ana.create(machines({ count: 2 }));

    expect(await ana.delete(path, { accept: 'application/json' })).toMatchObject({
      status: 200,
      type: 'text/plain',
      text: '',
    });
    expect(await ana.get(`${path}/state`)).toMatchObject({
      status: 404,
      text: `Error Getting Inf. prop: ${gone}`,
    });
    expect(await ana.delete(path)).toMatchObject({ status: 404, text: `Error Destroying Inf: ${gone}` });
    expect(await ana.ids()).not.toContain(path.split('/').at(-1));
  });

  it('asynchronously shows deleting until it is gone, however often it is asked for', async () => {
    const path = await ana.create(machines({ count: 3 }));

    const answers = await Promise.all([1, 2, 3].map(() => ana.delete(`${path}?async=yes`)));
    const states: string[] = [];
    await until(
      async () => {
        states.push(await ana.state(path));
        return states.at(-1);
      },
      (state) => state === '404',
    );

    expect(answers.filter(({ status }) => status !== 200 && status !== 404)).toEqual([]);
    expect(states.filter((state) => state !== 'deleting' && state !== '404')).toEqual([]);
  });

  it('right after an asynchronous create leaves nothing', async () => {
    const answer = await ana.post('/infrastructures?async=1', { body: machines({ count: 3 }) });
    const path = `/infrastructures/${lastSegments(answer.text)[0] ?? ''}`;

    expect(await ana.delete(path)).toMatchObject({ status: 200 });
    expect(await ana.state(path)).toBe('404');
  });

  it('leaves nothing behind, neither here nor at the cloud', async () => {
    const path = await ana.create(machines({ count: 2 }));
    await ana.delete(path);

    expect(await leftBehind({ dataDir: server.dataDir })).toEqual([]);
  });

  it('takes force, and refuses other words for it', async () => {
    const path = await ana.create(machines());

    expect(await ana.delete(`${path}?force=maybe`)).toMatchObject({ status: 422 });
    expect(await ana.delete(`${path}?force=1`)).toMatchObject({ status: 200 });
  });
});

describe('an infrastructure that does not exist', () => {
  it.each([
    ['GET', '', 'Error Getting Inf. info'],
    ['POST', '', 'Error Adding resources'],
    ['GET', '/radl', 'Error Getting Inf. prop'],
    ['GET', '/data', 'Error Getting Inf. prop'],
    ['POST', '/authorization', 'Error modifying infrastructure owners'],
    ['PUT', '/reconfigure', 'Error reconfiguring infrastructure'],
    ['PUT', '/stop', 'Error in stop operation'],
    ['GET', '/vms/0', 'Error Getting VM. info'],
    ['PUT', '/vms/0', 'Error modifying resources'],
    ['DELETE', '/vms/0', 'Error Removing resources'],
    ['GET', '/vms/0/contmsg', 'Error Getting VM. property'],
    ['GET', '/vms/0/command', 'Error Getting VM. property'],
    ['PUT', '/vms/0/reboot', 'Error in reboot op in VM'],
    ['PUT', '/vms/0/disks/0/snapshot?image_name=x', 'Error creating snapshot'],
  ])('%s <id>%s is 404', async (method, path, prefix) => {
    const body = path === '/authorization' ? '{"username": "x", "password": "y"}' : '';

    expect(await ana.call(method, `${unknownInfrastructure}${path}`, { body })).toMatchObject({
      status: 404,
      type: 'text/plain',
      text: `${prefix}: Invalid infrastructure ID or access not granted.`,
    });
  });

  it.each(['0', 'a%20b', '..%2f..', '%27%3B--', '%00', 'x'.repeat(500)])(
    'may have any name: %s',
    async (id) => {
      expect((await ana.get(`/infrastructures/${id}/state`)).status).toBe(404);
    },
  );
});
