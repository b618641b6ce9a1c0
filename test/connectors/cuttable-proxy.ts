import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a Docker Engine and can cut the line: the last call still reaches the engine, its answer reaches nobody. */
export class CuttableProxy {
  readonly paths: string[] = [];
  private callsLeft = Number.POSITIVE_INFINITY;
  private readonly server: Server;

  constructor(private readonly socketPath: string) {
    this.server = createServer((request, response) => this.pass(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Lets so many calls be answered, then cuts. */
  cutAfter(calls: number): void {
    this.paths.length = 0;
    this.callsLeft = calls;
  }

  heal(): void {
    this.callsLeft = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    this.paths.push(`${request.method} ${request.url}`);
    this.callsLeft--;
    if (this.callsLeft < -1) {
      request.socket.destroy();
      return;
    }
    const cut = this.callsLeft === -1;
    const { method, url, headers } = request;
    const forwarded = sendRequest({ socketPath: this.socketPath, method, path: url, headers }, (answer) => {
      if (cut) {
        answer.resume();
        answer.once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => request.socket.destroy());
    request.pipe(forwarded);
  }
}
