import type { Lease, Sealer, Store, StoreReader, StoreTransaction } from '@im/domain';
import { LeaseLostError } from '@im/domain';
import type { SqlDatabase } from '../sql/connection.js';
import { CredentialTable } from '../tables/credential-table.js';
import { IdempotencyTable } from '../tables/idempotency-table.js';
import { LeaseTable } from '../tables/lease-table.js';
import { OperationTable } from '../tables/operation-table.js';
import type { Session } from '../tables/session.js';
import { SqlReader } from './sql-reader.js';
import { SqlTransaction } from './sql-transaction.js';

/** The store on SQLite and on MySQL/MariaDB. */
export class SqlStore extends SqlReader implements Store {
  constructor(
    private readonly database: SqlDatabase,
    private readonly sealer: Sealer,
  ) {
    super({ connection: database.reads, sealer });
  }

  transaction<T>(work: (tx: StoreTransaction) => Promise<T>, lease?: Lease): Promise<T> {
    return this.inTransaction(async (session) => {
      if (lease !== undefined && !(await new LeaseTable(session).isHeld(lease))) {
        throw new LeaseLostError(lease.key);
      }
      return work(new SqlTransaction(session));
    });
  }

  acquireLease(key: string, owner: string, ttlMs: number): Promise<Lease | null> {
    return this.inTransaction((session) => new LeaseTable(session).acquire(key, owner, ttlMs));
  }

  renewLease(lease: Lease, ttlMs: number): Promise<void> {
    return this.inTransaction((session) => new LeaseTable(session).renew(lease, ttlMs));
  }

  releaseLease(lease: Lease, stillNeeded?: (tx: StoreReader) => Promise<boolean>): Promise<boolean> {
    return this.inTransaction(async (session) => {
      const leases = new LeaseTable(session);
      if (!(await leases.isHeld(lease))) {
        return true;
      }
      if (stillNeeded !== undefined && (await stillNeeded(new SqlReader(session)))) {
        return false;
      }
      await leases.giveBack(lease.key);
      return true;
    });
  }

  expireAllLeases(): Promise<void> {
    return this.inTransaction((session) => new LeaseTable(session).expireAll());
  }

  unattendedWork(limit: number): Promise<{ infrastructureId: string | null; operationId: string }[]> {
    return this.operationTable.unattended(limit);
  }

  /** One small transaction per table, so that nobody waits for long. */
  async sweep(finishedBefore: number, keysBefore: number): Promise<void> {
    const now = await this.now();
    await this.inTransaction((session) => new CredentialTable(session).deleteExpired(now));
    await this.inTransaction((session) =>
      new LeaseTable(session).deleteExpired(Math.min(finishedBefore, now)),
    );
    await this.inTransaction((session) =>
      new OperationTable(session).deleteAnsweredQuestions(finishedBefore),
    );
    await this.inTransaction((session) => new IdempotencyTable(session).deleteOlderThan(keysBefore));
  }

  async ping(): Promise<void> {
    await this.now();
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private inTransaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.database.transaction((connection) => work({ connection, sealer: this.sealer }));
  }
}
