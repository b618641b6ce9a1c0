import type {
  CloudResourceState,
  Infrastructure,
  InfrastructureVersion,
  Lease,
  Sealer,
  Store,
  StoreReader,
  StoreTransaction,
  TakenLease,
} from '@im/domain';
import { LeaseLostError } from '@im/domain';
import type { SqlDatabase } from '../sql/connection.js';
import { CommitMarkTable } from '../tables/commit-mark-table.js';
import { CredentialTable } from '../tables/credential-table.js';
import { IdempotencyTable } from '../tables/idempotency-table.js';
import { LeaseTable } from '../tables/lease-table.js';
import { OperationTable } from '../tables/operation-table.js';
import type { Session } from '../tables/session.js';
import { SeenVersions } from './seen-versions.js';
import { SharedLooks } from './shared-looks.js';
import { SqlReader } from './sql-reader.js';
import { SqlTransaction } from './sql-transaction.js';

/** Nobody asks for the outcome of a commit after so long. */
const markLifeMs = 24 * 3_600_000;

/** The store on SQLite and on MySQL/MariaDB. */
export class SqlStore extends SqlReader implements Store {
  private readonly versions = new SharedLooks<InfrastructureVersion>(
    (ids) => this.committedVersions(ids),
    (id, found) => this.orLatest(id, found, (reader) => reader.infrastructureVersion(id)),
  );
  private readonly seen = new SeenVersions();
  /** What the database shows, without the care of this class. */
  private readonly committed: SqlReader;

  constructor(
    private readonly database: SqlDatabase,
    private readonly sealer: Sealer,
  ) {
    super({ connection: database.reads, sealer });
    this.committed = new SqlReader(this.session);
  }

  /** Clients that ask at once share one look, which begins after they asked. */
  override infrastructureVersion(id: string): Promise<InfrastructureVersion | null> {
    return this.versions.at(id);
  }

  override infrastructure(id: string): Promise<Infrastructure | null> {
    return this.newest(id, (reader) => reader.infrastructure(id));
  }

  async transaction<T>(work: (tx: StoreTransaction) => Promise<T>, lease?: Lease): Promise<T> {
    let changed: ReadonlySet<string> = new Set();
    const result = await this.inTransaction(async (session) => {
      if (lease !== undefined && !(await new LeaseTable(session).isHeld(lease))) {
        throw new LeaseLostError(lease.key);
      }
      const tx = new SqlTransaction(session);
      ({ changed } = tx);
      return work(tx);
    });
    for (const id of changed) {
      this.seen.raised(id);
    }
    return result;
  }

  acquireLease(key: string, owner: string, ttlMs: number): Promise<TakenLease | null> {
    return this.inLease((leases) => leases.acquire(key, owner, ttlMs));
  }

  renewLease(lease: Lease, ttlMs: number): Promise<void> {
    return this.inLease((leases) => leases.renew(lease, ttlMs));
  }

  releaseLease(lease: Lease, stillNeeded?: (tx: StoreReader) => Promise<boolean>): Promise<boolean> {
    return this.inLease(async (leases, session) => {
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

  countLeftBehind(): Promise<Map<CloudResourceState, number>> {
    return this.resourceTable.countLeftBehind();
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
    await this.inTransaction((session) => new CommitMarkTable(session).deleteOlderThan(now - markLifeMs));
  }

  async ping(): Promise<void> {
    await this.now();
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** One alone, the usual case of a service that is not busy, costs less by itself than as a list. */
  private async committedVersions(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, InfrastructureVersion>> {
    const [id] = ids;
    if (id === undefined || ids.length > 1) {
      return this.infrastructureTable.versions(ids);
    }
    const version = await this.infrastructureTable.version(id);
    return new Map(version === null ? [] : [[id, version]]);
  }

  private async newest<Found extends { version: number }>(
    id: string,
    read: (reader: SqlReader) => Promise<Found | null>,
  ): Promise<Found | null> {
    return this.orLatest(id, await read(this.committed), read);
  }

  /**
   * What was found, but nothing that goes back in time for this process: what is older than what it saw is read again where writes go.
   * @throws ImError `Unavailable` while only a copy that lags behind answers
   */
  private async orLatest<Found extends { version: number }>(
    id: string,
    found: Found | null,
    read: (reader: SqlReader) => Promise<Found | null>,
  ): Promise<Found | null> {
    if (!this.seen.isOld(id, found?.version ?? null)) {
      if (found !== null) {
        this.seen.saw(id, found.version);
      }
      return found;
    }
    const latest = await this.database.latest((connection) =>
      read(new SqlReader({ connection, sealer: this.sealer })),
    );
    this.seen.correct(id, latest?.version ?? null);
    return latest;
  }

  /** All leases end with a power cut. */
  private inLease<T>(work: (leases: LeaseTable, session: Session) => Promise<T>): Promise<T> {
    return this.inTransaction((session) => work(new LeaseTable(session), session), false);
  }

  private inTransaction<T>(work: (session: Session) => Promise<T>, durable = true): Promise<T> {
    return this.database.transaction((connection) => work({ connection, sealer: this.sealer }), durable);
  }
}
