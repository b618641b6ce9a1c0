import type { Notifier } from '@im/domain';
import type { Actor } from '../world/actor.js';
import type { Weather } from '../world/weather.js';

interface Subscription {
  actor: Actor;
  listener: () => void;
}

/** Notifications between processes, as by Redis pub/sub: each listener gets a message some time later, or never. */
export class NotificationBus {
  private readonly subscriptions = new Map<string, Set<Subscription>>();

  constructor(private readonly weather: Weather) {}

  /** The bus as one process sees it. */
  notifierOf(actor: Actor): Notifier {
    return {
      publish: async (topic) => {
        for (const { actor: receiver, listener } of this.subscriptions.get(topic) ?? []) {
          if (!this.weather.strikes('notificationLost')) {
            void receiver.turn(`hears ${topic}`).then(listener);
          }
        }
      },
      subscribe: (topic, listener) => {
        const own: Subscription = { actor, listener };
        const ofTopic = this.subscriptions.get(topic) ?? new Set();
        this.subscriptions.set(topic, ofTopic.add(own));
        return () => {
          ofTopic.delete(own);
        };
      },
    };
  }

  forget(actor: Actor): void {
    for (const ofTopic of this.subscriptions.values()) {
      for (const subscription of ofTopic) {
        if (subscription.actor === actor) {
          ofTopic.delete(subscription);
        }
      }
    }
  }
}
