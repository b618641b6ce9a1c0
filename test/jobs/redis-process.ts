import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingPrograms, pathOf } from '../cluster/programs.js';
import { ServerProcess } from '../cluster/server-process.js';
import { freePort } from '../servers/free-port.js';
import { redisCommands, redisServer } from '../servers/redis.js';

const password = 'test-password';

/** A Redis of one test file, in a process of its own. */
export interface TestRedis {
  url: string;
  /** A running server that was signalled, or starts again after its end. */
  process: ServerProcess;
  flush(): Promise<void>;
  /** All names of keys. */
  keys(): Promise<string>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether there is a redis-server to start. */
export const hasRedis = !missingPrograms().includes('redis-server');

export async function startRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'im-redis-'));
  const port = await freePort();
  const server = redisServer(folder, port, password);
  const process = new ServerProcess(
    {
      name: 'redis',
      kind: 'redis',
      port,
      program: pathOf('redis-server'),
      args: server.args,
      env: {},
      log: join(folder, 'redis.log'),
      isReady: () => server.isReady(),
    },
    () => undefined,
  );
  const start = async (): Promise<void> => {
    process.start();
    await process.untilReady();
  };
  await start();
  return {
    url: server.url,
    process,
    flush: async () => {
      await redisCommands(port, [`AUTH ${password}`, 'FLUSHALL']);
    },
    keys: () => redisCommands(port, [`AUTH ${password}`, 'KEYS *']),
    restart: async () => {
      process.signal('SIGKILL');
      await process.untilEnded();
      await start();
    },
    stop: async () => {
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
