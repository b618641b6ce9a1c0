import type { LookupFunction } from 'node:net';
import { connect } from 'node:net';

/**
 * Opens and closes a TCP connection.
 * @throws the error of the socket, or the reason of the signal
 */
export async function tcpReachable(
  target: { host: string; port: number; lookup: LookupFunction },
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(target);
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => end(resolve));
    socket.once('error', (error) => end(() => reject(error)));
  });
}
