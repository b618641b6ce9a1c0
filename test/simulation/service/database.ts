import type { Lease } from '@im/domain';
import { MemoryStore } from '../../fakes/memory-store.js';
import type { MemoryTables } from '../../fakes/memory-tables.js';

/** The database of a simulation: the memory store, open to the eyes of the checks. */
export class Database extends MemoryStore {
  /** False plants a defect: whoever had a lease once writes under it for ever. */
  checksFences = true;

  get rows(): MemoryTables {
    return this.committed;
  }

  protected override requireLease(tables: MemoryTables, lease: Lease): void {
    if (this.checksFences) {
      super.requireLease(tables, lease);
    }
  }
}
