import type {
  AuthItem,
  CloudResource,
  ContextualizationRun,
  IdempotencyRecord,
  Infrastructure,
  InfrastructureEvent,
  Lease,
  LogChunk,
  LogScope,
  Operation,
  StoreTransaction,
  Vm,
} from '@im/domain';
import { SqlReader } from './sql-reader.js';

/**
 * The writes of one transaction. Rows are locked in one order (lease, infrastructure, VMs), so that transactions seldom wait for
 * each other in a circle.
 */
export class SqlTransaction extends SqlReader implements StoreTransaction {
  insertInfrastructure(infrastructure: Infrastructure): Promise<void> {
    return this.infrastructureTable.insert(infrastructure);
  }

  replaceDeletedInfrastructure(infrastructure: Infrastructure): Promise<void> {
    return this.infrastructureTable.replaceDeleted(infrastructure);
  }

  saveInfrastructure(infrastructure: Infrastructure): Promise<void> {
    return this.infrastructureTable.save(infrastructure);
  }

  async insertVms(vms: readonly Vm[]): Promise<void> {
    for (const infrastructureId of new Set(vms.map((vm) => vm.infrastructureId))) {
      await this.infrastructureTable.raiseVersion(infrastructureId);
    }
    await this.vmTable.insert(vms);
  }

  async saveVms(vms: readonly Vm[]): Promise<void> {
    for (const infrastructureId of new Set(vms.map((vm) => vm.infrastructureId))) {
      await this.infrastructureTable.raiseVersion(infrastructureId);
      await this.vmTable.save(
        infrastructureId,
        vms.filter((vm) => vm.infrastructureId === infrastructureId),
      );
    }
  }

  async claimVmToLaunch(infrastructureId: string, lease: Lease): Promise<Vm | null> {
    await this.infrastructureTable.lock(infrastructureId);
    const imId = await this.vmTable.claim(infrastructureId, lease);
    if (imId === null) {
      return null;
    }
    await this.infrastructureTable.raiseVersion(infrastructureId);
    return this.vmTable.one(infrastructureId, imId);
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
      await this.infrastructureTable.raiseVersion(infrastructureId);
    }
  }
}
