import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { LookupFunction } from 'node:net';
import { PublicAddressGuard } from '@im/connectors';
import { FileUnavailable } from '@im/tosca';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RemoteFilePorts, RemoteFileSettings } from './remote-files.js';
import { RemoteFiles } from './remote-files.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of files on this host that counts what it is asked for. */
class FileServer {
  readonly asked: string[] = [];
  readonly conditions: (string | undefined)[] = [];
  private readonly handlers = new Map<string, Handler>();
  private readonly server: Server = createServer((request, response) => {
    this.asked.push(request.url ?? '');
    this.conditions.push(request.headers['if-none-match']);
    const handler = this.handlers.get(request.url ?? '');
    if (handler === undefined) {
      response.writeHead(404).end('nothing here');
    } else {
      handler(request, response);
    }
  });
  port = 0;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  on(path: string, handler: Handler): string {
    this.handlers.set(path, handler);
    return this.url(path);
  }

  text(path: string, body: string | Buffer, headers: Record<string, string> = {}): string {
    return this.on(path, (_request, response) => response.writeHead(200, headers).end(body));
  }

  redirect(path: string, location: string): string {
    return this.on(path, (_request, response) => response.writeHead(302, { location }).end('moved'));
  }

  status(path: string, status: number): string {
    return this.on(path, (_request, response) => response.writeHead(status).end());
  }

