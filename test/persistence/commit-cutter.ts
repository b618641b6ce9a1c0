import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** What happens to the next COMMIT that comes along. */
export type Fate =
  /** It never arrives, and the server sees the connection close. */
  | 'lost'
  /** It never arrives, and the server believes that the connection is alive. */
  | 'lost silently'
  /** It arrives; the answer does not. */
  | 'unanswered'
  /** The client is cut off first, and it arrives when `deliver` is called. */
  | 'late';

/** A way to a MySQL that cuts connections at COMMIT. */
export interface CommitCutter {
  /** On 127.0.0.1. */
  port: number;
  /** Fate of the next COMMIT; those after it pass. */
  next(fate: Fate): void;
  /** Lets a late COMMIT arrive. */
  deliver(): void;
  /** Whether the fate met its COMMIT. */
  hasCut(): boolean;
  close(): Promise<void>;
}

/**
 * Whether a packet is the statement COMMIT: its header of four bytes, the number of the command, with MySQL that of its attributes (none),
 * and the text.
 */
function isCommit(packet: Buffer): boolean {
  return packet[4] === 3 && packet.length <= 13 && packet.subarray(-6).equals(commit);
}

const commit = Buffer.from('COMMIT');

/** @param targetPort of the MySQL, on 127.0.0.1 */
export async function startCommitCutter(targetPort: number): Promise<CommitCutter> {
  const sockets = new Set<Socket>();
  let fate: Fate | null = null;
  let deliver: () => void = () => undefined;
  let cuts = 0;

  const meet = (how: Fate, packet: Buffer, client: Socket, target: Socket): void => {
    cuts++;
    target.removeAllListeners('data');
    switch (how) {
      case 'lost':
        target.destroy();
        client.destroy();
        return;
      case 'lost silently':
        client.destroy();
        return;
      case 'unanswered':
        target.once('data', () => {
          target.destroy();
          client.destroy();
        });
        target.write(packet);
        return;
      case 'late':
        deliver = () => target.write(packet);
        client.destroy();
    }
  };

  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    sockets.add(client).add(target);
    let isMet = false;
    client.on('data', (packet) => {
      if (fate !== null && isCommit(packet)) {
        isMet = true;
        const how = fate;
        fate = null;
        meet(how, packet, client, target);
        return;
      }
      target.write(packet);
    });
    target.on('data', (packet) => client.write(packet));
    client.on('close', () => {
      if (!isMet) {
        target.destroy();
      }
    });
    target.on('close', () => client.destroy());
    client.on('error', () => client.destroy());
    target.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('There is no free port.');
  }
  return {
    port: address.port,
    next: (how) => {
      fate = how;
      cuts = 0;
    },
    deliver: () => {
      deliver();
    },
    hasCut: () => cuts > 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
  };
}
