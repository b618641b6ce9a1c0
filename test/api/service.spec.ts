import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ApiUser } from './api-user.js';

const files = mkdtempSync(join(tmpdir(), 'im-static-'));
let server: StandaloneServer;
let nobody: ApiUser;

beforeAll(async () => {
  writeFileSync(join(files, 'hello.txt'), 'Hello');
  writeFileSync(join(files, '.hidden'), 'secret');
  writeFileSync(join(files, 'page.html'), '<p>Hello</p>');
  server = await startStandalone({
    env: {
      IM_STATIC_FILES_DIR: files,
      IM_ENABLE_CORS: 'yes',
      IM_CORS_ORIGIN: 'https://dashboard.example.org',
    },
  });
  nobody = new ApiUser(server.url, 'nobody');
});

afterAll(async () => {
  await server.stop();
  rmSync(files, { recursive: true });
});

const open = { authorization: null };

describe('GET /version', () => {
  it('tells the version to anybody, as text without a line end or as JSON', async () => {
    const text = await nobody.get('/version', open);

    expect(text).toMatchObject({ status: 200, type: 'text/plain' });
    expect(text.text).toMatch(/^\d+\.\d+\.\d+$/);
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await nobody.get('/version', { ...open, accept: 'application/json' })).toMatchObject({
      status: 200,
      type: 'application/json',
      text: JSON.stringify({ version: text.text }),
    });
    expect(await nobody.get('/version', { authorization: 'no credentials at all' })).toMatchObject({
      status: 200,
    });
  });

  it('takes the first known type of Accept, and refuses when there is none', async () => {
    const typeFor = async (accept: string): Promise<string> =>
      (await nobody.get('/version', { accept })).type;

    expect(await typeFor('application/json, text/plain')).toBe('application/json');
    expect(await typeFor('text/plain;q=0.1, application/json;q=0.9')).toBe('text/plain');
    expect(await typeFor('image/png, application/*')).toBe('application/json');
    expect(await typeFor('text/html,application/xml;q=0.9,*/*;q=0.8')).toBe('text/plain');
    expect(await nobody.get('/version', { accept: 'image/png, text/html' })).toMatchObject({
      status: 415,
      type: 'text/html',
    });
  });
});

describe('health', () => {
  it('is told to anybody', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      expect(await nobody.get(path, open)).toMatchObject({
        status: 200,
        type: 'application/json',
        text: '{"status":"ok"}',
      });
    }
  });
});

