import type { Lease, StoreTransaction } from '@im/domain';
import { VersionConflictError } from '@im/domain';
import { MemoryStore } from '../../fakes/memory-store.js';
import type { MemoryTables } from '../../fakes/memory-tables.js';
import { MemoryTransaction } from '../../fakes/memory-transaction.js';
import { RecordedWrites } from './recorded-writes.js';
import { RowLocks } from './row-locks.js';

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
 * The database of a simulation: the memory store with transactions that run beside each other, as those of libs/persistence do on MySQL. A
 * transaction locks the row of its lease, and of each infrastructure when it reads something of it, until it ends; what it does not lock
 * (idempotency keys, new rows) others may write between its reads and its commit.
 */
export class Database extends MemoryStore {
  /** False plants a defect: whoever had a lease once writes under it for ever. */
  checksFences = true;
  /** False plants a defect: transactions about one infrastructure do not wait for each other. */
  locksInfrastructures = true;
  private readonly locks = new RowLocks();

  get rows(): MemoryTables {
    return this.committed;
  }

  async transactionOn<T>(
    session: Session,
    work: (tx: StoreTransaction) => Promise<T>,
    lease?: Lease,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(session, work, lease);
      } catch (error) {
        if (!(error instanceof VersionConflictError) || attempt >= attempts) {
          throw error;
        }
      }
    }
  }

  override acquireLease(
    ...values: Parameters<MemoryStore['acquireLease']>
  ): ReturnType<MemoryStore['acquireLease']> {
    return this.onLease(values[0], () => super.acquireLease(...values));
  }

  override renewLease(lease: Lease, ttlMs: number): Promise<void> {
    return this.onLease(lease.key, () => super.renewLease(lease, ttlMs));
  }

  override releaseLease(...values: Parameters<MemoryStore['releaseLease']>): Promise<boolean> {
    return this.onLease(values[0].key, () => super.releaseLease(...values));
  }

  private async once<T>(
    session: Session,
    work: (tx: StoreTransaction) => Promise<T>,
    lease: Lease | undefined,
  ): Promise<T> {
    const held = new Map<string, () => void>();
    const lock = async (row: string): Promise<void> => {
      if (!held.has(row)) {
        held.set(row, () => undefined);
        held.set(row, await this.locks.take(row));
      }
    };
    try {
      if (lease !== undefined) {
        await lock(`lease ${lease.key}`);
        if (this.checksFences) {
          this.requireLease(this.committed, lease);
        }
      }
      return await this.readThenWrite(session, work, async (id) => {
        if (this.locksInfrastructures) {
          await lock(`infrastructure ${id}`);
        }
      });
    } finally {
      for (const release of held.values()) {
        release();
      }
    }
  }

  private async readThenWrite<T>(
    session: Session,
    work: (tx: StoreTransaction) => Promise<T>,
    lock: (infrastructureId: string) => Promise<void>,
  ): Promise<T> {
    let seen = this.committed.snapshot();
    const writes: RecordedWrites = new RecordedWrites(async (infrastructureId) => {
      await lock(infrastructureId);
      if (writes.isEmpty && this.locksInfrastructures) {
        seen = this.committed.snapshot();
      }
    });
    const result = await work(writes.of(new MemoryTransaction(() => seen, this.time)));
    await session.beforeCommit();
    if (!session.isOpen()) {
      throw new Error('The connection was closed.');
    }
    await this.commit(writes, session);
    return result;
  }

  /** Does the writes on the tables as they are now. */
  private async commit(writes: RecordedWrites, session: Session): Promise<void> {
    for (;;) {
      const base = this.committed;
      const tables = base.snapshot();
      await writes.repeat(new MemoryTransaction(() => tables, this.time));
      if (this.committed === base) {
        // Leases change in place, and by no transaction.
        tables.leases = base.leases;
        this.committed = tables;
        this.commits++;
        session.onCommit();
        return;
      }
    }
  }

  private async onLease<T>(key: string, work: () => Promise<T>): Promise<T> {
    const release = await this.locks.take(`lease ${key}`);
    try {
      return await work();
    } finally {
      release();
    }
  }
}
