import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ApiUser } from './api-user.js';
import { machines, more } from './documents.js';

let server: StandaloneServer;
let ana: ApiUser;
let bob: ApiUser;
let path: string;
let id: string;

beforeAll(async () => {
  server = await startStandalone();
  ana = new ApiUser(server.url, 'ana');
  bob = new ApiUser(server.url, 'bob');
});

beforeEach(async () => {
  path = await ana.create(machines());
  id = path.split('/').at(-1) ?? '';
});

afterAll(async () => {
  await server.stop();
});

const denied = 'Access to this infrastructure not granted.';
const owner = (name: string): string => JSON.stringify({ username: name, password: `${name}-pass` });

describe('what belongs to somebody else', () => {
  it.each([
    ['GET', '', 'Error Getting Inf. info'],
    ['DELETE', '?force=1', 'Error Destroying Inf'],
    ['DELETE', '?async=1', 'Error Destroying Inf'],
    ['POST', '', 'Error Adding resources'],
    ...['contmsg', 'radl', 'tosca', 'state', 'outputs', 'data', 'data?delete=1', 'authorization'].map(
      (property) => ['GET', `/${property}`, 'Error Getting Inf. prop'],
    ),
    ['POST', '/authorization?overwrite=1', 'Error modifying infrastructure owner'],
    ['PUT', '/reconfigure', 'Error reconfiguring infrastructure'],
    ['PUT', '/stop', 'Error in stop operation'],
    ['GET', '/vms/0', 'Error Getting VM. info'],
    ['GET', '/vms/99', 'Error Getting VM. info'],
    ['GET', '/vms/0/disk.0.os.credentials.password', 'Error Getting VM. property'],
    ['GET', '/vms/0/contmsg', 'Error Getting VM. property'],
    ['GET', '/vms/0/command?step=2', 'Error Getting VM. property'],
    ['PUT', '/vms/0', 'Error modifying resources'],
    ['DELETE', '/vms/0', 'Error Removing resources'],
    ['PUT', '/vms/0/stop', 'Error in stop op in VM'],
    ['PUT', '/vms/0/disks/0/snapshot?image_name=x', 'Error creating snapshot'],
  ])('is refused: %s <id>%s', async (method = '', route = '', prefix = '') => {
    const body = route.startsWith('/authorization') ? owner('bob') : method === 'POST' ? more() : '';

    expect(await bob.call(method, `${path}${route}`, { body })).toMatchObject({
      status: 403,
      text: `${prefix}: ${denied}`,
    });
    expect(await ana.vms(path)).toEqual(['0']);
    expect(await ana.state(path)).toBe('configured');
    expect(await ana.get(`${path}/authorization`)).toMatchObject({ text: 'ana' });
  });

  it.each([
    ['with another password', "username = ana; password = 'other'"],
    ['without a password', 'username = ana'],
    ['with a name in other letters', 'username = ANA; password = ana-pass'],
    ['with a pattern for a name', 'username = %; password = %'],
  ])('is neither listed nor shown %s', async (_how, user) => {
    const authorization = `type = InfrastructureManager; ${user}`;

    expect((await ana.get('/infrastructures', { authorization })).text).not.toContain(id);
    expect((await ana.get(path, { authorization })).status).toBe(403);
    expect((await ana.get('/stats', { authorization })).text).not.toContain(id);
  });
});

describe('two users in one request', () => {
  const both = `type = InfrastructureManager; username = bob; password = bob-pass\\n`;

  it('see what belongs to either', async () => {
    const authorization = `${both}${ana.authorization}`;
    const bobs = (await bob.create(machines())).split('/').at(-1);

    const { text } = await bob.get('/infrastructures', { authorization });
    expect(text).toContain(id);
    expect(text).toContain(bobs);
    expect((await bob.get(path, { authorization })).status).toBe(200);
  });

  it('own together what they create', async () => {
    const { text } = await bob.post('/infrastructures', {
      authorization: `${both}${ana.authorization}`,
      body: machines(),
    });
    const common = text.split('/').at(-1);

    expect(await ana.ids()).toContain(common);
    expect(await bob.ids()).toContain(common);
    expect(await ana.get(`/infrastructures/${common}/authorization`)).toMatchObject({ text: 'bob\nana' });
  });
});

