import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { until } from '../servers/until.js';

/** A server on 127.0.0.1 (and ::1 is not it) that knows nothing of SSH. */
export class PlainServer {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** @param behaviour what becomes of a connection */
  static async listen(behaviour: (socket: Socket) => void): Promise<PlainServer> {
    const server = createServer();
    const plain = new PlainServer(server);
    server.on('connection', (socket) => {
      plain.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => plain.sockets.delete(socket));
      socket.resume();
      behaviour(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return plain;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('The server does not listen.');
    }
    return address.port;
  }

  /** The other side has closed all its connections. */
  async untilAllClosed(): Promise<void> {
    await until(
      async () => this.sockets.size,
      (open) => open === 0,
    );
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A port on 127.0.0.1 whose connections are never made: the queue of its server is full. */
export async function startDeafPort(): Promise<{ port: number; stop: () => Promise<void> }> {
  const child = spawn('python3', ['-c', deafServer], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    port: Number(line.toString()),
    stop: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

const deafServer = `
import socket, sys
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
waiting = []
for _ in range(4):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(server.getsockname())
    waiting.append(client)
print(server.getsockname()[1], flush=True)
sys.stdin.read()
`;
