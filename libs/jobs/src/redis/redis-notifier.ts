import type { Logger, Notifier } from '@im/domain';
import { messageOf } from '@im/domain';
import { InProcessNotifier } from '../queue/in-process-notifier.js';
import type { RedisClient } from './redis-connection.js';
import { isReady } from './redis-connection.js';

/** Messages not sent yet beyond which new ones are dropped: who waits polls. */
const mostUnsent = 1_000;

export interface RedisNotifierParts {
  /** Sends; of the use `commands`. */
  sender: RedisClient;
  /** Receives; of the use `waiting`, used for nothing else. */
  receiver: RedisClient;
  /** Name of the one channel. */
  channel: string;
  /** Tells the messages of this process from those of others. */
  origin: string;
  logger: Logger;
}

/**
 * Notifications between processes over one channel of Redis: each process takes all and drops what nobody in it waits for, so that a
 * subscription counts from the moment it is made. Those of the own process come at once, with Redis or without.
 */
export class RedisNotifier implements Notifier {
  private readonly local = new InProcessNotifier();
  private readonly unsent = new Set<Promise<void>>();

  constructor(private readonly parts: RedisNotifierParts) {}

  /** Begins to receive; comes back by itself after outages. */
  start(): void {
    const { receiver, channel, logger } = this.parts;
    receiver.on('message', (_channel: string, message: string) => {
      this.receive(message);
    });
    // A new connection knows nothing of the subscriptions of the one before.
    receiver.on('ready', () => {
      receiver.subscribe(channel).catch((error: unknown) => {
        logger.debug('The subscription to notifications ended', { cause: messageOf(error) });
      });
    });
  }

  /** Resolves before the message has left: a step does not wait for those who wait for it. */
  publish(topic: string): Promise<void> {
    const told = this.local.publish(topic);
    const { sender } = this.parts;
    if (isReady(sender) && this.unsent.size < mostUnsent) {
      const sent = this.send(topic).finally(() => {
        this.unsent.delete(sent);
      });
      this.unsent.add(sent);
    }
    return told;
  }

  subscribe(topic: string, listener: () => void): () => void {
    return this.local.subscribe(topic, listener);
  }

  /** Waits for messages on their way. */
  async stop(): Promise<void> {
    await Promise.all(this.unsent);
  }

  private async send(topic: string): Promise<void> {
    const { sender, channel, origin, logger } = this.parts;
    try {
      await sender.publish(channel, `${origin} ${topic}`);
    } catch (error) {
      logger.debug('A notification was lost', { topic, cause: messageOf(error) });
    }
  }

  private receive(message: string): void {
    const space = message.indexOf(' ');
    if (message.slice(0, space) !== this.parts.origin) {
      void this.local.publish(message.slice(space + 1));
    }
  }
}
