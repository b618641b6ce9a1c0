import type { Logger, Notifier, Store } from '@im/domain';
import { messageOf } from '@im/domain';
import { LRUCache } from 'lru-cache';
import type { InfrastructureView } from './infrastructure-view.js';
import { viewOf } from './infrastructure-view.js';

export interface CacheOptions {
  /** INF_CACHE_MAX: infrastructures kept at most. */
  max: number;
  /** INF_CACHE_TIME in milliseconds: longest time since the last look; 0: no limit. */
  timeMs: number;
}

/** How exactly the time is kept; a finer clock costs a timer for nearly every read. */
const clockMs = 500;

/** What is known of one infrastructure. Changes are counted, so that a look that began before one does not hide it. */
interface CacheEntry {
  view: InfrastructureView | null;
  /** Changes that this process heard of. */
  changes: number;
  /** So many of them were known when the view was last found to be the present one. */
  seen: number;
  unsubscribe: () => void;
}

/**
 * Infrastructures that this replica read lately (design: architecture.md 4). Every read asks the store for the version, one primary-key
 * select, and uses the cached object only when it is the same: with or without stickiness the answer is current. When the store is
 * away for a moment, reads go on from the cache, but not from what was there before a change that this process heard of.
 */
export class InfrastructureCache {
  private readonly entries: LRUCache<string, CacheEntry>;

  constructor(
    private readonly store: Store,
    private readonly notifier: Notifier,
    private readonly logger: Logger,
    options: CacheOptions,
  ) {
    this.entries = new LRUCache({
      max: Math.max(options.max, 1),
      dispose: (entry) => {
        entry.unsubscribe();
      },
      ...(options.timeMs > 0 ? { ttl: options.timeMs, updateAgeOnGet: true, ttlResolution: clockMs } : {}),
    });
  }

  /** null when there is no such infrastructure, or it is deleted. */
  async view(id: string): Promise<InfrastructureView | null> {
    const entry = this.entries.get(id) ?? this.watched(id);
    try {
      return await this.current(id, entry);
    } catch (error) {
      if (entry.view === null || entry.seen < entry.changes) {
        throw error;
      }
      this.logger.warn('the database cannot be read, answering from the cache', { reason: messageOf(error) });
      return entry.view;
    } finally {
      if (entry.view === null && this.entries.peek(id) === entry) {
        this.entries.delete(id);
      }
    }
  }

  private async current(id: string, entry: CacheEntry): Promise<InfrastructureView | null> {
    const { changes } = entry;
    const version = await this.store.infrastructureVersion(id);
    if (version === null || version.deleted) {
      entry.view = null;
      return null;
    }
    if (entry.view?.version !== version.version) {
      entry.view = await this.load(id, version.version);
    }
    entry.seen = Math.max(entry.seen, changes);
    return entry.view;
  }

  private async load(id: string, version: number): Promise<InfrastructureView | null> {
    const [infrastructure, vms, operations] = await Promise.all([
      this.store.infrastructure(id),
      this.store.vms(id),
      this.store.activeOperations(id),
    ]);
    // The version was read before the rows: if one changed meanwhile, the next look sees a newer one and loads again.
    return infrastructure === null || infrastructure.deletedAt !== null
      ? null
      : viewOf(version, infrastructure, vms, operations);
  }

  /** An entry that hears of changes from now on. */
  private watched(id: string): CacheEntry {
    const entry: CacheEntry = { view: null, changes: 0, seen: 0, unsubscribe: () => undefined };
    entry.unsubscribe = this.notifier.subscribe(`inf-${id}`, () => {
      entry.changes++;
    });
    this.entries.set(id, entry);
    return entry;
  }
}
