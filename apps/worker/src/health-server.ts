import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Config } from '@im/config';
import { messageOf } from '@im/domain';
import type { Metrics } from '@im/observability';
import { StartError } from '@im/process';

/** What a worker tells whoever watches it. */
export interface HealthServer {
  /** Where it listens; null when it was turned off. */
  url: string | null;
  /** From now on the worker is not ready. */
  drain(): void;
  close(): Promise<void>;
}

type Answer = [status: number, type: string, body: string];

const json = 'application/json; charset=utf-8';
const requestLimitMs = 10_000;

/**
 * Serves `/health/live`, `/health/ready` and `/metrics` of a worker at WORKER_ADDRESS and WORKER_PORT.
 * @param check rejects with the reason when the worker cannot work
 * @throws StartError when the port cannot be used
 */
export async function serveHealth(
  config: Config,
  metrics: Metrics,
  check: () => Promise<void>,
): Promise<HealthServer> {
  let draining = false;
  const answer = async (path: string): Promise<Answer> => {
    switch (path) {
      case '/health/live':
        return [200, json, '{"status":"ok"}'];
      case '/health/ready':
        return readiness(draining, check);
      case '/metrics':
        return [200, metrics.contentType, await metrics.render()];
      default:
        return [
          404,
          json,
          '{"code":404,"message":"A worker answers /health/live, /health/ready and /metrics."}',
        ];
    }
  };
  const server = createServer((request, response) => {
    void respond(request, response, answer);
  });
  server.requestTimeout = requestLimitMs;
  const { WORKER_ADDRESS: address, WORKER_PORT: port } = config;
  if (port === 0) {
    return { url: null, drain: () => undefined, close: () => Promise.resolve() };
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new StartError(
          `The worker cannot listen on ${address}:${port} (${messageOf(cause)}): choose another port with IM_WORKER_PORT, or 0 for none.`,
          1,
          { cause },
        ),
      );
    });
    server.listen(port, address, resolve);
  });
  return {
    url: `http://${address}:${port}`,
    drain: () => {
      draining = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function readiness(draining: boolean, check: () => Promise<void>): Promise<Answer> {
  if (draining) {
    return [503, json, '{"status":"unavailable","problems":{"process":"The worker is stopping."}}'];
  }
  try {
    await check();
    return [200, json, '{"status":"ok"}'];
  } catch (error) {
    return [503, json, JSON.stringify({ status: 'unavailable', problems: { database: messageOf(error) } })];
  }
}

/** Never rejects. */
async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (path: string) => Promise<Answer>,
): Promise<void> {
  try {
    const [status, type, body] = await answer((request.url ?? '').split('?')[0] ?? '');
    response.writeHead(status, { 'content-type': type }).end(body);
  } catch (error) {
    response
      .writeHead(500, { 'content-type': json })
      .end(JSON.stringify({ code: 500, message: messageOf(error) }));
  }
}
