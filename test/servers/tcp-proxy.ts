import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** A way to a server that a test can cut. */
export interface TcpProxy {
  /** On 127.0.0.1. */
  port: number;
  /** Breaks all connections and takes no more. */
  cut(): Promise<void>;
  /** Nothing comes through any more, and nobody is told: connections stay, and new ones are taken. */
  pause(): void;
  /** What was sent meanwhile comes through, as after a network that was away. */
  resume(): void;
}

/**
 * Passes connections on to `host`:`targetPort`.
 * @param port to listen on, such as that of a way that was cut; by default any
 */
export async function startTcpProxy(host: string, targetPort: number, port = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isPaused = false;
  const server = createServer((client) => {
    const target = connect(targetPort, host);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('data', (data) => other.write(data));
      socket.on('end', () => other.end());
      if (isPaused) {
        socket.pause();
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('There is no free port.');
  }
  return {
    port: address.port,
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
    pause: () => {
      isPaused = true;
      sockets.forEach((socket) => socket.pause());
    },
    resume: () => {
      isPaused = false;
      sockets.forEach((socket) => socket.resume());
    },
  };
}
