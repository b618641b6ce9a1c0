import type { AuthItem, ImIdentity } from '../model/cloud.js';
import type { ContextualizationRun } from '../model/contextualization-run.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { CloudResource, CloudResourceState } from '../model/ledger.js';
import type { Operation, OperationLane } from '../model/operation.js';
import type { ClaimedVm, Vm, VmSummary } from '../model/vm.js';

/** The right to write about one subject, for a while (design: architecture.md 2). */
export interface Lease {
  /** Infrastructure id, `<infrastructure id>/launch-<lane>` of a launch lane, or an operation id. */
  key: string;
  owner: string;
  /** Grows with every change of hands; writes with an old one are refused. */
  fence: number;
}

/** A lease as it was taken. */
export interface TakenLease extends Lease {
  /** The former holder did not give it back: it died, is cut off, or was too slow. */
  takenOver: boolean;
}

/** Version of what a cache may hold about an infrastructure. */
export interface InfrastructureVersion {
  version: number;
  deleted: boolean;
}

/** Scope of a contextualization log: a VM number, or -1 for the infrastructure itself. */
export type LogScope = number;
export const infrastructureLog: LogScope = -1;

export interface LogChunk {
  infrastructureId: string;
  scope: LogScope;
  text: string;
  /** With a run and offset the same chunk is stored once, however often it is sent. */
  run?: { runId: string; offset: number };
}

/** An entry of the audit trail and of the event stream. */
export interface InfrastructureEvent {
  infrastructureId: string;
  kind: string;
  data: unknown;
}

/** What a request under an idempotency key led to. */
export interface IdempotencyRecord {
  /** Fingerprint of requester and key. */
  key: string;
  /** Fingerprint of method, path and body. */
  requestHash: string;
  operationId: string | null;
  infrastructureId: string | null;
  /** Answer of a request that needed no operation; JSON value. */
  response: unknown;
  createdAt: number;
}

/** A row of the statistics (spec: stats-and-oaipmh.md). */
export interface InfrastructureListFilter {
  /** Only infrastructures that one of these owns; undefined: all (administrators). */
  owners?: ImIdentity[];
  includeDeleted?: boolean;
}

/** Reads; inside a transaction they see its own writes. */
export interface StoreReader {
  /** The database's clock, milliseconds since the epoch. */
  now(): Promise<number>;
  infrastructure(id: string): Promise<Infrastructure | null>;
  infrastructureVersion(id: string): Promise<InfrastructureVersion | null>;
  /** Ids, newest creation first, id as tie-break. */
  infrastructureIds(filter: InfrastructureListFilter): Promise<string[]>;
  /** Several at once, for the filter of the list and the statistics; in the order of `ids`. */
  infrastructuresById(ids: readonly string[]): Promise<Infrastructure[]>;
  /** All VMs, destroyed ones included, in order of their number. */
  vms(infrastructureId: string): Promise<Vm[]>;
  vm(infrastructureId: string, imId: number): Promise<Vm | null>;
  vmSummaries(infrastructureId: string): Promise<VmSummary[]>;
  operation(id: string): Promise<Operation | null>;
  /** Active operations of the infrastructure, oldest first. */
  activeOperations(infrastructureId: string): Promise<Operation[]>;
  /** The newest operation of a lane, active or not. */
  latestOperation(infrastructureId: string, lane: OperationLane): Promise<Operation | null>;
  /** Whole text of one log. */
  log(infrastructureId: string, scope: LogScope): Promise<string>;
  /** All logs of an infrastructure: scope -> text. */
  logs(infrastructureId: string): Promise<Map<LogScope, string>>;
  resources(infrastructureId: string, states?: readonly CloudResourceState[]): Promise<CloudResource[]>;
  runs(operationId: string): Promise<ContextualizationRun[]>;
  /** The unsealed authorization data of an operation; null once it was deleted or expired. */
  credentials(operationId: string): Promise<AuthItem[] | null>;
  idempotency(key: string): Promise<IdempotencyRecord | null>;
  events(
    infrastructureId: string,
    afterSequence: number,
    limit: number,
  ): Promise<(InfrastructureEvent & { sequence: number; at: number })[]>;
}

