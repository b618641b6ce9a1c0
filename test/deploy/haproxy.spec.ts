import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as sendRequest } from 'node:http';
import { request as sendSecurely } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeNameServer } from '../fakes/fake-name-server.js';
import { FakeReplica } from '../fakes/fake-replica.js';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';
import { haproxyIsInstalled, Proxy } from './proxy.js';

let replicas: FakeReplica[] = [];
let proxies: Proxy[] = [];

beforeEach(async () => {
  replicas = ['one', 'two', 'three'].map((name) => new FakeReplica(name));
  await Promise.all(replicas.map((replica) => replica.start()));
});

afterEach(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await Promise.all(replicas.map((replica) => replica.stop()));
  proxies = [];
});

async function startProxy(env: Record<string, string> = {}): Promise<Proxy> {
  const addresses = Object.fromEntries(
    replicas.map(({ address }, index) => [`IM_API_${index + 1}`, address] as const),
  );
  const proxy = await Proxy.start({ ...addresses, ...env });
  proxies.push(proxy);
  return proxy;
}

/** Which replica answered; the status when none did. */
async function replicaFor(proxy: Proxy, path: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(`${proxy.url}${path}`, init);
  await answer.arrayBuffer();
  return answer.headers.get('x-replica') ?? String(answer.status);
}

/** Creates an infrastructure. @returns its id and the replica that did it */
async function create(proxy: Proxy, id?: string): Promise<{ id: string; replica: string }> {
  if (id !== undefined) {
    for (const replica of replicas) {
      replica.nextId = id;
    }
  }
  const answer = await fetch(`${proxy.url}/infrastructures`, { method: 'POST', body: 'deploy a 1' });
  await answer.arrayBuffer();
  return { id: answer.headers.get('InfID') ?? '', replica: answer.headers.get('x-replica') ?? '' };
}

function named(name: string): FakeReplica {
  const found = replicas.find((replica) => replica.name === name);
  if (found === undefined) {
    throw new Error(`${name} is no replica.`);
  }
  return found;
}