  url(path: string, host = '127.0.0.1'): string {
    return `http://${host}:${this.port}${path}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const server = new FileServer();
const elsewhere = new FileServer();
let opened: RemoteFiles[] = [];
let now = 0;
let outcomes: string[] = [];
let warnings: object[] = [];

function open(settings: Partial<RemoteFileSettings> = {}, ports: Partial<RemoteFilePorts> = {}): RemoteFiles {
  const files = new RemoteFiles(
    {
      hosts: [],
      allowHttp: true,
      allowPrivateAddresses: true,
      timeoutMs: 5000,
      maxBytes: 1000,
      cacheMs: 60_000,
      cacheBytes: 100_000,
      ...settings,
    },
    {
      clock: { now: () => now },
      random: { next: () => 0 },
      logger: { debug: () => undefined, warn: (message, data) => warnings.push({ message, ...data }) },
      metrics: { fileRead: (outcome) => outcomes.push(outcome) },
      ...ports,
    },
  );
  opened.push(files);
  return files;
}

/** The reason a file is not had for. */
async function reasonOf(reading: Promise<string>): Promise<string> {
  const error: unknown = await reading.then(
    (text) => new Error(`read: ${text}`),
    (refusal: unknown) => refusal,
  );
  return error instanceof FileUnavailable ? error.reason : `another error: ${String(error)}`;
}

/** Every name leads to these addresses. */
function namesLeadTo(...addresses: string[]): LookupFunction {
  return (_name, _options, callback) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

beforeEach(async () => {
  now = Date.parse('2026-01-01T00:00:00Z');
  outcomes = [];
  warnings = [];
  await server.start();
  await elsewhere.start();
});

afterEach(async () => {
  for (const files of opened) {
    files.close();
  }
  opened = [];
  await server.stop();
  await elsewhere.stop();
  server.asked.length = 0;
  server.conditions.length = 0;
  elsewhere.asked.length = 0;
});

describe('files that documents name', () => {
  it('are read as text', async () => {
    const url = server.text('/types.yaml', '\uFEFFnode_types: { größe: 1 }\n');

    await expect(open().read(url)).resolves.toBe('node_types: { größe: 1 }\n');
    expect(outcomes).toEqual(['fetched']);
  });

  it('are read from behind redirects, relative ones too', async () => {
    const url = server.redirect('/a', `${elsewhere.url('/b')}`);
    elsewhere.redirect('/b', '/c');
    elsewhere.text('/c', 'found');

    await expect(open().read(url)).resolves.toBe('found');
  });

  it.each([
    ['there is none', 404, 'Not Found'],
    ['they are forbidden', 403, 'Forbidden'],
    ['their server has no name for its answer', 599, 'the server answers with status 599'],
    ['the answer has no content', 204, 'No Content'],
  ])('are not had when %s', async (_case, status, reason) => {
    expect(await reasonOf(open().read(server.status('/x', status)))).toBe(reason);
    expect(outcomes).toEqual(['failed']);
  });

  it('are not had when they are no UTF-8', async () => {
    const url = server.text('/latin', Buffer.from([0x67, 0xf6, 0x6e]));

    expect(await reasonOf(open().read(url))).toBe('not UTF-8 text');
  });

  it('are not had when their length is said to be too large', async () => {
    const url = server.text('/large', 'x'.repeat(1001));

    expect(await reasonOf(open().read(url))).toMatch(/^it is larger than 1000 bytes/u);
  });

  it('are not had when their body has no end, and its server is left', async () => {
    let left: () => void = () => undefined;
    const isLeft = new Promise<void>((resolve) => {
      left = resolve;
    });
    const url = server.on('/endless', (_request, response) => {
      const timer = setInterval(() => response.write('x'.repeat(300)), 1);
      response.on('close', () => {
        clearInterval(timer);
        left();
      });
    });

    expect(await reasonOf(open().read(url))).toMatch(/^it is larger than 1000 bytes/u);
    await isLeft;
  });

  it('are not waited for when an error comes with a body without end', async () => {
    let left: () => void = () => undefined;
    const isLeft = new Promise<void>((resolve) => {
      left = resolve;
    });
    const url = server.on('/endless', (_request, response) => {
      response.on('close', left).writeHead(404).write('x');
    });

    expect(await reasonOf(open().read(url))).toBe('Not Found');
    await isLeft;
  });

  it('are not had when they are compressed unasked', async () => {
    const url = server.text('/gz', 'x', { 'content-encoding': 'gzip' });

    expect(await reasonOf(open().read(url))).toMatch(/compressed/u);
  });

  it('are not had from a server that never answers', async () => {
    const url = server.on('/hang', () => undefined);

    expect(await reasonOf(open({ timeoutMs: 50 }).read(url))).toBe('no whole answer within 0.05 seconds');
  });

  it('are not had from a server that stops in the middle', async () => {
    const url = server.on('/half', (_request, response) => response.write('x'));

    expect(await reasonOf(open({ timeoutMs: 200 }).read(url))).toBe('no whole answer within 0.2 seconds');
  });

  it('are not had from names whose look-up never ends', async () => {
    const guard = new PublicAddressGuard({ allowPrivate: true, lookup: () => undefined });

    expect(await reasonOf(open({ timeoutMs: 50 }, { guard }).read('http://files.example.org/x'))).toMatch(
      /^no whole answer/u,
    );
  });

  it('are tried once more after an error of the server or the network', async () => {
    const once = new Set(['/busy', '/cut']);
    const flaky: Handler = (request, response) => {
      if (!once.delete(request.url ?? '')) {
        response.end('at last');
      } else if (request.url === '/busy') {
        response.writeHead(503).end();
      } else {
        response.socket?.destroy();
      }
    };

    await expect(open().read(server.on('/busy', flaky))).resolves.toBe('at last');
    await expect(open().read(server.on('/cut', flaky))).resolves.toBe('at last');
    expect(await reasonOf(open().read(server.status('/down', 503)))).toBe('Service Unavailable');
    expect(server.asked.filter((path) => path === '/down')).toHaveLength(2);
  });

  it('are not tried again when the server is sure', async () => {
    await reasonOf(open().read(server.status('/gone', 410)));
    await reasonOf(open().read(server.status('/calm', 429)));

    expect(server.asked).toEqual(['/gone', '/calm']);
  });

  it('are asked for with TLS where the URL says so', async () => {
    const url = server.text('/plain', 'not encrypted').replace('http:', 'https:');

    expect(await reasonOf(open().read(url))).toMatch(/^no connection can be made \(/u);
    expect(server.asked).toEqual([]);
  });

  it('are not had when the connection is refused', async () => {
    const url = server.url('/x');
    await server.stop();

    expect(await reasonOf(open().read(url))).toBe('connection refused');
    await server.start();
  });

  it('are read a few at a time, and those that wait too long are told so', async () => {
    const files = open({ timeoutMs: 2000 });
    let held = 0;
    let mostHeld = 0;
    const urls = Array.from({ length: 17 }, (_, index) =>
      server.on(`/hang${index}`, (_request, response) => {
        mostHeld = Math.max(mostHeld, ++held);
        response.on('close', () => held--);
      }),
    );
    const reasons = await Promise.all(urls.map((url) => reasonOf(files.read(url))));

    expect(mostHeld).toBe(16);
    expect(reasons.slice(0, 16)).toEqual(Array(16).fill('no whole answer within 2 seconds'));
    expect(reasons[16]).toBe('the service reads too many files at once, try again');
  });

  it('are no longer read when the service stops', async () => {
    const files = open();
    const reading = reasonOf(files.read(server.on('/hang', () => files.close())));

    expect(await reading).toBe('the service is stopping');
    expect(await reasonOf(files.read(server.text('/x', 'x')))).toBe('the service is stopping');
  });
});

describe('places that documents may not read', () => {
  it.each([
    ['/etc/passwd', 'it is no URL'],
    ['types.yaml', 'it is no URL'],
    ['file:///etc/passwd', 'only https URLs can be fetched'],
    ['ftp://files.example.org/x', 'only https URLs can be fetched'],
    ['data:text/plain,x', 'only https URLs can be fetched'],
    ['https://user:secret@files.example.org/x', 'the URL holds a user or password'],
    [`https://files.example.org/${'x'.repeat(5000)}`, 'the URL is longer than 4096 characters'],
  ])('are refused: %s', async (url, reason) => {
    expect(await reasonOf(open().read(url))).toBe(reason);
    expect(outcomes).toEqual(['refused']);
  });

  it('are http URLs, unless the operator allows them', async () => {
    const url = server.text('/x', 'x');

    expect(await reasonOf(open({ allowHttp: false }).read(url))).toMatch(/TOSCA_ALLOW_HTTP/u);
    expect(server.asked).toEqual([]);
  });

  it.each(['127.0.0.1', '127.1', '0x7f000001', '2130706433', 'localhost', '[::1]', '[::ffff:127.0.0.1]'])(
    'are addresses of this host, in every spelling: %s',
    async (host) => {
      const url = new URL(server.text('/x', 'x'));
      const reading = open({ allowPrivateAddresses: false }).read(`http://${host}:${url.port}/x`);

      expect(await reasonOf(reading)).toMatch(/ is not public \(option TOSCA_ALLOW_PRIVATE_ADDRESSES\)$/u);
      expect(server.asked).toEqual([]);
    },
  );

  it('are names that lead to this host', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['93.184.215.14', '127.0.0.1'],
      ['::ffff:127.0.0.1'],
      ['10.0.0.1'],
    ]) {
      const guard = new PublicAddressGuard({ allowPrivate: false, lookup: namesLeadTo(...addresses) });
      const reading = open({}, { guard }).read(server.url('/x', 'files.example.org'));

      expect(await reasonOf(reading)).toMatch(/^the address of files.example.org is not public/u);
    }
    expect(server.asked).toEqual([]);
  });

  it('are names that change their mind: what is judged is what is connected to', async () => {
    server.text('/x', 'x');
    const answers = ['127.0.0.1', '169.254.169.254'];
    const lookup: LookupFunction = (name, options, callback) => {
      namesLeadTo(answers.shift() ?? '')(name, options, callback);
    };
    const guard = new PublicAddressGuard({ allowPrivate: true, lookup });

    await expect(open({}, { guard }).read(server.url('/x', 'files.example.org'))).resolves.toBe('x');
    expect(answers).toEqual(['169.254.169.254']);
    expect(await reasonOf(open({}, { guard }).read(server.url('/x', 'files.example.org')))).toMatch(
      /metadata/u,
    );
  });

  it('are the metadata services of clouds, even where private addresses are allowed', async () => {
    expect(await reasonOf(open().read('http://169.254.169.254/latest/meta-data'))).toMatch(/metadata/u);
    const url = server.redirect('/inside', 'http://169.254.169.254/latest/meta-data');

    expect(await reasonOf(open().read(url))).toMatch(
      /^it redirects to where documents may not fetch: .*metadata/u,
    );
  });

  it('are not reached through redirects', async () => {
    const inside = elsewhere.text('/secret', 'secret');
    const lookup: LookupFunction = (name, options, callback) => {
      namesLeadTo(name === 'inside.example.org' ? '169.254.1.1' : '127.0.0.1')(name, options, callback);
    };
    const guard = new PublicAddressGuard({ allowPrivate: true, lookup });
    const files = open({ hosts: ['*.example.org'] }, { guard });
    let count = 0;
    const reach = (location: string): Promise<string> => {
      server.redirect('/go', location);
      return reasonOf(files.read(server.url('/go', `go${++count}.example.org`)));
    };

    expect(await reach(inside)).toMatch(/documents may not fetch from 127.0.0.1/u);
    expect(await reach('file:///etc/passwd')).toMatch(/only https/u);
    expect(await reach(elsewhere.url('/secret', 'inside.example.org'))).toMatch(
      /^it redirects to inside.example.org:\d+: the address of inside.example.org is link-local/u,
    );
    expect(elsewhere.asked).toEqual([]);
  });

  it('are behind more than five redirects', async () => {
    const loop = server.redirect('/loop', '/loop');
    for (const step of [1, 2, 3, 4, 5]) {
      server.redirect(`/${step}`, `/${step + 1}`);
    }
    server.text('/6', 'the end');

    expect(await reasonOf(open().read(loop))).toBe('more than 5 redirects');
    expect(server.asked).toHaveLength(6);
    await expect(open().read(server.url('/1'))).resolves.toBe('the end');
  });

  it('are hosts that the operator does not list', async () => {
    server.text('/x', 'x');
    const guard = new PublicAddressGuard({ allowPrivate: true, lookup: namesLeadTo('127.0.0.1') });
    const files = open({ hosts: ['Raw.example.com', '*.example.org'] }, { guard });
    const read = (host: string): Promise<string> => files.read(server.url('/x', host));

    await expect(read('raw.example.com')).resolves.toBe('x');
    await expect(read('RAW.example.com.')).resolves.toBe('x');
    await expect(read('a.b.example.org')).resolves.toBe('x');
    for (const host of ['example.org', 'badexample.org', 'raw.example.com.evil.net', 'x.raw.example.com']) {
      expect(await reasonOf(read(host))).toBe(
        `documents may not fetch from ${host} (option TOSCA_IMPORT_HOSTS)`,
      );
    }
  });
});

