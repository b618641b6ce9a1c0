import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../test/fakes/memory-store.js';
import { VirtualTime } from '../../../../test/fakes/virtual-time.js';
import { RecordingLogger } from '../../../../test/fakes/work-ports.js';
import { InProcessNotifier } from '../queue/in-process-notifier.js';
import { InProcessQueue } from '../queue/in-process-queue.js';
import { defaultReconcilerOptions, Reconciler } from './reconciler.js';

describe('Reconciler', () => {
  it('tells whether the database takes changes, in every worker and without being asked', async () => {
    const time = new VirtualTime();
    const store = new MemoryStore(() => time.now());
    const logger = new RecordingLogger();
    const told: Record<string, boolean> = {};
    const reconcilers = ['w1', 'w2'].map((owner) => {
      const queue = new InProcessQueue(time, new InProcessNotifier(), logger);
      return new Reconciler(store, queue, time, logger, {
        ...defaultReconcilerOptions,
        owner,
        onDatabaseTried: (writable) => {
          told[owner] = writable;
        },
      });
    });
    for (const reconciler of reconcilers) {
      await reconciler.start();
    }
    expect(told).toEqual({ w1: true, w2: true });

    store.onPoint = () => {
      throw new Error('The MySQL server is running with the --read-only option');
    };
    await time.advance(defaultReconcilerOptions.intervalMs);
    expect(told).toEqual({ w1: false, w2: false });

    store.onPoint = () => undefined;
    await time.advance(defaultReconcilerOptions.intervalMs);
    expect(told).toEqual({ w1: true, w2: true });
    for (const reconciler of reconcilers) {
      await reconciler.stop();
    }
  });
});