/** A certificate that nobody trusts, with its key. @returns the file of both */
function certificate(folder: string): string {
  const [key, cert, both] = ['key', 'cert', 'both'].map((name) => join(folder, `${name}.pem`));
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout ${key} -out ${cert}`.split(' '),
  );
  if (made.status !== 0 || key === undefined || cert === undefined || both === undefined) {
    throw new Error(`openssl failed: ${made.stderr.toString()}`);
  }
  writeFileSync(both, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  return both;
}

interface Request {
  method: string;
  body?: string;
  headers?: Record<string, string>;
}

/** Sends a request as the first and only one of its connection. */
async function onNewConnection(
  url: string,
  { method, body, headers }: Request,
): Promise<{ status: number; text: string }> {
  const options = { method, agent: false as const, headers: headers ?? {}, rejectUnauthorized: false };
  const request = url.startsWith('https:') ? sendSecurely(url, options) : sendRequest(url, options);
  request.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  return { status: response.statusCode ?? 0, text: await textOf(response) };
}

/** Replicas that answer the same request again and again, in the order they first came up. */
async function answering(proxy: Proxy, path: string, times: number): Promise<string[]> {
  const names = new Set<string>();
  for (let count = 0; count < times; count++) {
    names.add(await replicaFor(proxy, path));
  }
  return [...names];
}

describe.skipIf(!haproxyIsInstalled)('HAProxy with the configuration of the project', () => {
  describe('sends requests of one infrastructure to one replica', () => {
    it('the one that created it, with sub-resources and queries too', async () => {
      const proxy = await startProxy();
      for (let count = 0; count < 4; count++) {
        const { id, replica } = await create(proxy);
        const paths = [
          '',
          '/state',
          '/vms/0',
          '/vms/0/state?async=yes',
          '?context=false',
          '/',
          '/data?a=b/c',
        ];
        for (const path of paths) {
          expect(await replicaFor(proxy, `/infrastructures/${id}${path}`)).toBe(replica);
        }
      }
    });

    it('and tells ids apart that differ in their last character', async () => {
      const proxy = await startProxy();
      const start = randomUUID().slice(0, -1);
      const created = [];
      for (const last of ['a', 'b', 'c']) {
        created.push(await create(proxy, `${start}${last}`));
      }
      expect(new Set(created.map(({ replica }) => replica)).size).toBe(3);
      for (const { id, replica } of created) {
        expect(await replicaFor(proxy, `/infrastructures/${id}`)).toBe(replica);
      }
    });

    it('for an id that it sees for the first time, the one that was chosen then', async () => {
      const proxy = await startProxy();
      expect(await answering(proxy, `/infrastructures/${randomUUID()}/state`, 9)).toHaveLength(1);
    });

    it('under a prefix, which is taken off', async () => {
      const proxy = await startProxy({ IM_PROXY_PREFIX: '/im' });
      const { id, replica } = await create(proxy);
      expect(await answering(proxy, `/im/infrastructures/${id}/vms/1?x=y`, 6)).toEqual([replica]);
      expect(named(replica).received.at(-1)).toMatchObject({
        url: `/infrastructures/${id}/vms/1?x=y`,
        headers: { 'x-forwarded-prefix': '/im' },
      });
    });

    it('and still knows it after a reload, which ends no request', async () => {
      const proxy = await startProxy();
      const created = [await create(proxy), await create(proxy), await create(proxy)];
      const slow = created.map(async ({ id, replica }) => {
        expect(await replicaFor(proxy, `/infrastructures/${id}/slow`)).toBe(replica);
      });
      await Promise.all(replicas.map((replica) => replica.untilHeld(1)));
      await proxy.reload();
      for (const { id, replica } of created) {
        expect(await answering(proxy, `/infrastructures/${id}`, 3)).toEqual([replica]);
      }
      for (const replica of replicas) {
        replica.release();
      }
      await Promise.all(slow);
    });

    it('and so does a second HAProxy', async () => {
      const peers = {
        IM_PROXY_PEER_1: `127.0.0.1:${await freePort()}`,
        IM_PROXY_PEER_2: `127.0.0.1:${await freePort()}`,
      };
      const first = await startProxy({ ...peers, IM_PROXY_NAME: 'proxy1' });
      const second = await startProxy({ ...peers, IM_PROXY_NAME: 'proxy2' });
      for (let count = 0; count < 6; count++) {
        const { id, replica } = await create(first);
        await until(
          () => second.command(`show table imbackend key ${id}`),
          (entry) => entry.includes(`key=${id}`),
        );
        expect(await answering(second, `/infrastructures/${id}/state`, 3)).toEqual([replica]);
      }
    });

    it('or not, where stickiness is switched off', async () => {
      const proxy = await startProxy({ IM_PROXY_STICKY: 'off' });
      const { id } = await create(proxy);
      expect(await answering(proxy, `/infrastructures/${id}`, 6)).toHaveLength(3);
    });
  });

  describe('when replicas come and go', () => {
    it('sends what a dead one had to another, at once and from then on', async () => {
      const proxy = await startProxy();
      const { id, replica } = await create(proxy);
      await named(replica).stop();
      const successors = await answering(proxy, `/infrastructures/${id}`, 9);
      expect(successors).toHaveLength(1);
      expect(successors).not.toEqual([replica]);
    });

    it('loses no request while one is killed and comes back', async () => {
      const proxy = await startProxy();
      const answers: string[] = [];
      let over = false;
      const load = (async () => {
        while (!over) {
          answers.push(await replicaFor(proxy, `/infrastructures/${randomUUID()}`));
        }
      })();
      const [victim] = replicas;
      await victim?.stop();
      await until(
        async () => answers.slice(-30),
        (last) => last.length === 30 && !last.includes('one'),
      );
      await victim?.start();
      await until(
        async () => answers.slice(-30),
        (last) => last.includes('one'),
      );
      over = true;
      await load;
      expect(new Set(answers)).toEqual(new Set(['one', 'two', 'three']));
    });

    it('gives one that drains nothing new, and lets it finish what it has', async () => {
      const proxy = await startProxy();
      const { id, replica } = await create(proxy);
      const draining = named(replica);
      const slow = replicaFor(proxy, `/infrastructures/${id}/slow`, { method: 'DELETE' });
      await draining.untilHeld(1);
      draining.ready = false;
      await until(
        () => replicaFor(proxy, `/infrastructures/${id}`),
        (name) => name !== replica,
      );
      const before = draining.received.length;
      expect(await answering(proxy, '/infrastructures', 12)).toHaveLength(2);
      expect(await answering(proxy, `/infrastructures/${id}`, 6)).toHaveLength(1);
      expect(draining.received).toHaveLength(before);
      draining.release();
      expect(await slow).toBe(replica);
    });

    it('asks those that live when none is ready, as while the database is away', async () => {
      const proxy = await startProxy();
      const { id, replica } = await create(proxy);
      for (const each of replicas) {
        each.ready = false;
      }
      await until(
        () => proxy.command('show stat'),
        (table) => (table.match(/^imbackend,api-\d,.*,DOWN,/gmu) ?? []).length === 3,
      );
      expect(await answering(proxy, `/infrastructures/${id}`, 6)).toEqual([replica]);
      expect(await answering(proxy, '/infrastructures', 6)).toHaveLength(3);
    });

    it('does not forget who has an infrastructure for one that cannot answer for it', async () => {
      const proxy = await startProxy();
      const { id, replica } = await create(proxy);
      const path = `/infrastructures/${id}/state`;
      for (const each of replicas) {
        each.statusOfReads = each.name === replica ? 200 : 503;
      }
      named(replica).ready = false;
      await until(
        () => replicaFor(proxy, path),
        (name) => name !== replica,
      );
      named(replica).ready = true;
      await until(
        () => replicaFor(proxy, path),
        (name) => name === replica,
      );
    });

    it('says so in plain text when nobody is left', async () => {
      const proxy = await startProxy();
      await Promise.all(replicas.map((replica) => replica.stop()));
      const answer = await fetch(`${proxy.url}/infrastructures`);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toBe('text/plain');
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(await answer.text()).toBe('No replica can answer now. Repeat the request in a moment.\n');
    });

    it('follows the addresses behind a name', async () => {
      const port = await freePort();
      const known = new FakeNameServer(['127.0.0.11', '127.0.0.12']);
      const behindName = ['127.0.0.11', '127.0.0.12', '127.0.0.13'].map(
        (host) => new FakeReplica(host, host),
      );
      replicas.push(...behindName);
      await Promise.all(behindName.map((replica) => replica.start(port)));
      const proxy = await startProxy({
        IM_API_DNS: `api.test:${port}`,
        IM_PROXY_NAMESERVER: await known.start(),
      });
      try {
        await until(
          () => answering(proxy, '/infrastructures', 6),
          (names) => names.length === 2 && names.every((name) => known.addresses.includes(name)),
        );
        known.addresses = [...known.addresses, '127.0.0.13'];
        await until(
          () => answering(proxy, '/infrastructures', 6),
          (names) => names.length === 3,
        );
      } finally {
        await known.stop();
      }
    });
  });

  describe('when a replica dies before it answers', () => {
    /** Sends a request to a replica that dies of it. */
    async function sendToDying(init: Request): Promise<{ status: number; text: string; received: number }> {
      const proxy = await startProxy();
      const { id, replica } = await create(proxy);
      const path = `/infrastructures/${id}`;
      named(replica).dieOnNextRequest();
      const answer = await onNewConnection(`${proxy.url}${path}`, init);
      const requests = replicas.flatMap(({ received }) => received).filter(({ url }) => url === path);
      return { ...answer, received: requests.length };
    }

    it.each<[string, Request]>([
      ['a read', { method: 'GET' }],
      [
        'an addition with an Idempotency-Key',
        { method: 'POST', body: 'deploy a 1', headers: { 'idempotency-key': 'k1' } },
      ],
    ])('repeats %s', async (_, init) => {
      expect(await sendToDying(init)).toMatchObject({ status: 200, received: 2 });
    });

    it.each<[string, Request]>([
      ['an addition', { method: 'POST', body: 'deploy a 1' }],
      ['a destruction', { method: 'DELETE' }],
      ['a start', { method: 'PUT' }],
    ])('does not repeat %s, which might have been done', async (_, init) => {
      const answer = await sendToDying(init);
      expect(answer).toMatchObject({ status: 502, received: 1 });
      expect(answer.text).toContain('before you repeat it');
    });
  });

  describe('lets pass', () => {
    it('headers of 128 KiB, whole', async () => {
      const proxy = await startProxy();
      const authorization = `type = InfrastructureManager; password = ${'x'.repeat(128 * 1024 - 400)}`;
      await replicaFor(proxy, '/infrastructures', { headers: { authorization } });
      const received = replicas.flatMap((replica) => replica.received);
      expect(received.map(({ headers }) => headers.authorization)).toEqual([authorization]);
    });

    it('a document of 20 MB', async () => {
      const proxy = await startProxy();
      const body = 'x'.repeat(20 * 1024 * 1024);
      expect(await replicaFor(proxy, '/infrastructures', { method: 'PUT', body })).toMatch(/one|two|three/u);
    });
  });

  describe('tells replicas about clients', () => {
    const lies = {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'elsewhere.example',
      'x-forwarded-port': '1',
      'x-forwarded-prefix': '/elsewhere',
    };

    async function forwarded(env: Record<string, string>): Promise<Record<string, unknown>> {
      await replicaFor(await startProxy(env), '/infrastructures', { headers: lies });
      const headers = replicas.flatMap(({ received }) => received)[0]?.headers ?? {};
      return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-forwarded')));
    }

    it('what it knows, not what they say', async () => {
      expect(await forwarded({})).toEqual({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
    });

    it('that they came over HTTPS', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'im-certificate-'));
      try {
        const proxy = await startProxy({ IM_PROXY_CERTIFICATE: certificate(folder) });
        const answer = await onNewConnection(`${proxy.url.replace('http:', 'https:')}/infrastructures`, {
          method: 'GET',
        });
        expect(answer.status).toBe(200);
        expect(replicas.flatMap(({ received }) => received)[0]?.headers).toMatchObject({
          'x-forwarded-proto': 'https',
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('what a proxy in front of it says', async () => {
      expect(await forwarded({ IM_PROXY_BEHIND: '10.0.0.0/8 127.0.0.1' })).toEqual(lies);
    });
  });

  it.each(['/metrics', '/metrics?a', '/%6detrics', '/metrics/'])('keeps %s to itself', async (path) => {
    const proxy = await startProxy();
    expect(await replicaFor(proxy, path)).toBe('404');
    expect(replicas.flatMap(({ received }) => received)).toEqual([]);
  });
});
