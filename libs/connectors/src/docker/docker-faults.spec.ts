import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudError, Connector } from '@im/domain';
import { parseRadl } from '@im/radl';
import { afterEach, describe, expect, it } from 'vitest';
import { ContractInfrastructure } from '../contract/contract-infrastructure.js';
import { openCloud } from '../contract/open-cloud.js';

const document = `
  system machine (
    cpu.count = 1 and memory.size = 256M and disk.0.image.url = 'docker://im-test:1'
  )`;
const system = parseRadl(document).systems[0] ?? fail();
const signal = new AbortController().signal;

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe('a Docker server that misbehaves', () => {
  it('is told from one that refuses the connection', async () => {
    const port = await freePort();

    const error = await failureOf(openCloud({ id: 'd', type: 'Docker', host: `http://127.0.0.1:${port}` }));

    expect(error.code).toBe('Unavailable');
    expect(error.message).toBe(`The provider 127.0.0.1:${port} refuses the connection (ECONNREFUSED).`);
  });

  it('ends with a time limit when it does not answer', async () => {
    const connector = await engine(() => {}, { callTimeoutMs: 50 });

    const error = await failureOf(connector);

    expect(error.code).toBe('Timeout');
    expect(error.message).toMatch(/^The provider 127\.0\.0\.1:\d+ did not answer within 1 seconds\.$/u);
  });

  it('ends with a time limit when it stops in the middle of an answer', async () => {
    const connector = await engine((_request, response) => response.write('{"ApiVersion":'), {
      callTimeoutMs: 50,
    });

    expect((await failureOf(connector)).code).toBe('Timeout');
  });

  it('is called again after 500, a few times, and then reported with its own words', async () => {
    const paths: string[] = [];
    const connector = await engine((request, response) => {
      paths.push(request.url ?? '');
      answer(response, 500, { message: 'devicemapper is tired' });
    });

    const error = await failureOf(connector);

    expect(paths).toEqual(['/version', '/version', '/version']);
    expect(error.code).toBe('Internal');
    expect(error.message).toBe('Error connecting with Docker server: devicemapper is tired');
  });

  it('works when only the first answers are errors', async () => {
    let calls = 0;
    const connector = await engine((request, response) => {
      calls++;
      if (calls < 3) {
        answer(response, 503, {});
      } else {
        healthy(request, response);
      }
    });

    expect(await connector.concreteSystems(system, signal)).toHaveLength(1);
  });

  it('that asks for a pause with 429 is left alone for that long', async () => {
    let calls = 0;
    const connector = await engine((_request, response) => {
      calls++;
      response.setHeader('Retry-After', '120');
      answer(response, 429, { message: 'slow down' });
    });

    const error = await failureOf(connector);

    expect(calls).toBe(1);
    expect(error.code).toBe('RateLimited');
    expect(error.retryAfterMs).toBe(120_000);
  });

  it.each([
    ['HTML', '<html><body>Welcome to nginx</body></html>'],
    ['other JSON', '{"hello": 1}'],
    ['nothing', ''],
    ['broken JSON', '{"ApiVersion": "1.4'],
  ])('is no Docker Engine when it answers with %s', async (_kind, body) => {
    const connector = await engine((_request, response) => response.end(body));

    const error = await failureOf(connector);

    expect(error.code).toBe('InvalidInput');
    expect(error.message).toMatch(
      /what answers at 127\.0\.0\.1:\d+ is no Docker Engine\. Check host and port\.$/u,
    );
  });

  it('does not lead elsewhere by a redirect', async () => {
    const seen: string[] = [];
    const connector = await engine((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(302, { Location: '/stolen' }).end();
    });

    expect((await failureOf(connector)).code).toBe('InvalidInput');
    expect(seen).toEqual(['/version']);
  });

  it('is refused when it speaks TLS and http was asked for, or the reverse', async () => {
    const connector = await engine(healthy, {}, 'https');

    expect((await failureOf(connector)).code).toBe('InvalidInput');
  });

  it('is spoken to in its own version of the API', async () => {
    const paths: string[] = [];
    const connector = await engine((request, response) => {
      paths.push(request.url ?? '');
      healthy(request, response);
    });

    await connector.concreteSystems(system, signal);

    expect(paths).toEqual(['/version', '/v1.30/info']);
  });

  it('reports an image that does not exist, which is not tried again', async () => {
    const pulls: string[] = [];
    const connector = await engine((request, response) => {
      if (request.url?.includes('/images/create') === true) {
        pulls.push(request.url);
        response.write('{"status":"Pulling from library/nowhere"}\n');
        response.end(
          '{"errorDetail":{"message":"manifest for nowhere:1 not found"},"error":"manifest for nowhere:1 not found"}\n',
        );
        return;
      }
      healthy(request, response);
    });
    const infrastructure = new ContractInfrastructure(connector, document.replace('im-test:1', 'nowhere:1'));

    const error = await failed(infrastructure.launch());

    expect(error.code).toBe('NotFound');
    expect(error.message).toBe('Error pulling the image nowhere:1: manifest for nowhere:1 not found');
    expect(pulls).toEqual(['/v1.30/images/create?fromImage=nowhere&tag=1']);
  });

  it('gets registry credentials only for images of that registry', async () => {
    const headers: (string | undefined)[] = [];
    const handler: RequestListener = (request, response) => {
      if (request.url?.includes('/images/create') === true) {
        headers.push(request.headers['x-registry-auth']?.toString());
        response.end('{"error":"unauthorized: authentication required"}\n');
        return;
      }
      healthy(request, response);
    };
    const line = { registry: 'registry.example.org:5000', registry_username: 'u', registry_password: 'p' };
    const connector = await engine(handler, {}, 'http', line);

    for (const image of ['registry.example.org:5000/a/b:1', 'elsewhere.example.org/a/b:1']) {
      const infrastructure = new ContractInfrastructure(connector, document.replace('im-test:1', image));
      expect((await failed(infrastructure.launch())).code).toBe('Unauthenticated');
    }

    const sent = headers.map(
      (text) => text && (JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown),
    );
    expect(sent).toEqual([
      { username: 'u', password: 'p', serveraddress: 'registry.example.org:5000' },
      undefined,
    ]);
  });

  it('leaves the VMs of a refresh to their last state while it is away', async () => {
    const connector = await engine((_request, response) => answer(response, 503, { message: 'away' }));
    const infrastructure = new ContractInfrastructure(connector, document);

    const error = await failed(connector.refresh(infrastructure.scope, []));

    expect(error.code).toBe('Unavailable');
  });
});

