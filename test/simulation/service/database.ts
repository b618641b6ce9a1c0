import type { Lease, StoreTransaction } from '@im/domain';
import { VersionConflictError } from '@im/domain';
import { MemoryStore } from '../../fakes/memory-store.js';
import type { MemoryTables } from '../../fakes/memory-tables.js';
import { MemoryTransaction } from '../../fakes/memory-transaction.js';
import { RecordedWrites } from './recorded-writes.js';

/** The connection on which a transaction runs. */
export interface Session {
  /** Time passes between the reads of the transaction and its commit. */
  beforeCommit(): Promise<void>;
  /** False: the process died, and the server rolls its transaction back. */
  isOpen(): boolean;
  /** The commit is done now. */
  onCommit(): void;
}

const attempts = 5;

/**
 * The database of a simulation: the memory store with transactions that run beside each other as they do on MySQL at READ COMMITTED. Rows
 * are read at one moment and written at a later one; what others committed between is overwritten unless a version, a state or a key
 * forbids it. The row of the lease is locked as long as a transaction lasts.
 */
export class Database extends MemoryStore {
  /** False plants a defect: whoever had a lease once writes under it for ever. */
  checksFences = true;
  private readonly locks = new Map<string, Promise<void>>();

  get rows(): MemoryTables {
    return this.committed;
  }

  async transactionOn<T>(
    session: Session,
    work: (tx: StoreTransaction) => Promise<T>,
    lease?: Lease,
  ): Promise<T> {
    return this.locked(lease?.key ?? null, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.readThenWrite(session, work, lease);
        } catch (error) {
          if (!(error instanceof VersionConflictError) || attempt >= attempts) {
            throw error;
          }
        }
      }
    });
  }

  override acquireLease(
    ...values: Parameters<MemoryStore['acquireLease']>
  ): ReturnType<MemoryStore['acquireLease']> {
    return this.locked(values[0], () => super.acquireLease(...values));
  }

  override renewLease(lease: Lease, ttlMs: number): Promise<void> {
    return this.locked(lease.key, () => super.renewLease(lease, ttlMs));
  }

  override releaseLease(...values: Parameters<MemoryStore['releaseLease']>): Promise<boolean> {
    return this.locked(values[0].key, () => super.releaseLease(...values));
  }

  protected override requireLease(tables: MemoryTables, lease: Lease): void {
    if (this.checksFences) {
      super.requireLease(tables, lease);
    }
  }

  private async readThenWrite<T>(
    session: Session,
    work: (tx: StoreTransaction) => Promise<T>,
    lease: Lease | undefined,
  ): Promise<T> {
    const seen = this.committed.snapshot();
    if (lease !== undefined) {
      this.requireLease(seen, lease);
    }
    const writes = new RecordedWrites();
    const result = await work(writes.of(new MemoryTransaction(() => seen, this.time)));
    await session.beforeCommit();
    if (!session.isOpen()) {
      throw new Error('The connection was closed.');
    }
    const tables = this.committed.snapshot();
    await writes.repeat(new MemoryTransaction(() => tables, this.time));
    this.committed = tables;
    this.commits++;
    session.onCommit();
    return result;
  }

  /** One after another for the same row. */
  private async locked<T>(key: string | null, work: () => Promise<T>): Promise<T> {
    if (key === null) {
      return work();
    }
    const before = this.locks.get(key);
    const turn = (before ?? Promise.resolve()).then(work);
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    this.locks.set(key, ended);
    return turn;
  }
}
