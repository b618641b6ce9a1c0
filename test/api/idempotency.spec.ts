import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import type { HttpAnswer, HttpRequest } from './api-user.js';
import { ApiUser } from './api-user.js';
import { machines, more } from './documents.js';

let server: StandaloneServer;
let ana: ApiUser;
let key: Record<string, string>;

beforeAll(async () => {
  server = await startStandalone();
  ana = new ApiUser(server.url, 'ana');
});

beforeEach(() => {
  key = { 'idempotency-key': randomUUID() };
});

afterAll(async () => {
  await server.stop();
});

/** The same request twice under the key of the test. */
async function twice(
  method: string,
  path: string,
  request: HttpRequest = {},
): Promise<[HttpAnswer, HttpAnswer]> {
  return [
    await ana.call(method, path, { ...request, headers: key }),
    await ana.call(method, path, { ...request, headers: key }),
  ];
}

const reused = /This Idempotency-Key was already used for another request: choose a new one\.$/;

describe('a request that is repeated under the same Idempotency-Key', () => {
  it('creates one infrastructure', async () => {
    const before = await ana.ids();
    const [first, second] = await twice('POST', '/infrastructures', { body: machines() });

    expect(first.status).toBe(200);
    expect(second).toMatchObject({
      status: 200,
      text: first.text,
      headers: { infid: first.headers['infid'] },
    });
    expect(await ana.ids()).toHaveLength(before.length + 1);
  });

  it('creates one infrastructure when both come at once', async () => {
    const before = await ana.ids();
    const answers = await Promise.all(
      [1, 2, 3].map(() => ana.post('/infrastructures', { body: machines(), headers: key })),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await ana.ids()).toHaveLength(before.length + 1);
  });

  it('adds its machines once', async () => {
    const path = await ana.create(machines());
    const [first, second] = await twice('POST', path, { body: more(2) });

    expect(second.text).toBe(first.text);
    expect(await ana.vms(path)).toEqual(['0', '1', '2']);
  });

  it('removes, and later destroys, with the same success', async () => {
    const path = await ana.create(machines({ count: 2 }));

    expect((await twice('DELETE', `${path}/vms/1`)).map(({ status }) => status)).toEqual([200, 200]);
    key = { 'idempotency-key': randomUUID() };
    expect((await twice('DELETE', path)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await ana.delete(path)).status).toBe(404);
  });

  it('snapshots once, and answers with that image', async () => {
    const path = await ana.create(machines());
    const [first, second] = await twice('PUT', `${path}/vms/0/disks/0/snapshot?image_name=one`);

    expect([first.text, second.text]).toEqual(['mock0://linux.for.ev.er/one', 'mock0://linux.for.ev.er/one']);
  });

  it('alters, stops and reconfigures with the same success', async () => {
    const path = await ana.create(machines());

    for (const [method, route, body] of [
      ['PUT', '/vms/0', 'system node (cpu.count = 2 and memory.size = 1g)'],
      ['PUT', '/stop', ''],
      ['PUT', '/reconfigure', ''],
      ['POST', '/authorization', '{"username": "bob", "password": "bob-pass"}'],
    ] as const) {
      key = { 'idempotency-key': randomUUID() };
      expect((await twice(method, `${path}${route}`, { body })).map(({ status }) => status)).toEqual([
        200, 200,
      ]);
    }
  });

  it('imports once, although the infrastructure is there then', async () => {
    const path = await ana.create(machines());
    const { text } = await ana.get(`${path}/data?delete=1`);
    const [first, second] = await twice('PUT', '/infrastructures', { body: text });

    expect(first).toMatchObject({ status: 200, text: `${server.url}${path}` });
    expect(second).toMatchObject({ status: 200, text: first.text });
  });

  it('fails as it failed', async () => {
    const body = machines().replace('deploy node 1', 'deploy node 1 nocloud');
    const [first, second] = await twice('POST', '/infrastructures', { body });

    expect(first.status).toBe(400);
    expect(second).toMatchObject({ status: 400, text: first.text });
  });

  it('is answered as before after a restart', async () => {
    const first = await ana.post('/infrastructures', { body: machines(), headers: key });
    await server.restart();

    expect(await ana.post('/infrastructures', { body: machines(), headers: key })).toMatchObject({
      status: 200,
      text: first.text,
    });
  });
});

describe('an Idempotency-Key', () => {
  it('is refused for another request', async () => {
    const path = await ana.create(machines());
    await ana.post(path, { body: more(), headers: key });

    for (const [method, route, body] of [
      ['POST', path, more(2)],
      ['POST', `${path}?context=0`, more()],
      ['PUT', `${path}/stop`, ''],
      ['DELETE', path, ''],
      ['POST', '/infrastructures', more()],
    ] as const) {
      const answer = await ana.call(method, route, { body, headers: key });
      expect(answer.status).toBe(409);
      expect(answer.text).toMatch(reused);
    }
    expect(await ana.vms(path)).toEqual(['0', '1']);
  });

  it('is refused for the same text in another language', async () => {
    await ana.post('/infrastructures', { body: '', type: 'application/json', headers: key });

    expect((await ana.post('/infrastructures', { body: '', type: 'text/plain', headers: key })).status).toBe(
      409,
    );
  });

  it('means nothing to other users', async () => {
    const bob = new ApiUser(server.url, 'bob');
    const first = await ana.post('/infrastructures', { body: machines(), headers: key });
    const second = await bob.post('/infrastructures', { body: machines(), headers: key });

    expect(second.status).toBe(200);
    expect(second.text).not.toBe(first.text);
    expect((await bob.get(new URL(first.text).pathname)).status).toBe(403);
  });

  it('of a request that was refused can be used again', async () => {
    expect((await ana.post('/infrastructures', { body: 'no document', headers: key })).status).toBe(400);
    expect((await ana.post('/infrastructures', { body: machines(), headers: key })).status).toBe(200);
  });

  it('has 1 to 255 characters', async () => {
    const withKey = (length: number): Promise<HttpAnswer> =>
      ana.post('/infrastructures', { body: '', headers: { 'idempotency-key': 'k'.repeat(length) } });

    expect((await withKey(255)).status).toBe(200);
    expect(await withKey(256)).toMatchObject({
      status: 400,
      text: 'Error Creating Inf.: The header Idempotency-Key takes 1 to 255 characters.',
    });
    expect((await withKey(0)).status).toBe(400);
  });
});