function fail(): never {
  throw new Error('The document has no system.');
}

/** An engine of version 1.30 that has no containers, images and networks. */
function healthy(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  if (path === '/version') {
    answer(response, 200, { ApiVersion: '1.30' });
  } else if (path.endsWith('/info')) {
    answer(response, 200, { NCPU: 4, MemTotal: 8e9, ContainersRunning: 0 });
  } else {
    answer(response, 404, { message: 'No such thing' });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function engine(
  handler: RequestListener,
  options: { callTimeoutMs?: number } = {},
  protocol = 'http',
  line: Record<string, string> = {},
): Promise<Connector> {
  const started = createServer(handler);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const { port } = started.address() as AddressInfo;
  return openCloud({ id: 'd', type: 'Docker', host: `${protocol}://127.0.0.1:${port}`, ...line }, options);
}

async function freePort(): Promise<number> {
  await engine(() => {});
  const { port } = server?.address() as AddressInfo;
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  return port;
}

function failureOf(connector: Connector): Promise<CloudError> {
  return failed(connector.concreteSystems(system, signal));
}

async function failed(promise: Promise<unknown>): Promise<CloudError> {
  return promise.then(
    () => {
      throw new Error('The call succeeded.');
    },
    (error: unknown) => error as CloudError,
  );
}
