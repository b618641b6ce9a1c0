import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer, request as sendRequest } from 'node:http';
import { until } from '../servers/until.js';

/** What a request meets instead of its answer. */
export type Misbehaviour =
  /** Another answer; nothing is done. */
  | { answer: number; body?: string; headers?: Record<string, string> }
  /** No answer; nothing is done. */
  | { hang: true }
  /** The connection ends; nothing is done. */
  | { cut: true }
  /** What was asked for is done, but its answer is lost. */
  | { loseAnswer: true }
  /** The request waits until the fault ends, then is served. */
  | { hold: true }
  /** What was asked for is done, and its answer waits until the fault ends. */
  | { holdAnswer: true };

/** A fault that was asked for. */
export interface Fault {
  /** Requests that met it so far. */
  readonly met: number;
  /** Resolves when the first request has met it; for a held answer when the work is done. */
  readonly reached: Promise<void>;
  /** Requests are served again; those that are held go on. */
  end(): void;
}

/** An HTTP server on 127.0.0.1 in front of a handler, which can be told to fail in the ways that servers and networks do. */
export class MisbehavingServer {
  /** `METHOD /path?query` of every request, in order. */
  readonly requests: string[] = [];
  private readonly faults = new Set<RunningFault>();
  private readonly server: Server;

  constructor(private readonly handler: RequestListener) {
    this.server = createServer((request, response) => {
      void this.serve(request, response);
    });
  }

  /** @returns its URL */
  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('There is no free port.');
    }
    return `http://127.0.0.1:${address.port}`;
  }

  /**
   * Lets requests fail.
   * @param which compared with `METHOD /path?query`
   * @param times how many requests meet it; all until it ends when absent
   */
  fail(which: RegExp, how: Misbehaviour, times = Number.POSITIVE_INFINITY): Fault {
    const fault = new RunningFault(which, how, times, () => this.faults.delete(fault));
    this.faults.add(fault);
    return fault;
  }

  /** Waits for a request. @throws Error when none comes within `limitMs` */
  async seen(which: RegExp, limitMs = 30_000): Promise<void> {
    await until(
      async () => this.count(which),
      (count) => count > 0,
      limitMs,
    );
  }

  /** Ends all faults. */
  heal(): void {
    for (const fault of this.faults) {
      fault.end();
    }
  }

  /** How many requests matched. */
  count(which: RegExp): number {
    return this.requests.filter((request) => which.test(request)).length;
  }

  close(): void {
    this.heal();
    this.server.closeAllConnections();
    this.server.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    this.requests.push(line);
    const fault = [...this.faults].find((candidate) => candidate.takes(line));
    if (fault === undefined) {
      this.handler(request, response);
      return;
    }
    const { how } = fault;
    fault.count();
    if ('holdAnswer' in how) {
      const end = response.end.bind(response);
      response.end = ((...parts: Parameters<typeof end>) => {
        fault.reach();
        void fault.ended.then(() => end(...parts));
        return response;
      }) as typeof response.end;
      this.handler(request, response);
      return;
    }
    fault.reach();
    if ('answer' in how) {
      response.writeHead(how.answer, how.headers).end(how.body);
    } else if ('cut' in how) {
      request.socket.destroy();
    } else if ('loseAnswer' in how) {
      // The handler writes into the void; what it did stays done.
      response.once('finish', () => request.socket.destroy());
      response.write = () => true;
      const end = response.end.bind(response);
      response.end = (() => {
        request.socket.destroy();
        return end();
      }) as typeof response.end;
      this.handler(request, response);
    } else if ('hold' in how) {
      await fault.ended;
      // Who asked may have given up: then it counts as never arrived.
      if (!request.socket.destroyed) {
        this.handler(request, response);
      }
    }
  }
}

class RunningFault implements Fault {
  met = 0;
  readonly reached: Promise<void>;
  readonly ended: Promise<void>;
  private resolveReached: () => void = () => undefined;
  private resolveEnded: () => void = () => undefined;

  constructor(
    private readonly which: RegExp,
    readonly how: Misbehaviour,
    private readonly times: number,
    private readonly remove: () => void,
  ) {
    this.reached = new Promise((resolve) => {
      this.resolveReached = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  takes(line: string): boolean {
    return this.met < this.times && this.which.test(line);
  }

  count(): void {
    this.met++;
  }

  reach(): void {
    this.resolveReached();
  }

  end(): void {
    this.remove();
    this.resolveEnded();
  }
}

/** Passes requests on to a server behind a unix socket. */
export function forwardTo(socketPath: string): RequestListener {
  return (request, response) => {
    const { method, url, headers } = request;
    const forwarded = sendRequest({ socketPath, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => request.socket.destroy());
    request.pipe(forwarded);
  };
}
