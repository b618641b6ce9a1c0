import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ApiUser, lastSegments } from './api-user.js';
import { machines, unknownInfrastructure } from './documents.js';

let server: StandaloneServer;
let ana: ApiUser;
let anas: string;

beforeAll(async () => {
  server = await startStandalone({ env: { IM_LOGIN_FAILURE_LIMIT: '0' } });
  ana = new ApiUser(server.url, 'ana');
  anas = (await ana.create(machines())).split('/').at(-1) ?? '';
});

afterAll(async () => {
  await server.stop();
});

const noInfrastructureManager = 'No credentials provided for the InfrastructureManager.';

/** Every protected route with the prefix of its errors. */
const routes: [method: string, path: string, prefix: string][] = [
  ['GET', '/infrastructures', 'Error Getting Inf. List'],
  ['POST', '/infrastructures', 'Error Creating Inf.'],
  ['PUT', '/infrastructures', 'Error Importing Inf.'],
  ['GET', unknownInfrastructure, 'Error Getting Inf. info'],
  ['POST', unknownInfrastructure, 'Error Adding resources'],
  ['DELETE', unknownInfrastructure, 'Error Destroying Inf'],
  ['GET', `${unknownInfrastructure}/state`, 'Error Getting Inf. prop'],
  ['GET', `${unknownInfrastructure}/contmsg`, 'Error Getting Inf. prop'],
  ['GET', `${unknownInfrastructure}/data`, 'Error Getting Inf. prop'],
  ['POST', `${unknownInfrastructure}/authorization`, 'Error modifying infrastructure owner'],
  ['PUT', `${unknownInfrastructure}/reconfigure`, 'Error reconfiguring infrastructure'],
  ['PUT', `${unknownInfrastructure}/start`, 'Error in start operation'],
  ['PUT', `${unknownInfrastructure}/stop`, 'Error in stop operation'],
  ['GET', `${unknownInfrastructure}/vms/0`, 'Error Getting VM. info'],
  ['PUT', `${unknownInfrastructure}/vms/0`, 'Error modifying resources'],
  ['DELETE', `${unknownInfrastructure}/vms/0`, 'Error Removing resources'],
  ['GET', `${unknownInfrastructure}/vms/0/state`, 'Error Getting VM. property'],
  ['PUT', `${unknownInfrastructure}/vms/0/reboot`, 'Error in reboot op in VM'],
  ['PUT', `${unknownInfrastructure}/vms/0/disks/0/snapshot`, 'Error creating snapshot'],
  ['GET', '/clouds/dummy/images', 'Error getting cloud info'],
  ['GET', '/clouds/dummy/quotas', 'Error getting cloud info'],
  ['GET', '/stats', 'Error getting stats'],
];

describe.each(routes)('%s %s', (method, path, prefix) => {
  it('asks for credentials before it looks at anything else of a request', async () => {
    const bad = { body: 'no document', type: 'application/pdf', accept: 'image/png' };

    for (const authorization of [null, '']) {
      expect(await ana.call(method, `${path}?force=maybe`, { ...bad, authorization })).toMatchObject({
        status: 401,
        type: 'text/plain',
        text: 'No authentication data provided',
      });
    }
  });

  it('says what is missing in credentials, before a document is parsed', async () => {
    const request = {
      body: 'no document',
      type: 'text/plain',
      accept: 'application/json',
      authorization: 'id = dummy; type = Dummy',
    };

    expect(await ana.call(method, path, request)).toMatchObject({
      status: 401,
      type: 'application/json',
      text: JSON.stringify({ message: `${prefix}: ${noInfrastructureManager}`, code: 401 }),
    });
  });
});

describe('credentials are refused', () => {
  const line = 'type = InfrastructureManager; username = ana; password = ana-pass';
  const refusal = async (authorization: string): Promise<string> => {
    const { status, text } = await ana.get('/infrastructures', { authorization });
    return `${status} ${text}`;
  };

  it.each([
    ['without any pair', 'nonsense', noInfrastructureManager],
    ['with keys in other cases', 'Type = InfrastructureManager; Username = ana', noInfrastructureManager],
    [
      'without a user',
      'type = InfrastructureManager',
      'No username nor token for the InfrastructureManager.',
    ],
    [
      'with the name of a token user',
      'type = InfrastructureManager; username = __OPENID__ana; password = x',
      'Invalid username used for the InfrastructureManager.',
    ],
    ['with a bad id', `id = 1cloud; type = Dummy\\n${line}`, 'Incorrect value in auth item id: 1cloud'],
    [
      'with a blank in an id',
      `id = 'my cloud'; type = Dummy\\n${line}`,
      'Incorrect value in auth item id: my cloud',
    ],
    ['as a JSON scalar', '123', 'No authentication data provided'],
    [
      'as a JSON object',
      '{"type": "InfrastructureManager", "username": "ana"}',
      'No authentication data provided',
    ],
    ['as broken Basic', 'Basic %%%', 'No authentication data provided'],
    ['as Basic without a colon', `Basic ${btoa('ana')}`, 'No authentication data provided'],
  ])('%s', async (_how, authorization, reason) => {
    expect(await refusal(authorization)).toContain(`401 Error Getting Inf. List: ${reason}`);
  });

  it('as tokens, with the reason', async () => {
    const reason =
      '401 Error Getting Inf. List: Invalid InfrastructureManager credentials. Login with OIDC tokens is not available';

    expect(await refusal('Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbmEifQ.')).toContain(reason);
    expect(await refusal('type = InfrastructureManager; token = eyJhbGciOiJub25lIn0.e30.')).toContain(reason);
  });

  it('when one of several users is not valid', async () => {
    expect(await refusal(`${line}\\ntype = InfrastructureManager`)).toMatch(/^401 /);
  });
});

