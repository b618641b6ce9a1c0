import type { Notifier } from '@im/domain';

/** Notifications between parts of one process; listeners run before `publish` resolves. */
export class InProcessNotifier implements Notifier {
  private readonly listeners = new Map<string, Set<() => void>>();

  publish(topic: string): Promise<void> {
    // A copy: a listener may end its subscription, or begin another, while it runs.
    for (const listener of [...(this.listeners.get(topic) ?? [])]) {
      listener();
    }
    return Promise.resolve();
  }

  subscribe(topic: string, listener: () => void): () => void {
    const own = () => {
      listener();
    };
    const ofTopic = this.listeners.get(topic) ?? new Set();
    ofTopic.add(own);
    this.listeners.set(topic, ofTopic);
    return () => {
      ofTopic.delete(own);
      if (ofTopic.size === 0 && this.listeners.get(topic) === ofTopic) {
        this.listeners.delete(topic);
      }
    };
  }

  /** Topics somebody listens to. */
  get topics(): number {
    return this.listeners.size;
  }
}