/** Writes. Saves compare and raise `version` where the row has one, else throw VersionConflictError. */
export interface StoreTransaction extends StoreReader {
  insertInfrastructure(infrastructure: Infrastructure): Promise<void>;
  /**
   * Puts an imported infrastructure in the place of a deleted one with the same id, of which everything is removed (VMs, documents,
   * operations, logs, ledger). The version goes on growing. @throws ImError `Conflict` when the stored one is not deleted
   */
  replaceDeletedInfrastructure(infrastructure: Infrastructure): Promise<void>;
  /** Raises `version` of the object given too. A deleted mark is never cleared, whatever the object says. */
  saveInfrastructure(infrastructure: Infrastructure): Promise<void>;
  insertVms(vms: readonly Vm[]): Promise<void>;
  /** Also raises the version of the infrastructure, so that caches notice: save the infrastructure before its VMs. */
  saveVms(vms: readonly Vm[]): Promise<void>;
  /**
   * Claims one VM for a launch lane: the first `planned` one that is due (`launchNotBefore` passed), or a `launching` one whose
   * claiming lease is no longer held by anybody (its worker died), in order of their numbers. Marks it `launching` under the key
   * and fence of `lease`: the claim lives exactly as long as that lease does. null when none is left to claim now.
   */
  claimVmToLaunch(infrastructureId: string, lease: Lease): Promise<ClaimedVm | null>;
  /** Raises the version of the infrastructure too, as `saveVms` does. */
  insertOperation(operation: Operation): Promise<void>;
  /** The same when the state changed: save the infrastructure before its operations. */
  saveOperation(operation: Operation): Promise<void>;
  /** Writes what an operation was asked for anew, which `saveOperation` leaves as it is. */
  saveOperationRequest(operation: Pick<Operation, 'id' | 'request'>): Promise<void>;
  insertCredentials(operationId: string, items: readonly AuthItem[], expiresAt: number): Promise<void>;
  deleteCredentials(operationId: string): Promise<void>;
  appendLogs(chunks: readonly LogChunk[]): Promise<void>;
  clearLogs(infrastructureId: string, scopes: readonly LogScope[]): Promise<void>;
  insertResources(resources: readonly CloudResource[]): Promise<void>;
  saveResources(resources: readonly CloudResource[]): Promise<void>;
  saveRuns(runs: readonly ContextualizationRun[]): Promise<void>;
  /** @throws ImError `Conflict` when the key exists. */
  insertIdempotency(record: IdempotencyRecord): Promise<void>;
  appendEvents(events: readonly InfrastructureEvent[]): Promise<void>;
}

/** The only truth. */
export interface Store extends StoreReader {
  /**
   * Runs `work` in one transaction; all or nothing. Deadlocks, lock timeouts and version conflicts run it again a few times, so
   * `work` must have no effect but through `tx`.
   * @param lease when given, the transaction is refused with LeaseLostError unless this lease is still held with its fence
   */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>, lease?: Lease): Promise<T>;
  /** Takes a free or expired lease; null while another owner holds it. */
  acquireLease(key: string, owner: string, ttlMs: number): Promise<TakenLease | null>;
  /** Extends a held lease. @throws LeaseLostError */
  renewLease(lease: Lease, ttlMs: number): Promise<void>;
  /**
   * Gives the lease back unless `stillNeeded` finds work in the same transaction.
   * @returns false when the lease was kept because of that work
   */
  releaseLease(lease: Lease, stillNeeded?: (tx: StoreReader) => Promise<boolean>): Promise<boolean>;
  /**
   * Ends all leases at once, as if their time were over. Only for a process that knows to be the only one on this database (standalone, at start):
   * what a killed predecessor held need not wait for its expiry.
   */
  expireAllLeases(): Promise<void>;
  /** For the reconciler: infrastructures (or operations without one) that have a due active operation and no live lease. */
  unattendedWork(limit: number): Promise<{ infrastructureId: string | null; operationId: string }[]>;
  /** Open rows of the ledger whose infrastructures are deleted, counted by their states; those without a row too. */
  countLeftBehind(): Promise<Map<CloudResourceState, number>>;
  /**
   * Deletes expired credentials and leases, finished refreshes and questions older than `finishedBefore`, and idempotency records
   * older than `keysBefore`.
   */
  sweep(finishedBefore: number, keysBefore: number): Promise<void>;
  /** Answers when the database can be used. @throws when not */
  ping(): Promise<void>;
  close(): Promise<void>;
}
