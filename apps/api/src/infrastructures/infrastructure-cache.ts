import type { Logger, Store } from '@im/domain';
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

/**
 * Infrastructures that this replica read lately (design: architecture.md 4). Every read asks the store for the version, one primary-key
 * select, and uses the cached object only when it is the same: with or without stickiness the answer is current. When the store is
 * away for a moment, reads go on from the cache.
 */
export class InfrastructureCache {
  private readonly views: LRUCache<string, InfrastructureView>;

  constructor(
    private readonly store: Store,
    private readonly logger: Logger,
    options: CacheOptions,
  ) {
    this.views = new LRUCache({
      max: Math.max(options.max, 1),
      ...(options.timeMs > 0 ? { ttl: options.timeMs, updateAgeOnGet: true } : {}),
    });
  }

  /** null when there is no such infrastructure, or it is deleted. */
  async view(id: string): Promise<InfrastructureView | null> {
    try {
      return await this.current(id);
    } catch (error) {
      const cached = this.views.get(id);
      if (cached === undefined) {
        throw error;
      }
      this.logger.warn('the database cannot be read, answering from the cache', { reason: messageOf(error) });
      return cached;
    }
  }

  private async current(id: string): Promise<InfrastructureView | null> {
    const version = await this.store.infrastructureVersion(id);
    if (version === null || version.deleted) {
      this.views.delete(id);
      return null;
    }
    const cached = this.views.get(id);
    return cached?.version === version.version ? cached : this.load(id, version.version);
  }

  private async load(id: string, version: number): Promise<InfrastructureView | null> {
    const [infrastructure, vms, operations] = await Promise.all([
      this.store.infrastructure(id),
      this.store.vms(id),
      this.store.activeOperations(id),
    ]);
    if (infrastructure === null || infrastructure.deletedAt !== null) {
      return null;
    }
    // Read before the rows: if one changed meanwhile, the next look sees a newer version and loads again.
    const view = viewOf(version, infrastructure, vms, operations);
    this.views.set(id, view);
    return view;
  }
}
