import type { CloudResourceState, Lease, Store, StoreReader, StoreTransaction, TakenLease } from '@im/domain';
import { isActive, LeaseLostError, openStates, VersionConflictError } from '@im/domain';
import { MemoryReader } from './memory-reader.js';
import { MemoryTables } from './memory-tables.js';
import { MemoryTransaction } from './memory-transaction.js';

/** Where a test or a simulator may let the store fail. */
export type StorePoint =
  | 'before-transaction'
  /** All writes are made, none is committed. */
  | 'before-commit'
  /** The commit is done, nobody knows it: the connection was lost. */
  | 'after-commit'
  | 'acquire-lease'
  | 'renew-lease'
  | 'before-release'
  | 'after-release';

const maxConflicts = 5;

/**
 * A complete Store in memory: transactions one after another on a snapshot, leases with fences, a clock that is given. What the real
 * stores promise holds here too, so the engine and the handlers can be tested and simulated without a database.
 */
export class MemoryStore extends MemoryReader implements Store {
  /** What is committed; replaced as a whole by every transaction. */
  protected committed = new MemoryTables();
  private queue: Promise<unknown> = Promise.resolve();
  /** Called at each point; may throw to simulate a failure there, or wait. */
  onPoint: (point: StorePoint, key: string | null) => void | Promise<void> = () => undefined;
  /** Transactions that were committed. */
  commits = 0;

  /** @param time the database's clock, milliseconds since the epoch */
  constructor(time: () => number) {
    super(() => this.committed, time);
  }

  async transaction<T>(work: (tx: StoreTransaction) => Promise<T>, lease?: Lease): Promise<T> {
    await this.onPoint('before-transaction', lease?.key ?? null);
    return this.exclusive(async () => {
      for (let conflicts = 0; ; conflicts++) {
        try {
          return await this.attempt(work, lease);
        } catch (error) {
          if (!(error instanceof VersionConflictError) || conflicts >= maxConflicts) {
            throw error;
          }
        }
      }
    });
  }

  async acquireLease(key: string, owner: string, ttlMs: number): Promise<TakenLease | null> {
    await this.onPoint('acquire-lease', key);
    return this.exclusive(async () => {
      const row = this.committed.leases.get(key);
      if (row !== undefined && row.expiresAt !== null && row.expiresAt > this.time()) {
        return null;
      }
      const fence = (row?.fence ?? 0) + 1;
      this.committed.leases.set(key, { owner, fence, expiresAt: this.time() + ttlMs });
      return { key, owner, fence, takenOver: row !== undefined && row.expiresAt !== null };
    });
  }

  async renewLease(lease: Lease, ttlMs: number): Promise<void> {
    await this.onPoint('renew-lease', lease.key);
    await this.exclusive(async () => {
      this.requireLease(this.committed, lease);
      this.committed.leases.set(lease.key, {
        owner: lease.owner,
        fence: lease.fence,
        expiresAt: this.time() + ttlMs,
      });
    });
  }

  async releaseLease(lease: Lease, stillNeeded?: (tx: StoreReader) => Promise<boolean>): Promise<boolean> {
    await this.onPoint('before-release', lease.key);
    const released = await this.exclusive(async () => {
      if (!this.holds(this.committed, lease)) {
        return true;
      }
      if (stillNeeded !== undefined && (await stillNeeded(this))) {
        return false;
      }
      this.committed.leases.set(lease.key, { owner: lease.owner, fence: lease.fence, expiresAt: null });
      return true;
    });
    await this.onPoint('after-release', lease.key);
    return released;
  }

  async expireAllLeases(): Promise<void> {
    for (const [key, row] of this.committed.leases) {
      if (row.expiresAt !== null) {
        this.committed.leases.set(key, { ...row, fence: row.fence + 1, expiresAt: 0 });
      }
    }
  }

  async unattendedWork(limit: number): Promise<{ infrastructureId: string | null; operationId: string }[]> {
    const seen = new Set<string>();
    return this.operationRows()
      .filter((row) => isActive(row) && (row.notBefore === null || row.notBefore <= this.time()))
      .filter((row) => !this.isLeased(row.infrastructureId ?? row.id))
      .filter(({ id, infrastructureId }) => {
        const first = !seen.has(infrastructureId ?? id);
        seen.add(infrastructureId ?? id);
        return first;
      })
      .slice(0, limit)
      .map(({ id, infrastructureId }) => ({ infrastructureId, operationId: id }));
  }

  async countLeftBehind(): Promise<Map<CloudResourceState, number>> {
    const { infrastructures, resources } = this.committed;
    const counts = new Map(openStates.map((state) => [state, 0]));
    for (const { infrastructureId, state } of resources.values()) {
      const known = counts.get(state);
      if (known !== undefined && (infrastructures.get(infrastructureId)?.deletedAt ?? null) !== null) {
        counts.set(state, known + 1);
      }
    }
    return counts;
  }

  async sweep(finishedBefore: number, keysBefore: number): Promise<void> {
    const { credentials, operations, idempotency } = this.committed;
    const asked = ['refresh', 'estimate', 'images', 'quotas'];
    for (const [id, row] of credentials) {
      if (row.expiresAt <= this.time()) {
        credentials.delete(id);
      }
    }
    for (const [id, row] of operations) {
      if (asked.includes(row.kind) && row.finishedAt !== null && row.finishedAt < finishedBefore) {
        operations.delete(id);
      }
    }
    for (const [key, row] of idempotency) {
      if (row.createdAt < keysBefore) {
        idempotency.delete(key);
      }
    }
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  /** Who holds a lease now, for assertions. */
  leaseOwner(key: string): string | null {
    const row = this.committed.leases.get(key);
    return row !== undefined && this.isLeased(key) ? row.owner : null;
  }

  private async attempt<T>(work: (tx: StoreTransaction) => Promise<T>, lease?: Lease): Promise<T> {
    const snapshot = this.committed.snapshot();
    if (lease !== undefined) {
      this.requireLease(snapshot, lease);
    }
    const result = await work(new MemoryTransaction(() => snapshot, this.time));
    await this.onPoint('before-commit', lease?.key ?? null);
    this.committed = snapshot;
    this.commits++;
    await this.onPoint('after-commit', lease?.key ?? null);
    return result;
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  protected requireLease(tables: MemoryTables, lease: Lease): void {
    if (!this.holds(tables, lease)) {
      throw new LeaseLostError(lease.key);
    }
  }

  /** An expired lease that nobody took still protects its holder's writes: only a new fence ends it. */
  private holds(tables: MemoryTables, lease: Lease): boolean {
    const row = tables.leases.get(lease.key);
    return (
      row !== undefined && row.fence === lease.fence && row.owner === lease.owner && row.expiresAt !== null
    );
  }

  private isLeased(key: string): boolean {
    const row = this.committed.leases.get(key);
    return row !== undefined && row.expiresAt !== null && row.expiresAt > this.time();
  }
}