describe('the description of the API', () => {
  const pathsOf = (text: string): string[] => {
    const document = JSON.parse(text) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect(document.openapi).toMatch(/^3\./);
    return Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '{}')}`),
    );
  };

  it('names every path with its methods', async () => {
    const answer = await nobody.get('/openapi.json', open);

    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(pathsOf(answer.text)).toEqual(
      expect.arrayContaining([
        'GET /version',
        'GET /infrastructures',
        'POST /infrastructures',
        'PUT /infrastructures',
        'GET /infrastructures/{}',
        'POST /infrastructures/{}',
        'DELETE /infrastructures/{}',
        'GET /infrastructures/{}/{}',
        'POST /infrastructures/{}/authorization',
        'PUT /infrastructures/{}/reconfigure',
        'PUT /infrastructures/{}/vms/{}',
        'DELETE /infrastructures/{}/vms/{}',
        'PUT /infrastructures/{}/vms/{}/disks/{}/snapshot',
        'GET /stats',
      ]),
    );
  });

  it('is a page for browsers, whose scripts come from this server', async () => {
    const page = await nobody.get('/', { ...open, accept: 'text/html,*/*;q=0.8' });
    expect(page).toMatchObject({ status: 200, type: 'text/html' });
    expect(page.text).not.toMatch(/(?:src|href)="https?:/);

    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses).not.toEqual([]);
    for (const address of addresses) {
      const { pathname } = new URL(address, `${server.url}/`);
      expect(await nobody.get(pathname, open)).toMatchObject({ status: 200 });
    }
  });

  it('is where the old address of its page leads to', async () => {
    const { status, headers } = await nobody.get('/redoc', open);

    expect([status, headers.location?.endsWith('/')]).toEqual([307, true]);
  });

  it('is JSON at the root for programs', async () => {
    const { text } = await nobody.get('/', { ...open, accept: 'application/json' });

    expect(text).toBe((await nobody.get('/openapi.json', open)).text);
  });
});

describe('paths and methods', () => {
  it.each(['/nothing', '/clouds', '/clouds/dummy', '/Version', '/infrastructures/x/vms/0/disks/0'])(
    'GET %s is not there',
    async (path) => {
      expect(await nobody.get(path)).toMatchObject({
        status: 404,
        type: 'application/json',
        text: '{"detail":"Not Found","message":"Not Found","code":404}',
      });
    },
  );

  it.each([
    ['PATCH', '/infrastructures', 'GET, HEAD, OPTIONS, POST, PUT'],
    ['POST', '/version', 'GET, HEAD, OPTIONS'],
    ['POST', '/infrastructures/x/vms/0', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['DELETE', '/stats', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/infrastructures', 'GET, HEAD, OPTIONS, POST, PUT'],
  ])('%s %s is refused with the methods there are', async (method, path, allow) => {
    const answer = await nobody.call(method, path);

    expect(answer).toMatchObject({
      status: 405,
      type: 'application/json',
      text: '{"detail":"Method Not Allowed","message":"Method Not Allowed","code":405}',
    });
    expect(answer.headers.allow).toBe(allow);
  });

  it('answer HEAD like GET without the body, and OPTIONS with the methods', async () => {
    const head = await nobody.call('HEAD', '/version', open);
    const options = await nobody.call('OPTIONS', '/infrastructures', open);

    expect(head).toMatchObject({ status: 200, type: 'text/plain', text: '' });
    expect(options).toMatchObject({ status: 200, text: '' });
    expect(options.headers.allow).toBe('GET, HEAD, OPTIONS, POST, PUT');
  });

  it('may end in a slash', async () => {
    expect(await nobody.get('/infrastructures/')).toMatchObject({
      status: 200,
      type: 'text/uri-list',
      text: '',
    });
  });

  it('with a broken escape are refused in the form of every error', async () => {
    expect(await nobody.get('/infrastructures/%zz', { accept: 'application/json' })).toMatchObject({
      status: 400,
      type: 'application/json',
    });
    expect(await nobody.get('/infrastructures/%zz')).toMatchObject({ status: 400, type: 'text/plain' });
  });
});

describe('/static', () => {
  it('serves the files of its folder and nothing else', async () => {
    expect(await nobody.get('/static/hello.txt', open)).toMatchObject({
      status: 200,
      type: 'text/plain',
      text: 'Hello',
    });
    expect(await nobody.get('/static/page.html', open)).toMatchObject({ status: 200, type: 'text/html' });
    for (const name of ['none.txt', '.hidden', '..%2fetc%2fpasswd', '%2e%2e', '%00', '.']) {
      expect((await nobody.get(`/static/${name}`, open)).status, name).toBe(404);
    }
    expect(await nobody.get('/static/none.txt', open)).toMatchObject({ text: 'File not found' });
  });
});

describe('/oai', () => {
  it('says that it is not enabled', async () => {
    expect(await nobody.get('/oai?verb=Identify', open)).toMatchObject({
      status: 400,
      text: 'OAI-PMH not enabled.',
    });
    expect(await nobody.post('/oai', open)).toMatchObject({ status: 400, text: 'OAI-PMH not enabled.' });
  });
});

describe('CORS', () => {
  const origin = 'https://dashboard.example.org';

  it('lets the pages of its origin in, and no others', async () => {
    const own = await nobody.get('/version', { headers: { origin } });
    const foreign = await nobody.get('/version', { headers: { origin: 'https://evil.example.org' } });

    expect(own.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    expect(own.headers['access-control-expose-headers']).toContain('InfID');
    expect(foreign.status).toBe(200);
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
    expect(foreign.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('answers the questions of browsers before they send', async () => {
    const ask = (from: string, header: string) =>
      nobody.call('OPTIONS', '/infrastructures', {
        ...open,
        headers: {
          origin: from,
          'access-control-request-method': 'POST',
          'access-control-request-headers': header,
        },
      });

    const allowed = await ask(origin, 'authorization,content-type');
    expect(allowed).toMatchObject({ status: 200, text: 'OK' });
    expect(allowed.headers['access-control-allow-methods']).toContain('POST');
    expect(await ask(origin, 'x-own')).toMatchObject({ status: 400, text: 'Disallowed CORS headers' });
    expect(await ask('https://evil.example.org', 'accept')).toMatchObject({
      status: 400,
      text: 'Disallowed CORS origin',
    });
  });
});
