import { readFileSync } from 'node:fs';
import type { Logger } from '@im/domain';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import { Cluster, Redis } from 'ioredis';
import { describeTrouble } from './redis-trouble.js';
import type { RedisTarget } from './redis-url.js';
import { describeRedis } from './redis-url.js';

export type RedisClient = Redis | Cluster;

/** What a connection is for. */
export type RedisUse =
  /** Short commands that fail at once when Redis is away: the database knows what was to be done. */
  | 'commands'
  /** Waits for jobs and messages, and comes back whenever Redis does. */
  | 'waiting';

const connectTimeoutMs = 2_000;
/** A command that is not answered in this time has failed. */
export const commandTimeoutMs = 1_000;
const longestPauseMs = 2_000;
const keepAliveMs = 5_000;

/**
 * Opens a connection, which comes up by itself whenever Redis is there; its troubles are logged, once for each outage.
 * @param name shown by `CLIENT LIST`
 */
export function connectRedis(target: RedisTarget, use: RedisUse, name: string, logger: Logger): RedisClient {
  const options = redisOptions(target, use, name);
  const client =
    target.kind === 'cluster'
      ? new Cluster(target.nodes, clusterOptions(options, use))
      : new Redis(target.kind === 'single' ? options : { ...options, ...sentinelOptions(target) });
  logOutages(client, target, name, logger);
  return client;
}

/** Whether commands can be sent now. */
export function isReady(client: RedisClient): boolean {
  return client.status === 'ready';
}

function redisOptions(target: RedisTarget, use: RedisUse, name: string): RedisOptions {
  const [node] = target.nodes;
  return {
    ...(target.kind === 'single' && node !== undefined ? { host: node.host, port: node.port } : {}),
    ...(target.username === null ? {} : { username: target.username }),
    ...(target.password === null ? {} : { password: target.password }),
    ...(target.tls ? { tls: tlsOptions(target) } : {}),
    db: target.database,
    connectionName: name,
    connectTimeout: connectTimeoutMs,
    keepAlive: keepAliveMs,
    retryStrategy: pauseBefore,
    // The notifier subscribes again itself: ioredis would leave the promise of it to nobody.
    autoResubscribe: false,
    // A replica that was promoted, or a master that became a replica: look for the right one.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...(use === 'commands'
      ? { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: commandTimeoutMs }
      : { maxRetriesPerRequest: null }),
  };
}

function sentinelOptions(target: RedisTarget): RedisOptions {
  return {
    sentinels: target.nodes,
    name: target.master ?? '',
    sentinelRetryStrategy: pauseBefore,
    ...(target.sentinelPassword === null ? {} : { sentinelPassword: target.sentinelPassword }),
    ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(target) } : {}),
  };
}

function clusterOptions({ db: _only0, ...redis }: RedisOptions, use: RedisUse): ClusterOptions {
  return {
    redisOptions: redis,
    clusterRetryStrategy: pauseBefore,
    enableOfflineQueue: use !== 'commands',
    // Certificates carry names, and nodes announce addresses.
    ...(redis.tls === undefined ? {} : { dnsLookup: (address, done) => done(null, address) }),
  };
}

function tlsOptions({ caFile }: RedisTarget): { ca?: string } {
  return caFile === null ? {} : { ca: readFileSync(caFile, 'utf8') };
}

/** Milliseconds before the next attempt: growing, with full jitter, so that a cluster does not come back in one moment. */
function pauseBefore(attempt: number): number {
  return 50 + Math.random() * Math.min(100 * 2 ** Math.min(attempt, 10), longestPauseMs);
}

function logOutages(client: RedisClient, target: RedisTarget, name: string, logger: Logger): void {
  let away = false;
  const details = { redis: describeRedis(target), connection: name };
  client.on('error', (error: unknown) => {
    if (!away) {
      away = true;
      logger.warn('Redis is away; work goes on from the database', {
        ...details,
        cause: describeTrouble(error),
      });
    }
  });
  client.on('ready', () => {
    if (away) {
      away = false;
      logger.info('Redis is back', details);
    }
  });
}
