import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, so that a port is still free when its server comes back. */
const lowest = 15_000;
const highest = 32_000;
const tries = 1_000;

const given = new Set<number>();

/**
 * A port of 127.0.0.1 on which nobody listens now, and which was not given before.
 * @throws Error when none is found
 */
export async function freePort(): Promise<number> {
  for (let count = 0; count < tries; count++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error('No free port was found.');
}

/** Whether a server can listen on this port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
