import { ImError } from '@im/domain';
import { InProcessNotifier } from '@im/jobs';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../test/fakes/memory-store.js';
import { sampleInfrastructure } from '../../../../test/fakes/sample-rows.js';
import { RecordingLogger } from '../../../../test/fakes/work-ports.js';
import { InfrastructureCache } from './infrastructure-cache.js';

/** A store that can be away, and slow to tell a version. */
class AwayStore extends MemoryStore {
  away = false;
  beforeAnswer: () => Promise<void> = () => Promise.resolve();

  override async infrastructureVersion(
    id: string,
  ): Promise<Awaited<ReturnType<MemoryStore['infrastructureVersion']>>> {
    if (this.away) {
      throw new ImError('Unavailable', 'The database cannot be reached now: try again later.');
    }
    const version = await super.infrastructureVersion(id);
    await this.beforeAnswer();
    return version;
  }

  async put(name: string): Promise<void> {
    await this.transaction(async (tx) => {
      const known = await tx.infrastructure('inf');
      await (known === null
        ? tx.insertInfrastructure(sampleInfrastructure({ name }))
        : tx.saveInfrastructure({ ...known, name }));
    });
  }
}

let store: AwayStore;
let notifier: InProcessNotifier;
let cache: InfrastructureCache;
const name = async (): Promise<string | null | undefined> => (await cache.view('inf'))?.infrastructure.name;

beforeEach(async () => {
  store = new AwayStore(() => 1_000);
  notifier = new InProcessNotifier();
  cache = new InfrastructureCache(store, notifier, new RecordingLogger(), { max: 2, timeMs: 0 });
  await store.put('first');
});

describe('InfrastructureCache', () => {
  it('answers with the present infrastructure, whether or not it heard of the change', async () => {
    expect(await name()).toBe('first');
    await store.put('second');
    expect(await name()).toBe('second');
  });

  it('goes on while the database is away', async () => {
    await name();
    store.away = true;
    expect(await name()).toBe('first');
  });

  it('knows nothing of what it never read', async () => {
    store.away = true;
    await expect(name()).rejects.toThrow('The database cannot be reached now');
    expect(notifier.topics).toBe(0);
  });

  it('does not answer with what was there before a change that it heard of', async () => {
    await name();
    await store.put('second');
    await notifier.publish('inf-inf');
    store.away = true;
    await expect(name()).rejects.toThrow('The database cannot be reached now');
    store.away = false;
    expect(await name()).toBe('second');
    store.away = true;
    expect(await name()).toBe('second');
  });

  it('nor when it heard of it while it looked', async () => {
    await name();
    store.beforeAnswer = async () => {
      await store.put('second');
      await notifier.publish('inf-inf');
    };
    await name();
    store.away = true;
    await expect(name()).rejects.toThrow('The database cannot be reached now');
  });

  it('listens for no more infrastructures than it keeps', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      await store.transaction((tx) => tx.insertInfrastructure(sampleInfrastructure({ id })));
      await cache.view(id);
    }
    expect(notifier.topics).toBe(2);
    expect(await cache.view('nowhere')).toBeNull();
    expect(notifier.topics).toBeLessThanOrEqual(2);
  });
});
