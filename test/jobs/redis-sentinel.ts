import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../servers/until.js';
import type { RedisMember } from './redis-server.js';
import { password, startMember } from './redis-server.js';

/** A primary, its replica, and a sentinel that watches them. */
export interface SentinelRedis {
  url: string;
  primary: RedisMember;
  replica: RedisMember;
  stop(): Promise<void>;
}

/** All have the same password; the sentinel takes the primary for dead after half a second. */
export async function startSentinelRedis(): Promise<SentinelRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'im-redis-'));
  const common = ['save ""', `masterauth ${password}`, 'repl-diskless-sync-delay 0'];
  const primary = await startMember(join(folder, 'primary'), common);
  const replica = await startMember(join(folder, 'replica'), [
    ...common,
    `replicaof 127.0.0.1 ${primary.port}`,
  ]);
  await until(
    () => replica.send('INFO replication'),
    (answer) => answer.includes('master_link_status:up'),
  );
  const sentinel = await startMember(
    join(folder, 'sentinel'),
    [
      `sentinel monitor main 127.0.0.1 ${primary.port} 1`,
      `sentinel auth-pass main ${password}`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 5000',
    ],
    ['--sentinel'],
  );
  await until(
    () => sentinel.send('SENTINEL REPLICAS main'),
    (answer) => answer.includes(String(replica.port)),
  );
  return {
    url: `redis+sentinel://:${password}@127.0.0.1:${sentinel.port}/main?sentinel_password=${password}`,
    primary,
    replica,
    stop: async () => {
      for (const { process } of [sentinel, replica, primary]) {
        await process.stop();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
