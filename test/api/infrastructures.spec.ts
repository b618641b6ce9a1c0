import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftBehind } from '../servers/leak-check.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ApiUser, lastSegments } from './api-user.js';
import { machines, unknownInfrastructure } from './documents.js';

let server: StandaloneServer;
let ana: ApiUser;

beforeAll(async () => {
  server = await startStandalone();
  ana = new ApiUser(server.url, 'ana');
});

afterAll(async () => {
  await server.stop();
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
