import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { processTimers } from '@im/jobs';
import { openClusterMessages } from '@im/jobs/redis';
import { describe, it } from 'vitest';
import { RecordingLogger } from '../fakes/work-ports.js';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';

/** Speaks enough of the protocol of Redis for a client to be ready, sends one message, and never confirms a second subscription. */
interface ForgetfulRedis {
  url: string;
  subscriptions: number;
  cut(): void;
  close(): Promise<void>;
}

async function startForgetfulRedis(): Promise<ForgetfulRedis> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const [, command = ''] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/gu)) {
        answer(socket, command.toLowerCase());
      }
    });
  });
  const redis: ForgetfulRedis = {
    url: '',
    subscriptions: 0,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        redis.cut();
      }),
  };
  function answer(socket: Socket, command: string): void {
    if (command !== 'subscribe') {
      socket.write(command === 'info' ? '$9\r\nloading:0\r\n' : '+OK\r\n');
      return;
    }
    redis.subscriptions++;
    if (redis.subscriptions === 1) {
      socket.write('*3\r\n$9\r\nsubscribe\r\n$11\r\n{test}:news\r\n:1\r\n');
      socket.write('*3\r\n$7\r\nmessage\r\n$11\r\n{test}:news\r\n$10\r\nother news\r\n');
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  redis.url = `redis://127.0.0.1:${portOf(server.address())}`;
  return redis;
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function open(url: string, log = new RecordingLogger()) {
  return openClusterMessages(
    {
      url,
      prefix: 'test',
      name: 'test',
      works: true,
      limits: { maxCalls: 0, callsPerSecond: 0, placeMs: 60_000 },
    },
    processTimers,
    log,
  );
}

describe('a process that ends', () => {
  it('does so without a Redis that was ever there', async () => {
    const messages = open(`redis://127.0.0.1:${await freePort()}`);
    messages.queue.start(() => Promise.resolve(), 1);
    await messages.queue.stop(100);
    await messages.close();
  });

  it('takes the failure of a subscription that Redis has not confirmed since the connection came back', async () => {
    const redis = await startForgetfulRedis();
    const log = new RecordingLogger();
    const messages = open(redis.url, log);
    let heard = 0;
    messages.notifier.subscribe('news', () => heard++);
    await until(
      () => Promise.resolve(heard),
      (count) => count === 1,
    );
    redis.cut();
    await until(
      () => Promise.resolve(redis.subscriptions),
      (count) => count === 2,
    );

    await messages.queue.stop(100);
    await messages.close();

    // An error that nobody takes would end the process.
    await until(
      () => Promise.resolve(log.lines.map(({ message }) => message)),
      (messages) => messages.includes('The subscription to notifications ended'),
    );
    await redis.close();
  });
});
