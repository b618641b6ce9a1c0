import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ApiUser } from './api-user.js';
import { machines } from './documents.js';

const forwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'im.example.org',
  'x-forwarded-prefix': '/im/',
};

async function withServer(
  env: Record<string, string>,
  test: (ana: ApiUser, server: StandaloneServer) => Promise<void>,
): Promise<void> {
  const server = await startStandalone({ env });
  try {
    await test(new ApiUser(server.url, 'ana'), server);
  } finally {
    await server.stop();
  }
}

/** Base of the URI of a new infrastructure. */
async function baseFor(ana: ApiUser, headers: Record<string, string> = {}): Promise<string> {
  const { text } = await ana.post('/infrastructures', { body: machines(), headers });
  return text.replace(/\/infrastructures\/[0-9a-f-]{36}$/, '');
}

describe('URIs behind a trusted proxy', () => {
  let server: StandaloneServer;
  let ana: ApiUser;

  beforeAll(async () => {
    server = await startStandalone({ env: { IM_TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.0/8' } });
    ana = new ApiUser(server.url, 'ana');
  });

  afterAll(async () => {
    await server.stop();
  });

  it('have the scheme, the host and the prefix that clients use', async () => {
    expect(await baseFor(ana, forwarded)).toBe('https://im.example.org/im');
    expect(await baseFor(ana, { 'x-forwarded-proto': 'https' })).toBe(server.url.replace('http:', 'https:'));
    expect(await baseFor(ana, { 'x-forwarded-prefix': '/' })).toBe(server.url);
    expect(await baseFor(ana)).toBe(server.url);
  });

  it('have the port, unless it is the usual one', async () => {
    expect(await baseFor(ana, { ...forwarded, 'x-forwarded-port': '443' })).toBe('https://im.example.org/im');
    expect(await baseFor(ana, { ...forwarded, 'x-forwarded-port': '8443' })).toBe(
      'https://im.example.org:8443/im',
    );
    expect(await baseFor(ana, { ...forwarded, 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' })).toBe(
      'http://im.example.org/im',
    );
    expect(await baseFor(ana, { host: '[2001:db8::1]:8800', 'x-forwarded-port': '80' })).toBe(
      'http://[2001:db8::1]',
    );
  });

  it('take the first of several hops', async () => {
    expect(await baseFor(ana, { 'x-forwarded-host': 'im.example.org, inner.example.org' })).toBe(
      'http://im.example.org',
    );
  });

  it('are asked for by clients whose own addresses are in the log', async () => {
    await ana.get('/infrastructures', { headers: { 'x-forwarded-for': '10.1.1.1, 198.51.100.7' } });

    await until(
      () => Promise.resolve(server.logs().includes('"client":"198.51.100.7"')),
      (isLogged) => isLogged,
    );
  });

  it('are the same in every answer', async () => {
    const { text, headers } = await ana.post('/infrastructures', { body: machines(), headers: forwarded });
    const path = `/infrastructures/${String(headers['infid'])}`;

    expect(text).toBe(`https://im.example.org/im${path}`);
    expect((await ana.get(path, { headers: forwarded })).text).toBe(`${text}/vms/0`);
    expect((await ana.get('/infrastructures', { headers: forwarded })).text).toContain(text);
    expect((await ana.get(`${path}/vms/0/command`, { headers: forwarded })).text).toContain(
      `${text}/vms/0/command?step=2`,
    );
  });
});

describe('URIs', () => {
  it('follow the header Host, and ignore X-Forwarded headers of strangers', async () => {
    await withServer({}, async (ana, server) => {
      expect(await baseFor(ana, { ...forwarded, host: 'im.internal:1234' })).toBe('http://im.internal:1234');
      expect(await baseFor(ana, forwarded)).toBe(server.url);
    });
  });

  it('carry REST_ROOT_PATH, under which and without which the paths are served', async () => {
    await withServer({ IM_REST_ROOT_PATH: '/im/' }, async (ana, server) => {
      expect(await baseFor(ana)).toBe(`${server.url}/im`);
      expect((await ana.get('/im/infrastructures')).text).toContain(`${server.url}/im/infrastructures/`);
      expect((await ana.get('/im/version')).text).toBe((await ana.get('/version')).text);
      expect((await ana.get('/image')).status).toBe(404);
      expect(JSON.parse((await ana.get('/im/openapi.json')).text)).toMatchObject({
        servers: [{ url: '/im' }],
      });
    });
  });

  it('are those of PUBLIC_URL where it is set', async () => {
    const env = { IM_PUBLIC_URL: 'https://cloud.example.org/im/', IM_TRUSTED_PROXIES: '127.0.0.1' };
    await withServer(env, async (ana) => {
      expect(await baseFor(ana, forwarded)).toBe('https://cloud.example.org/im');
    });
  });
});
