import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** A redis-server to start: arguments, and what its clients are told. */
export interface RedisServer {
  args: string[];
  url: string;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
}

/**
 * Writes the configuration of a Redis on 127.0.0.1 that keeps nothing on disk, as the cluster needs no more.
 * @param folder its own; made when missing
 */
export function redisServer(folder: string, port: number, password: string): RedisServer {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'redis.conf');
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${folder}`,
    'save ""',
    'appendonly no',
    'maxmemory-policy noeviction',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`, { mode: 0o600 });
  return {
    args: [file],
    url: `redis://:${password}@127.0.0.1:${port}`,
    isReady: async () => (await redisCommands(port, [`AUTH ${password}`, 'PING'])).includes('+PONG'),
  };
}

/**
 * Sends commands as lines and gives what Redis answers, in its own protocol.
 * @returns an empty text when it cannot be reached
 */
export function redisCommands(port: number, commands: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
    socket.end([...commands, 'QUIT', ''].join('\r\n'));
  });
}
