import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import type { HttpAnswer } from './api-user.js';
import { ApiUser } from './api-user.js';
import { machines } from './documents.js';

const folder = mkdtempSync(join(tmpdir(), 'im-users-'));
const userDb = join(folder, 'users.json');
const failureLimit = 5;
const windowSeconds = 2;
const anaHash = '$2b$04$Ac6tJaYqi5ElBICTAgHf.eermOpr/w/0HAVQSNcbsbHrWNqSmqUi.';
let server: StandaloneServer;

function writeUsers(...names: string[]): void {
  // Of `ana-pass`, as cheap as a hash can be.
  const users = names.map((username) => ({
    username,
    password: username === 'ana' ? anaHash : `${username}-pass`,
  }));
  writeFileSync(userDb, JSON.stringify({ users }));
}

beforeAll(async () => {
  writeUsers('ana', 'bob', 'root');
  server = await startStandalone({
    env: {
      IM_USER_DB: userDb,
      IM_ADMIN_USER: '{"username": "root", "password": "root-pass"}',
      IM_LOGIN_FAILURE_LIMIT: String(failureLimit),
      IM_LOGIN_FAILURE_WINDOW: String(windowSeconds),
      IM_TRUSTED_PROXIES: '127.0.0.1',
    },
  });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** The list of a user who comes from an address. */
function listFrom(address: string, name: string, password = `${name}-pass`): Promise<HttpAnswer> {
  return new ApiUser(server.url, name).get('/infrastructures', {
    authorization: `type = InfrastructureManager; username = ${name}; password = ${password}`,
    headers: { 'x-forwarded-for': address },
  });
}

describe('USER_DB', () => {
  it('lets its users in, each for what is theirs', async () => {
    const ana = new ApiUser(server.url, 'ana');
    const path = await ana.create(machines());

    expect(await ana.ids()).toEqual([path.split('/').at(-1)]);
    expect(await listFrom('192.0.2.1', 'bob')).toMatchObject({ status: 200, text: '' });
    await ana.delete(path);
  });

  it('keeps everybody else out', async () => {
    const refusal = {
      status: 401,
      type: 'text/plain',
      text: 'Error Getting Inf. List: Invalid InfrastructureManager credentials',
    };

    expect(await listFrom('192.0.2.2', 'eve')).toMatchObject(refusal);
    expect(await listFrom('192.0.2.2', 'ana', 'wrong')).toMatchObject(refusal);
    expect(await listFrom('192.0.2.2', 'ana', "''")).toMatchObject(refusal);
  });

  it('is read again when it changes', async () => {
    expect((await listFrom('192.0.2.3', 'carol')).status).toBe(401);

    writeUsers('ana', 'bob', 'root', 'carol');
    expect((await listFrom('192.0.2.3', 'carol')).status).toBe(200);

    writeUsers('ana', 'bob', 'root');
    await until(
      async () => (await listFrom('192.0.2.4', 'carol')).status,
      (status) => status !== 200,
    );
  });

  it('decides who can be made an owner', async () => {
    const ana = new ApiUser(server.url, 'ana');
    const path = await ana.create(machines());
    const give = (owner: object): Promise<HttpAnswer> =>
      ana.post(`${path}/authorization`, { body: JSON.stringify(owner) });

    expect(await give({ username: 'eve', password: 'eve-pass' })).toMatchObject({
      status: 400,
      text: 'Error modifying infrastructure owner: Invalid new infrastructure data provided: Invalid InfrastructureManager credentials',
    });
    expect(await give({ username: 'bob', password: 'bob-pass' })).toMatchObject({ status: 200, text: '' });
    expect(await ana.get(`${path}/authorization`)).toMatchObject({ text: 'ana\nbob' });
    await ana.delete(path);
  });
});

describe('an administrator', () => {
  it('sees and operates what belongs to others', async () => {
    const ana = new ApiUser(server.url, 'ana');
    const root = new ApiUser(server.url, 'root');
    const path = await ana.create(machines());

    expect(await root.ids()).toContain(path.split('/').at(-1));
    expect(await root.state(path)).toBe('configured');
    expect(await root.delete(path)).toMatchObject({ status: 200 });
    expect(await ana.ids()).toEqual([]);
  });
});

describe('too many failed log-ins', () => {
  it('are answered 429 for a while, and only for the address that they came from', async () => {
    const attacker = '203.0.113.66';
    for (let attempt = 0; attempt < failureLimit; attempt++) {
      expect((await listFrom(attacker, 'ana', `guess-${attempt}`)).status).toBe(401);
    }

    const refused = await listFrom(attacker, 'ana', 'one-more-guess');
    expect(refused).toMatchObject({ status: 429, type: 'text/plain' });
    expect(refused.text).toMatch(/^Too many failed logins from this address: try again in \d+ seconds\.$/);
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    expect((await listFrom('203.0.113.67', 'bob', 'wrong')).status).toBe(401);
    await until(
      async () => (await listFrom(attacker, 'ana', 'guess-after-a-while')).status,
      (status) => status === 401,
    );
  });

  it('are counted, too, when passwords are tried as those of new owners', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.99' };
    const ana = new ApiUser(server.url, 'ana');
    const path = await ana.create(machines());
    const give = (password: string): Promise<HttpAnswer> =>
      ana.post(`${path}/authorization`, { body: JSON.stringify({ username: 'bob', password }), headers });
    for (let attempt = 0; attempt < failureLimit; attempt++) {
      expect((await give(`guess-${attempt}`)).status).toBe(400);
    }

    const refused = await give('bob-pass');
    expect(refused).toMatchObject({ status: 429, type: 'text/plain' });
    expect(refused.text).toMatch(/^Too many failed logins from this address/);
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    await ana.delete(path);
  });

  it('cannot be hidden behind forged addresses', async () => {
    const attacker = '203.0.113.88';
    const guess = (attempt: number): Promise<HttpAnswer> =>
      listFrom(`10.0.0.${attempt}, ${attacker}`, 'ana', 'guess');
    for (let attempt = 0; attempt < failureLimit; attempt++) {
      await guess(attempt);
    }

    expect((await guess(99)).status).toBe(429);
  });
});
