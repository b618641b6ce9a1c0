import type {
  AuthItem,
  ClaimedVm,
  CloudResource,
  CloudResourceState,
  ContextualizationRun,
  IdempotencyRecord,
  Infrastructure,
  InfrastructureEvent,
  InfrastructureVersion,
  Lease,
  LogChunk,
  LogScope,
  Operation,
  OperationLane,
  StoreTransaction,
  Vm,
  VmSummary,
} from '@im/domain';
import { SqlReader } from './sql-reader.js';

/**
 * The writes of one transaction. Who reads an infrastructure, or what belongs to it, locks its row first, so that nothing changes between
 * reading and writing: transactions about one infrastructure run one after another, as all do on SQLite. Rows are locked in one order
 * (lease, infrastructure, the rest), so that they seldom wait for each other in a circle.
 */
export class SqlTransaction extends SqlReader implements StoreTransaction {
  /** Infrastructures whose version was raised. */
  readonly changed = new Set<string>();
  private readonly locked = new Set<string>();

  override async infrastructure(id: string): Promise<Infrastructure | null> {
    if (this.locked.has(id)) {
      return super.infrastructure(id);
    }
    this.locked.add(id);
    return this.infrastructureTable.lockedById(id);
  }

  override async infrastructureVersion(id: string): Promise<InfrastructureVersion | null> {
    await this.lock(id);
    return super.infrastructureVersion(id);
  }

  override async vms(infrastructureId: string): Promise<Vm[]> {
    await this.lock(infrastructureId);
    return super.vms(infrastructureId);
  }

  override async vm(infrastructureId: string, imId: number): Promise<Vm | null> {
    await this.lock(infrastructureId);
    return super.vm(infrastructureId, imId);
  }

  override async vmSummaries(infrastructureId: string): Promise<VmSummary[]> {
    await this.lock(infrastructureId);
    return super.vmSummaries(infrastructureId);
  }

  override async operation(id: string): Promise<Operation | null> {
    const infrastructureId = await this.infrastructureTable.lockOfOperation(id);
    if (infrastructureId !== null) {
      this.locked.add(infrastructureId);
    }
    return super.operation(id);
  }

  override async activeOperations(infrastructureId: string): Promise<Operation[]> {
    await this.lock(infrastructureId);
    return super.activeOperations(infrastructureId);
  }

  override async latestOperation(infrastructureId: string, lane: OperationLane): Promise<Operation | null> {
    await this.lock(infrastructureId);
    return super.latestOperation(infrastructureId, lane);
  }

  override async resources(
    infrastructureId: string,
    states?: readonly CloudResourceState[],
  ): Promise<CloudResource[]> {
    await this.lock(infrastructureId);
    return super.resources(infrastructureId, states);
  }

  async insertInfrastructure(infrastructure: Infrastructure): Promise<void> {
    await this.infrastructureTable.insert(infrastructure);
    this.own(infrastructure.id);
  }

  async replaceDeletedInfrastructure(infrastructure: Infrastructure): Promise<void> {
    await this.infrastructureTable.replaceDeleted(infrastructure);
    this.own(infrastructure.id);
  }

  async saveInfrastructure(infrastructure: Infrastructure): Promise<void> {
    await this.infrastructureTable.save(infrastructure);
    this.own(infrastructure.id);
  }

  async insertVms(vms: readonly Vm[]): Promise<void> {
    for (const infrastructureId of new Set(vms.map((vm) => vm.infrastructureId))) {
      await this.raiseVersion(infrastructureId);
    }
    await this.vmTable.insert(vms);
  }

  async saveVms(vms: readonly Vm[]): Promise<void> {
    for (const infrastructureId of new Set(vms.map((vm) => vm.infrastructureId))) {
      await this.raiseVersion(infrastructureId);
      await this.vmTable.save(
        infrastructureId,
        vms.filter((vm) => vm.infrastructureId === infrastructureId),
      );
    }
  }

  async claimVmToLaunch(infrastructureId: string, lease: Lease): Promise<ClaimedVm | null> {
    await this.lock(infrastructureId);
    const claim = await this.vmTable.claim(infrastructureId, lease);
    if (claim === null) {
      return null;
    }
    await this.raiseVersion(infrastructureId);
    const vm = await this.vmTable.one(infrastructureId, claim.imId);
    return vm === null ? null : { ...vm, orphaned: claim.orphaned };
  }

  async insertOperation(operation: Operation): Promise<void> {
    await this.operationTable.insert(operation);
    await this.operationChanged(operation);
  }

  async saveOperation(operation: Operation): Promise<void> {
    if (await this.operationTable.save(operation)) {
      await this.operationChanged(operation);
    }
  }

  saveOperationRequest(operation: Pick<Operation, 'id' | 'request'>): Promise<void> {
    return this.operationTable.saveRequest(operation);
  }

  insertCredentials(operationId: string, items: readonly AuthItem[], expiresAt: number): Promise<void> {
    return this.credentialTable.insert(operationId, items, expiresAt);
  }

  deleteCredentials(operationId: string): Promise<void> {
    return this.credentialTable.delete(operationId);
  }

  appendLogs(chunks: readonly LogChunk[]): Promise<void> {
    return this.logTable.append(chunks);
  }

  clearLogs(infrastructureId: string, scopes: readonly LogScope[]): Promise<void> {
    return this.logTable.clear(infrastructureId, scopes);
  }

  insertResources(resources: readonly CloudResource[]): Promise<void> {
    return this.resourceTable.insert(resources);
  }

  saveResources(resources: readonly CloudResource[]): Promise<void> {
    return this.resourceTable.save(resources);
  }

  saveRuns(runs: readonly ContextualizationRun[]): Promise<void> {
    return this.runTable.save(runs);
  }

  insertIdempotency(record: IdempotencyRecord): Promise<void> {
    return this.idempotencyTable.insert(record);
  }

  appendEvents(events: readonly InfrastructureEvent[]): Promise<void> {
    return this.eventTable.append(events);
  }

  /** The state of an infrastructure that clients see depends on its operations. */
  private async operationChanged({ infrastructureId }: Operation): Promise<void> {
    if (infrastructureId !== null) {
      await this.raiseVersion(infrastructureId);
    }
  }

  private async raiseVersion(infrastructureId: string): Promise<void> {
    await this.infrastructureTable.raiseVersion(infrastructureId);
    this.own(infrastructureId);
  }

  private async lock(infrastructureId: string): Promise<void> {
    if (!this.locked.has(infrastructureId)) {
      this.locked.add(infrastructureId);
      await this.infrastructureTable.lock(infrastructureId);
    }
  }

  /** Its row was written, so it is locked. */
  private own(infrastructureId: string): void {
    this.changed.add(infrastructureId);
    this.locked.add(infrastructureId);
  }
}
