import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as sendRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeCloud } from '../servers/fake-cloud.js';
import { fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

const radl = fakeMachines(2);

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({
    env: { IM_MAX_VM_FAILS: '1', IM_REST_REQUEST_TIMEOUT: '2' },
  });
});
afterAll(async () => {
  await service.stop();
});

/** A request over a connection that the test can break. */
function send(
  { client }: FakeCloud,
  method: string,
  path: string,
  body = '',
  length = body.length,
): ClientRequest {
  const request = sendRequest(`${client.url}${path}`, {
    method,
    agent: false,
    headers: { authorization: client.authorization, 'content-type': 'text/plain', 'content-length': length },
  });
  request.on('error', () => undefined);
  request.write(body);
  return request;
}

/** Ends when the connection is closed, by whomever. */
function closed(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    if (request.closed) {
      resolve();
    } else {
      request.once('close', resolve);
    }
  });
}

describe.concurrent('a client that hangs up', () => {
  it('during a synchronous creation finds the infrastructure, complete, in its list', async () => {
    await withFakeCloud(service, async (cloud) => {
      const { client, engine, server } = cloud;
      const hold = server.fail(/\/containers\/create/u, { hold: true });
      const request = send(cloud, 'POST', '/infrastructures', radl);
      await hold.reached;

      request.destroy();
      await closed(request);
      hold.end();

      const [id = ''] = await client.ids();
      await client.untilState(id, ['configured']);
      expect(await client.vms(id)).toEqual(['0', '1']);
      expect(engine.containers.size).toBe(2);
    });
  });

  it('during a synchronous creation that fails leaves nothing', async () => {
    await withFakeCloud(service, async (cloud) => {
      const { client, server } = cloud;
      const hold = server.fail(/\/images\/im-test/u, { hold: true });
      server.fail(/\/containers\/create/u, { answer: 400, body: '{"message":"no"}' });
      const request = send(cloud, 'POST', '/infrastructures', radl);
      await hold.reached;

      request.destroy();
      await closed(request);
      expect(await client.ids()).toHaveLength(1);
      hold.end();

      await until(
        () => client.ids(),
        (ids) => ids.length === 0,
      );
    });
  });

  it('during a synchronous destroy has destroyed', async () => {
    await withFakeCloud(service, async (cloud) => {
      const { client, server } = cloud;
      const id = await client.create(radl);
      const hold = server.fail(/DELETE/u, { hold: true });
      const request = send(cloud, 'DELETE', `/infrastructures/${id}`);
      request.end();
      await hold.reached;

      request.destroy();
      await closed(request);
      hold.end();

      await until(
        () => client.ids(),
        (ids) => ids.length === 0,
      );
    });
  });

  it('in the middle of its document asked for nothing', async () => {
    await withFakeCloud(service, async (cloud) => {
      const { client, server } = cloud;
      const request = send(cloud, 'POST', '/infrastructures', radl.slice(0, 100), radl.length);
      await once(request, 'socket');
      request.flushHeaders();
      await until(
        async () => request.writableLength,
        (waiting) => waiting === 0,
      );

      request.destroy();
      await closed(request);

      expect(await client.ids()).toEqual([]);
      expect(server.requests).toEqual([]);
    });
  });

  it('or does not, but sends no more of its document, is let go after REST_REQUEST_TIMEOUT', async () => {
    await withFakeCloud(service, async (cloud) => {
      const { client } = cloud;
      const request = send(cloud, 'POST', '/infrastructures', radl.slice(0, 100), radl.length);
      const answered = once(request, 'response');

      const [answer] = (await answered) as [IncomingMessage];
      expect(answer.statusCode).toBe(408);
      answer.resume();
      await closed(request);

      expect(await client.ids()).toEqual([]);
      expect(await client.create(radl)).not.toBe('');
    });
  });
});
