import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import type { HttpRequest } from './api-user.js';
import { ApiUser } from './api-user.js';
import { machines, machinesJson } from './documents.js';

let server: StandaloneServer;
let ana: ApiUser;

beforeAll(async () => {
  server = await startStandalone({ env: { IM_REST_MAX_BODY_SIZE: '100000' } });
  ana = new ApiUser(server.url, 'ana');
});

afterAll(async () => {
  await server.stop();
});

/** Status and text of a create; what is made is not needed. */
async function create(request: HttpRequest): Promise<string> {
  const { status, text } = await ana.post('/infrastructures?dry_run=1', request);
  return `${status} ${text}`;
}

describe('the language of a document', () => {
  it.each([
    ['no type', undefined, machines()],
    ['text/plain', 'text/plain; charset=utf-8', machines()],
    ['text/*', 'text/*', machines()],
    ['*/*', '*/*', machines()],
    ['a list with text/plain', 'application/pdf, text/plain', machines()],
    ['application/json', 'application/json', machinesJson],
    ['a list with application/json', 'text/plain, application/json; charset=utf-8', machinesJson],
  ])('follows from %s', async (_type, type, body) => {
    expect(await create({ body, ...(type === undefined ? {} : { type }) })).toMatch(/^200 \{"dummy":\{/);
  });

  it.each([
    ['application/pdf', "Unsupported Media Type ['application/pdf']"],
    ['application/x-www-form-urlencoded', "Unsupported Media Type ['application/x-www-form-urlencoded']"],
    ['multipart/form-data; boundary=x', "Unsupported Media Type ['multipart/form-data']"],
    ['text/markdown', "Unsupported Media Type ['text/markdown']"],
    ['TEXT/PLAIN', "Unsupported Media Type ['TEXT/PLAIN']"],
    ['application/pdf, image/png', "Unsupported Media Type ['application/pdf', 'image/png']"],
    ['nonsense', "Unsupported Media Type ['nonsense']"],
  ])('is not known for %s', async (type, text) => {
    expect(await create({ body: machines(), type })).toBe(`415 ${text}`);
  });

  it.each(['text/yaml', 'text/x-yaml', 'application/yaml'])('may be TOSCA (%s)', async (type) => {
    expect(await create({ body: 'tosca_definitions_version: tosca_simple_yaml_1_0\n', type })).toBe('200 {}');
  });

  it('does not matter for an empty body', async () => {
    for (const type of ['text/yaml', 'application/json', 'application/pdf']) {
      expect(await create({ body: '', type })).toBe('200 {}');
    }
  });
});

describe('a document that cannot be read', () => {
  it.each([
    ['is no RADL', 'this is not RADL', 'text/plain', /^400 Error parsing request body: Line 1/],
    ['ends too early', 'system node (', 'text/plain', /^400 Error parsing request body: .*ends too early/],
    ['is broken JSON', '[{"class":', 'application/json', /^400 Error parsing request body: /],
    [
      'has an unknown class',
      '[{"class":"x","id":"y"}]',
      'application/json',
      /^400 Error parsing request body: /,
    ],
    [
      'is no UTF-8',
      Buffer.from([0xff, 0xfe, 0xfd]),
      'text/plain',
      /^400 Error parsing request body: .*UTF-8/,
    ],
    ['names a file of the server', '/etc/hostname', 'text/plain', /^400 Error parsing request body: Line 1/],
  ])('is refused when it %s', async (_how, body, type, text) => {
    const answer = await create({ body, type });

    expect(answer).toMatch(text);
    expect(answer).not.toMatch(/\n\s+at |\.js:\d+/);
  });
});

describe('flags', () => {
  const isDryRun = async (word: string): Promise<boolean> =>
    (await ana.post(`/infrastructures?dry_run=${word}`)).type === 'application/json';

  it.each(['1', 'true', 'TRUE', 't', 'yes', 'y', 'on'])('%s is yes', async (word) => {
    expect(await isDryRun(word)).toBe(true);
  });

  it.each(['0', 'false', 'False', 'f', 'no', 'n', 'off'])('%s is no', async (word) => {
    expect(await isDryRun(word)).toBe(false);
  });

  it('take the last value of a repeated name, and ignore unknown names', async () => {
    expect(await isDryRun('no&dry_run=yes&color=blue')).toBe(true);
  });

  it.each(['maybe', '2', ''])('"%s" is refused with the parameter named', async (word) => {
    const answer = await ana.post(`/infrastructures?dry_run=${word}`, { accept: 'text/plain' });

    expect(answer).toMatchObject({ status: 422, type: 'application/json' });
    expect(JSON.parse(answer.text)).toEqual({
      detail: [
        {
          type: 'bool_parsing',
          loc: ['query', 'dry_run'],
          input: word,
          msg: 'Input should be a valid boolean, unable to interpret input',
        },
      ],
      message: 'Incorrect value in dry_run parameter',
      code: 422,
    });
  });
});

describe('errors', () => {
  const typeFor = async (accept: string): Promise<string> =>
    (await ana.get('/infrastructures/none', { accept })).type;

  it('are JSON or HTML for who takes that, by presence, else text', async () => {
    expect(await typeFor('text/html, application/json')).toBe('application/json');
    expect(await typeFor('text/uri-list, text/html')).toBe('text/html');
    expect(await typeFor('*/*')).toBe('text/plain');
    expect((await ana.get('/infrastructures/none')).type).toBe('text/plain');
  });

  it('are escaped in HTML', async () => {
    const answer = await ana.get('/clouds/%3Cscript%3E/images', { accept: 'application/json' });
    const page = await ana.get('/clouds/%3Cscript%3E/images', { accept: '*/*, text/html' });

    expect(JSON.parse(answer.text)).toMatchObject({ message: expect.stringContaining('<script>') as string });
    expect(page).toMatchObject({ status: 400, type: 'text/html' });
    expect(page.text).toContain('<title>Error 400.</title>');
    expect(page.text).toContain('<h1>Code: 400.</h1>');
    expect(page.text).not.toContain('<script>');
  });
});

describe('the format of an answer', () => {
  it('is chosen before anything is made', async () => {
    const lone = new ApiUser(server.url, 'lone');

    expect(await lone.post('/infrastructures', { accept: 'image/png', body: machines() })).toMatchObject({
      status: 415,
      text: 'Unsupported Accept Media Types: image/png',
    });
    expect(await lone.ids()).toEqual([]);
  });

  it.each([
    [undefined, 'text/uri-list'],
    ['*/*', 'text/uri-list'],
    ['text/*', 'text/uri-list'],
    ['text/uri-list, application/json', 'text/uri-list'],
    ['application/json, text/uri-list', 'application/json'],
    ['text/plain, */*', 'text/uri-list'],
    ['image/png, application/*;q=0.1', 'application/json'],
  ])('of a list is for Accept %s: %s', async (accept, type) => {
    expect((await ana.get('/infrastructures', accept === undefined ? {} : { accept })).type).toBe(type);
  });

  it('is refused for a list as text/plain, with all types named', async () => {
    expect(await ana.get('/infrastructures', { accept: 'text/plain, image/png' })).toMatchObject({
      status: 415,
      text: 'Unsupported Accept Media Types: text/plain,image/png',
    });
  });
});

describe('limits', () => {
  it('on bodies are answered 413, and the server goes on', async () => {
    const answer = await create({ body: machines({ head: `# ${'x'.repeat(100_000)}` }) });

    expect(answer).toMatch(/^413 /);
    expect(await create({ body: machines({ head: `# ${'x'.repeat(90_000)}` }) })).toMatch(/^200 /);
  });

  it('on headers leave room for many credentials', async () => {
    const withFiller = (size: number): Promise<{ status: number; text: string }> =>
      ana.get('/infrastructures', { authorization: `${ana.authorization}; filler = ${'k'.repeat(size)}` });

    expect((await withFiller(120_000)).status).toBe(200);
    expect(await withFiller(140_000)).toMatchObject({
      status: 431,
      type: 'application/json',
      text: '{"message":"The headers of the request are larger than this server takes.","code":431}',
    });
  });

  it('on connections do not exist: one serves any number of requests without a warning', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let request = 0; request < 30; request++) {
      expect((await ana.get('/infrastructures', { agent })).status).toBe(200);
    }
    agent.destroy();

    expect(server.logs()).not.toContain('MaxListenersExceededWarning');
  });
});

describe('every answer', () => {
  it('carries an id of its own, which the log knows', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => ana.get('/infrastructures')));
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    const [id] = ids;

    expect(new Set(ids).size).toBe(3);
    expect(id).toMatch(/^[\da-f]{16}-[\da-z]+$/);
    await until(
      () => Promise.resolve(server.logs().includes(`"requestId":"${String(id)}"`)),
      (isLogged) => isLogged,
    );
    expect(server.logs()).not.toContain('ana-pass');
  });
});