describe('files that were read before', () => {
  it('are not asked for again within an hour of the operator', async () => {
    const files = open({ cacheMs: 3_600_000 });
    const url = server.text('/x', 'first');
    await files.read(url);
    server.text('/x', 'second');

    now += 3_599_000;
    await expect(files.read(`${url}#fragment`)).resolves.toBe('first');
    now += 2_000;
    await expect(files.read(url)).resolves.toBe('second');
    expect(outcomes).toEqual(['fetched', 'cached', 'fetched']);
  });

  it('are kept as long as their server says', async () => {
    const files = open();
    const short = server.text('/short', 'x', { 'cache-control': 'max-age=5' });
    const never = server.text('/never', 'x', { 'cache-control': 'no-store' });
    await files.read(short);
    await files.read(never);
    now += 4_000;
    await files.read(short);
    await files.read(never);
    now += 2_000;
    await files.read(short);

    expect(server.asked).toEqual(['/short', '/never', '/never', '/short']);
  });

  it('are only asked about when the server knows their version', async () => {
    const files = open();
    const url = server.on('/x', (request, response) => {
      const known = request.headers['if-none-match'] === '"1"';
      response.writeHead(known ? 304 : 200, { etag: '"1"', 'cache-control': 'max-age=5' });
      response.end(known ? undefined : 'text');
    });
    await files.read(url);
    now += 6_000;

    await expect(files.read(url)).resolves.toBe('text');
    await expect(files.read(url)).resolves.toBe('text');
    expect(server.conditions).toEqual([undefined, '"1"']);
    expect(outcomes).toEqual(['fetched', 'unchanged', 'cached']);
  });

  it('are not taken for another file that a redirect leads to now', async () => {
    const files = open({ cacheMs: 0 });
    const url = server.redirect('/latest', '/v1');
    server.text('/v1', 'one', { etag: '"same"' });
    server.on('/v2', (request, response) => {
      response.writeHead(request.headers['if-none-match'] === undefined ? 200 : 304).end('two');
    });
    await files.read(url);
    server.redirect('/latest', '/v2');

    await expect(files.read(url)).resolves.toBe('two');
  });

  it('are not taken for right when a server says so that was not asked', async () => {
    const files = open({ cacheMs: 0 });
    const url = server.redirect('/latest', '/v1');
    server.text('/v1', 'one', { etag: '"1"' });
    await files.read(url);
    server.redirect('/latest', '/v2');
    server.status('/v2', 304);

    expect(await reasonOf(files.read(url))).toBe('Not Modified');
  });

  it('are used while their server is out of reach, which is said', async () => {
    const files = open({ cacheMs: 0, timeoutMs: 2000 });
    const url = server.text('/x?token=secret', 'text');
    await files.read(url);
    const troubles: Handler[] = [
      (_request, response) => response.writeHead(500).end(),
      (_request, response) => response.writeHead(429).end(),
      (_request, response) => response.socket?.destroy(),
      () => undefined,
    ];
    for (const trouble of troubles) {
      server.on('/x?token=secret', trouble);
      await expect(files.read(url)).resolves.toBe('text');
      now += 31_000;
    }

    expect(outcomes).toEqual(['fetched', 'stale', 'stale', 'stale', 'stale']);
    expect(warnings).toHaveLength(4);
    expect(JSON.stringify(warnings)).not.toContain('secret');
  });

  it('are not used when their server forbids that, or says that they are gone', async () => {
    const files = open({ cacheMs: 0 });
    const strict = server.text('/strict', 'x', { 'cache-control': 'must-revalidate' });
    const gone = server.text('/gone', 'x');
    await files.read(strict);
    await files.read(gone);
    server.status('/strict', 500);
    server.status('/gone', 404);

    expect(await reasonOf(files.read(strict))).toBe('Internal Server Error');
    expect(await reasonOf(files.read(gone))).toBe('Not Found');
    now += 31_000;
    server.status('/gone', 500);
    expect(await reasonOf(files.read(gone))).toBe('Internal Server Error');
  });

  it('make room for others', async () => {
    const files = open({ cacheBytes: 3000 });
    const urls = ['/a', '/b', '/a'].map((path) => server.text(path, path.repeat(400)));
    for (const url of urls) {
      await files.read(url);
    }

    expect(server.asked).toEqual(['/a', '/b', '/a']);
  });
});

