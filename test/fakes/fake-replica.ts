import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { until } from '../servers/until.js';

/** A request as a replica got it. */
export interface ReceivedRequest {
  method: string;
  /** Path with its query. */
  url: string;
  headers: IncomingHttpHeaders;
}

/**
 * What a load balancer sees of an API replica: the two health routes, `InfID` on the answer to a creation, and any other request
 * answered with the replica's name in `X-Replica`.
 */
export class FakeReplica {
  /** Everything but health checks, in order. */
  readonly received: ReceivedRequest[] = [];
  /** Answer of /health/ready: false when the replica is about to stop or misses its database. */
  ready = true;
  /** Status of the answers to everything but creations and health checks. */
  statusOfReads = 200;
  /** Id that the next creation gets; a random one when null. */
  nextId: string | null = null;
  /** Requests that end without an answer, as when the process is killed. */
  private dying = 0;
  private readonly held = new Set<() => void>();
  private server: Server | null = null;
  private port = 0;

  /** @param address of the loopback network, so that replicas may share a port */
  constructor(
    readonly name: string,
    private readonly host = '127.0.0.1',
  ) {}

  /** Host and port. */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** @param port a free one when 0; after a stop the one it had */
  async start(port = this.port): Promise<void> {
    const server = createServer({ maxHeaderSize: 256 * 1024 }, (request, response) => {
      this.serve(request, response);
    });
    server.listen(port, this.host);
    await once(server, 'listening');
    const bound = server.address();
    this.port = typeof bound === 'object' && bound !== null ? bound.port : port;
    this.server = server;
  }

  /** Ends at once, as a killed process does: connections are cut, the port is closed. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server !== null) {
      this.server = null;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
  }

  /** The next request that is not a health check gets no answer. */
  dieOnNextRequest(): void {
    this.dying += 1;
  }

  /** Waits until this many requests to `/slow` are held here. */
  async untilHeld(count: number): Promise<void> {
    await until(
      async () => this.held.size,
      (held) => held === count,
    );
  }

  /** Answers the requests that are held. */
  release(): void {
    for (const answer of this.held) {
      answer();
    }
    this.held.clear();
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    if (url === '/health/ready') {
      response.writeHead(this.ready ? 200 : 503).end();
      return;
    }
    if (url === '/version') {
      response.end('1.0\n');
      return;
    }
    this.received.push({ method, url, headers });
    if (this.dying > 0) {
      this.dying -= 1;
      request.socket.destroy();
      return;
    }
    response.setHeader('x-replica', this.name);
    if (method === 'POST' && url.startsWith('/infrastructures')) {
      response.setHeader('InfID', this.nextId ?? randomUUID());
      this.nextId = null;
    } else {
      response.statusCode = this.statusOfReads;
    }
    request.resume();
    if (url.includes('/slow')) {
      this.held.add(() => response.end('done\n'));
    } else {
      response.end('ok\n');
    }
  }
}
