import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '../cluster/programs.js';
import { ServerProcess } from '../cluster/server-process.js';
import { freePort } from '../servers/free-port.js';
import { redisCommands } from '../servers/redis.js';

export const password = 'test-password';

/** One redis-server of several that work together. */
export interface RedisMember {
  port: number;
  process: ServerProcess;
  /** Sends commands with the password; gives what it answers in its own protocol. */
  send(...commands: string[]): Promise<string>;
  /** Starts it again after its end. */
  start(): Promise<void>;
}

/**
 * Starts a redis-server on a free port of 127.0.0.1.
 * @param folder its own; made here
 * @param settings lines of its configuration besides port, password and folder
 * @param args after the file, such as `--sentinel`
 */
export async function startMember(
  folder: string,
  settings: readonly string[],
  args: readonly string[] = [],
): Promise<RedisMember> {
  const port = await freePort();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'redis.conf');
  const common = ['bind 127.0.0.1', `port ${port}`, `dir ${folder}`, `requirepass ${password}`];
  writeFileSync(file, `${[...common, ...settings].join('\n')}\n`, { mode: 0o600 });
  const send = (...commands: string[]): Promise<string> =>
    redisCommands(port, [`AUTH ${password}`, ...commands]);
  const server = new ServerProcess(
    {
      name: 'redis',
      kind: 'redis',
      port,
      program: pathOf('redis-server'),
      args: [file, ...args],
      env: {},
      log: join(folder, 'redis.log'),
      isReady: async () => (await send('PING')).includes('+PONG'),
    },
    () => undefined,
  );
  const start = async (): Promise<void> => {
    server.start();
    await server.untilReady();
  };
  await start();
  return { port, process: server, send, start };
}
