import { randomUUID } from 'node:crypto';
import type { Logger, Notifier, ProviderGate, WakeUpQueue } from '@im/domain';
import { InProcessQueue } from '../queue/in-process-queue.js';
import { SplitQueue } from '../queue/split-queue.js';
import type { Timers } from '../timers.js';
import type { RedisClient } from './redis-connection.js';
import { connectRedis, isReady } from './redis-connection.js';
import { RedisNotifier } from './redis-notifier.js';
import { RedisQueue } from './redis-queue.js';
import { parseRedisUrl } from './redis-url.js';
import type { SharedLimits } from './shared-provider-limit.js';
import { SharedProviderLimit } from './shared-provider-limit.js';

export interface ClusterMessagesOptions {
  /** REDIS_URL. */
  url: string;
  /** REDIS_PREFIX: begins all names in Redis, so that several services can share it. */
  prefix: string;
  /** Shown by `CLIENT LIST`. */
  name: string;
  /** This process works, it does not only send. */
  works: boolean;
  /** Of calls to providers. */
  limits: SharedLimits;
}

/** Queue and notifications of one process of a cluster. */
export interface ClusterMessages {
  queue: WakeUpQueue;
  notifier: Notifier;
  gate: ProviderGate;
  /** Whether Redis answers now; a connection alone may be one to a server that hangs. Never rejects. */
  available(): Promise<boolean>;
  /** Wake-ups that failed lately, as BullMQ keeps them for people to look at. @throws Error while Redis cannot be asked */
  failedJobs(): Promise<number>;
  /** Gives the connections back; the queue is stopped before. */
  close(): Promise<void>;
}

/**
 * Connects a process with the others over Redis. Never waits for Redis: without it wake-ups stay in the process and notifications are
 * lost, which costs time only.
 * @throws RedisUrlError
 */
export function openClusterMessages(
  options: ClusterMessagesOptions,
  timers: Timers,
  logger: Logger,
): ClusterMessages {
  const target = parseRedisUrl(options.url);
  const clients: RedisClient[] = [];
  const open = (use: 'commands' | 'waiting', part: string): RedisClient => {
    const client = connectRedis(target, use, `${options.name}-${part}`, logger);
    clients.push(client);
    return client;
  };
  const sender = open('commands', 'send');
  const prefix = `{${options.prefix}}`;
  const notifier = new RedisNotifier({
    sender,
    receiver: open('waiting', 'news'),
    channel: `${prefix}:news`,
    origin: randomUUID(),
    logger,
  });
  notifier.start();
  const queue = (name: string) =>
    new RedisQueue({
      sender,
      openReceiver: () => open('waiting', name),
      prefix,
      name,
      notifier,
      fallback: options.works ? new InProcessQueue(timers, notifier, logger) : null,
      timers,
      logger,
    });
  const [steps, launches] = [queue('steps'), queue('launches')];
  return {
    queue: new SplitQueue(steps, launches),
    notifier,
    gate: new SharedProviderLimit(sender, prefix, options.limits, logger),
    available: async () => {
      if (!isReady(sender)) {
        return false;
      }
      return sender.ping().then(
        () => true,
        () => false,
      );
    },
    failedJobs: async () => {
      const counts = await Promise.all([steps.failedJobs(), launches.failedJobs()]);
      return counts.reduce((sum, count) => sum + count, 0);
    },
    close: async () => {
      await notifier.stop();
      for (const client of clients) {
        client.disconnect();
      }
    },
  };
}