describe('the same user', () => {
  it.each([
    ['without blanks', 'type=InfrastructureManager;username=ana;password=ana-pass'],
    ['with many blanks', ' type =  InfrastructureManager ;  username =  ana ; password  = ana-pass  '],
    [
      'after a cloud',
      'id = dummy; type = Dummy\\ntype = InfrastructureManager; username = ana; password = ana-pass',
    ],
    [
      'ended by semicolons',
      'type = Dummy;\\ntype = InfrastructureManager; username = ana; password = ana-pass;\\n',
    ],
    ['among comments', '# mine\\n\\ntype = InfrastructureManager; username = ana; password = ana-pass\\n   '],
    ['in double quotes', 'type = "InfrastructureManager"; username = "ana"; password = "ana-pass"'],
    ['in single quotes', "type = 'InfrastructureManager'; username = 'ana'; password = 'ana-pass'"],
    ['as JSON', '[{"type": "InfrastructureManager", "username": "ana", "password": "ana-pass"}]'],
    ['as Basic', `Basic ${btoa('ana:ana-pass')}`],
    [
      'beside a key of several lines',
      'type = InfrastructureManager; username = ana; password = ana-pass\\nid = d; type = Dummy; key = A\\\\nB\\\\nC',
    ],
  ])('is known %s', async (_how, authorization) => {
    const { text } = await ana.get('/infrastructures', { authorization });

    expect(text).toBe(`${server.url}/infrastructures/${anas}`);
  });

  it('may have ; = " # and \\ in a quoted password', async () => {
    const line = (password: string): string =>
      `type = InfrastructureManager; username = odd; password = '${password}'`;
    const password = 'p;w=1 "q" # \\ end';
    const { text } = await ana.post('/infrastructures', {
      authorization: `${line(password)}\\nid = dummy; type = Dummy`,
      body: machines(),
    });

    expect(await ana.get('/infrastructures', { authorization: line(password) })).toMatchObject({ text });
    expect(await ana.get('/infrastructures', { authorization: line('p;w=2 "q" # \\ end') })).toMatchObject({
      text: '',
    });
  });

  it('has a name and a password in UTF-8, in lines, as Basic and as a new owner', async () => {
    const [name, password] = ['añá-€', 'contraseña-π'];
    const line = `type = InfrastructureManager; username = ${name}; password = ${password}`;
    // Node sends each character of a header as one byte.
    const authorization = Buffer.from(`${line}\\nid = dummy; type = Dummy`).toString('latin1');
    const path = await ana.create(machines());
    await ana.post(`${path}/authorization`, { body: JSON.stringify({ username: name, password }) });
    const { text } = await ana.post('/infrastructures', { authorization, body: machines() });
    const both = [text.split('/').at(-1), path.split('/').at(-1)].sort();

    for (const header of [authorization, `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`]) {
      const list = await ana.get('/infrastructures', { authorization: header });
      expect(lastSegments(list.text).sort()).toEqual(both);
    }
    expect(await ana.get(`${path}/authorization`)).toMatchObject({ text: `ana\n${name}` });
  });

  it('may have a name in Latin-1, too', async () => {
    const authorization =
      'type = InfrastructureManager; username = jos\u00e9; password = x\\nid = dummy; type = Dummy';
    const { text } = await ana.post('/infrastructures', { authorization, body: machines() });
    const path = new URL(text).pathname;

    expect(await ana.get(`${path}/authorization`, { authorization })).toMatchObject({ text: 'jos\u00e9' });
  });

  it('is not read from files of the server', async () => {
    const odd = new ApiUser(server.url, 'file(/etc/hostname)');
    const path = await odd.create(machines());

    expect(await odd.get(`${path}/authorization`)).toMatchObject({ text: 'file(/etc/hostname)' });
  });
});
