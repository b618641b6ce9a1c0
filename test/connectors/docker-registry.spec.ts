import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ContractInfrastructure, openCloud } from '@im/connectors/contract';
import type { CloudError } from '@im/domain';
import { afterEach, describe, expect, it } from 'vitest';
import { engineSocket } from './engine-socket.js';

const socketPath = engineSocket();
let registry: Server | undefined;

afterEach(() => {
  registry?.closeAllConnections();
  registry?.close();
  registry = undefined;
});

/** Launches from an image of a registry that answers as given. */
async function launchFrom(
  answer: RequestListener,
  line: Record<string, string> = {},
): Promise<{ error: CloudError; image: string }> {
  const server = createServer(answer);
  registry = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const image = `${address}/team/app:7`;
  const connector = openCloud({
    id: 'd',
    type: 'Docker',
    host: `unix://${socketPath}`,
    registry: address,
    ...line,
  });
  const infrastructure = new ContractInfrastructure(
    connector,
    `system machine ( cpu.count = 1 and memory.size = 128M and disk.0.image.url = 'docker://${image}' )`,
  );
  const error = await infrastructure.launch().then(
    () => {
      throw new Error('The launch succeeded.');
    },
    (failure: unknown) => failure as CloudError,
  );
  await infrastructure.destroy();
  return { error, image };
}

/** The pull of a real engine from registries that answer badly: each ends with its own code and a text with the image. */
describe.skipIf(socketPath === '')('pulling an image', () => {
  it('that the registry does not have', async () => {
    const { error, image } = await launchFrom((request, response) => {
      if (request.url === '/v2/') {
        response.writeHead(200, { 'Docker-Distribution-Api-Version': 'registry/2.0' }).end('{}');
        return;
      }
      response
        .writeHead(404, { 'Content-Type': 'application/json' })
        .end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    });

    expect(error.code).toBe('NotFound');
    expect(error.message).toContain(`Error pulling the image ${image}: `);
  });

  it('from a registry that wants other credentials', async () => {
    const authorizations = new Set<string | undefined>();
    const { error } = await launchFrom(
      (request, response) => {
        authorizations.add(request.headers.authorization);
        response
          .writeHead(401, {
            'WWW-Authenticate': 'Basic realm="registry"',
            'Content-Type': 'application/json',
          })
          .end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      },
      { registry_username: 'user', registry_password: 'very-secret' },
    );

    expect(error.code).toBe('Unauthenticated');
    expect(error.message).not.toContain('very-secret');
    expect([...authorizations]).toContain(`Basic ${Buffer.from('user:very-secret').toString('base64')}`);
  });

  it('from a registry that has had enough', async () => {
    const { error } = await launchFrom((_request, response) => {
      response
        .writeHead(429, { 'Content-Type': 'application/json' })
        .end('{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}');
    });

    expect(error.code).toBe('RateLimited');
  });

  it('from a registry that is ill', async () => {
    const { error } = await launchFrom((_request, response) => {
      response.writeHead(503).end('no');
    });

    expect(error.code).toBe('Unavailable');
  });
});