describe('files that could not be read', () => {
  it('are not asked for again at once, but half a minute later', async () => {
    const files = open();
    const url = server.url('/late');

    expect(await reasonOf(files.read(url))).toBe('Not Found');
    server.text('/late', 'here now');
    now += 29_000;
    expect(await reasonOf(files.read(url))).toBe('Not Found');
    now += 2_000;
    await expect(files.read(url)).resolves.toBe('here now');
    expect(server.asked).toHaveLength(2);
  });

  it('cost their time limit once, and their last copy is used in between', async () => {
    const files = open({ cacheMs: 0, timeoutMs: 2000 });
    const url = server.text('/x', 'text');
    await files.read(url);
    server.on('/x', () => undefined);

    for (let count = 0; count < 3; count++) {
      await expect(files.read(url)).resolves.toBe('text');
    }
    expect(server.asked).toHaveLength(2);
    expect(outcomes).toEqual(['fetched', 'stale', 'stale', 'stale']);
  });
});

describe('equal reads at the same time', () => {
  it('are one request', async () => {
    const files = open({ cacheMs: 0 });
    const url = server.text('/x', 'text');

    await expect(Promise.all([files.read(url), files.read(url), files.read(`${url}#a`)])).resolves.toEqual([
      'text',
      'text',
      'text',
    ]);
    expect(server.asked).toEqual(['/x']);
    await files.read(url);
    expect(server.asked).toHaveLength(2);
  });

  it('fail together', async () => {
    const files = open();
    const url = server.status('/x', 500);

    expect(await Promise.all([reasonOf(files.read(url)), reasonOf(files.read(url))])).toEqual([
      'Internal Server Error',
      'Internal Server Error',
    ]);
    expect(server.asked).toEqual(['/x', '/x']);
  });
});