describe('the owners', () => {
  const give = (body: string, query = '', type?: string) =>
    ana.post(`${path}/authorization${query}`, { body, ...(type === undefined ? {} : { type }) });

  it('become more, each once', async () => {
    for (let time = 0; time < 2; time++) {
      expect(await give(owner('bob'), '?overwrite=no', 'application/json')).toMatchObject({
        status: 200,
        type: 'text/plain',
        text: '',
      });
    }

    expect(await bob.get(`${path}/authorization`)).toMatchObject({ text: 'ana\nbob' });
    expect(await bob.put(`${path}/vms/0/reboot`)).toMatchObject({ status: 200 });
    expect(await bob.ids()).toContain(id);
  });

  it('are replaced with overwrite', async () => {
    expect(await give(owner('bob'), '?overwrite=1')).toMatchObject({ status: 200 });

    expect(await ana.ids()).not.toContain(id);
    expect(await ana.delete(path)).toMatchObject({ status: 403 });
    expect(await bob.get(`${path}/authorization`)).toMatchObject({ text: 'bob' });
    expect(await bob.delete(path)).toMatchObject({ status: 200 });
  });

  it.each([
    ['{bad', 'Error parsing auth data: '],
    ['[]', 'Error parsing auth data: '],
    ['"bob"', 'Error parsing auth data: '],
    [
      '{}',
      'Error modifying infrastructure owner: Invalid new infrastructure data provided: No username nor token',
    ],
    [
      '{"username": "__OPENID__x", "password": "y"}',
      'Error modifying infrastructure owner: Invalid new infrastructure data provided: Invalid username',
    ],
    [
      '{"type": "Dummy", "username": "x"}',
      'Error modifying infrastructure owner: Invalid new infrastructure data provided: No credentials provided',
    ],
    [
      '{"token": "no-token"}',
      'Error modifying infrastructure owner: Invalid new infrastructure data provided: ',
    ],
  ])('stay as they are for %s', async (body, text) => {
    const answer = await give(body);

    expect(answer.status).toBe(400);
    expect(answer.text.startsWith(text)).toBe(true);
    expect(await ana.get(`${path}/authorization`)).toMatchObject({ text: 'ana' });
  });

  it('cannot be made administrators', async () => {
    await give('{"username": "bob", "password": "bob-pass", "admin": "true"}');
    const others = await new ApiUser(server.url, 'carol').create(machines());

    expect((await bob.get(others)).status).toBe(403);
  });

  it('are told in JSON', async () => {
    expect(await give(owner('bob'), '', 'text/yaml')).toMatchObject({
      status: 415,
      text: "Unsupported Media Type ['text/yaml']",
    });
    expect((await give(owner('bob'), '?overwrite=maybe')).status).toBe(422);
  });
});

describe('an export', () => {
  const exported = async (query = ''): Promise<string> => {
    const answer = await ana.get(`${path}/data${query}`);
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    return (JSON.parse(answer.text) as { data: string }).data;
  };

  it('holds the infrastructure, its machines and its owners', async () => {
    expect(JSON.parse(await exported())).toMatchObject({
      id,
      auth: [{ type: 'InfrastructureManager', username: 'ana', password: 'ana-pass' }],
      vm_list: [{ im_id: 0, state: 'running', configured: true, cloud: { type: 'Dummy' } }],
      deleted: false,
    });
    expect(await ana.state(path)).toBe('configured');
  });

  it('with delete is forgotten here, and lives on where it is imported, under its id and with new owners', async () => {
    const text = await exported('?delete=yes');
    expect(await ana.state(path)).toBe('404');
    expect(await ana.ids()).not.toContain(id);

    expect(await bob.put('/infrastructures', { body: text })).toMatchObject({
      status: 200,
      type: 'text/uri-list',
      text: `${server.url}${path}`,
    });
    expect(await bob.get(`${path}/authorization`)).toMatchObject({ text: 'bob' });
    expect(await bob.state(path)).toBe('configured');
    expect(await bob.post(path, { body: more() })).toMatchObject({
      status: 200,
      text: `${server.url}${path}/vms/1`,
    });
    expect(await ana.get(path)).toMatchObject({ status: 403 });
    expect(await bob.delete(path)).toMatchObject({ status: 200 });
  });

  it('that is only asked about with HEAD, which has no answer to keep, deletes nothing', async () => {
    expect((await ana.call('HEAD', `${path}/data?delete=1`)).status).toBe(200);
    expect(await ana.state(path)).toBe('configured');
  });

  it('is imported as it was answered, too', async () => {
    const { text } = await ana.get(`${path}/data?delete=1`);

    expect(await ana.put('/infrastructures', { body: text, accept: 'application/json' })).toMatchObject({
      status: 200,
      text: JSON.stringify({ uri: `${server.url}${path}` }),
    });
  });

  it('cannot be imported over one that is alive', async () => {
    expect(await bob.put('/infrastructures', { body: await exported() })).toMatchObject({
      status: 400,
      text: 'Error Importing Inf.: Trying to add an existing infrastructure ID.',
    });
    expect(await ana.get(`${path}/authorization`)).toMatchObject({ text: 'ana' });
  });

  it('of another infrastructure cannot be made to take over a deleted one', async () => {
    const bobs = await bob.create(machines());
    const { data } = JSON.parse((await bob.get(`${bobs}/data`)).text) as { data: string };
    await ana.delete(path);

    const forged = data.replace(bobs.split('/').at(-1) ?? '', id);
    expect(await bob.put('/infrastructures', { body: forged })).toMatchObject({ status: 403 });
  });

  it.each(['rubbish', '', '{}', '[]', '{"data": "rubbish"}', '"rubbish"'])('is not %s', async (body) => {
    const answer = await bob.put('/infrastructures', { body });

    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(
      /^Error Importing Inf\.: Error importing the infrastructure, incorrect data: /,
    );
  });

  it('is told in JSON', async () => {
    expect(await bob.put('/infrastructures', { type: 'text/plain', body: '{}' })).toMatchObject({
      status: 415,
      text: "Unsupported Media Type ['text/plain']",
    });
    expect(await ana.get(`${path}/data`, { accept: 'text/plain' })).toMatchObject({ status: 415 });
  });
});
