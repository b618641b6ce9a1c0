import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { EngineAddress } from './engine-address.js';

/** One HTTP request to an engine. */
export interface EngineRequest {
  method: string;
  /** Path with the query, below the path of the address. */
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  signal: AbortSignal;
}

export interface EngineResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: IncomingMessage;
}

/**
 * Sends requests to one engine over kept connections. Names are resolved by the given look-up only, and redirects are not followed:
 * an engine sends none, and one could lead anywhere.
 */
export class EngineTransport {
  private readonly agent: HttpAgent | HttpsAgent;

  /** @param connection how names are resolved, and whether certificates are verified when the user names no authority */
  constructor(
    private readonly address: EngineAddress,
    connection: { lookup: LookupFunction; verifyTls: boolean },
  ) {
    const pool = { keepAlive: true, maxSockets: 32, maxFreeSockets: 8, timeout: 60_000 };
    const lookup = connection.lookup;
    this.agent =
      address.protocol === 'https'
        ? new HttpsAgent({
            ...pool,
            ...address.tls,
            lookup,
            rejectUnauthorized: connection.verifyTls || address.tls?.ca !== undefined,
          })
        : new HttpAgent({ ...pool, lookup });
  }

  send(request: EngineRequest): Promise<EngineResponse> {
    const { address } = this;
    const options: RequestOptions = {
      method: request.method,
      path: `${address.path}${request.path}`,
      headers: withLength(request),
      agent: this.agent,
      signal: request.signal,
      ...(address.socketPath === undefined
        ? { host: withoutBrackets(address.host), port: address.port }
        : { socketPath: address.socketPath, host: 'docker' }),
    };
    return new Promise((resolve, reject) => {
      const send = address.protocol === 'https' ? httpsRequest : httpRequest;
      const outgoing = send(options, (body) => {
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
      });
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function withLength(request: EngineRequest): Record<string, string | number> {
  return request.body === undefined
    ? request.headers
    : { ...request.headers, 'Content-Length': Buffer.byteLength(request.body) };
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
