import type {
  AuthItem,
  ClaimedVm,
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
import { ImError, mayBecome, VersionConflictError } from '@im/domain';
import { MemoryReader } from './memory-reader.js';
import { copied, vmKey } from './memory-tables.js';

/** Writes of the memory store, to the snapshot of one transaction. */
export class MemoryTransaction extends MemoryReader implements StoreTransaction {
  async insertInfrastructure(infrastructure: Infrastructure): Promise<void> {
    const { infrastructures } = this.tables();
    refuseDouble(infrastructures.has(infrastructure.id), `infrastructure ${infrastructure.id}`);
    infrastructures.set(infrastructure.id, copied(infrastructure));
  }

  async replaceDeletedInfrastructure(infrastructure: Infrastructure): Promise<void> {
    const tables = this.tables();
    const known = tables.infrastructures.get(infrastructure.id);
    if (known !== undefined && known.deletedAt === null) {
      throw new ImError('Conflict', 'The infrastructure exists.');
    }
    const isOthers = (row: { infrastructureId: string | null }) => row.infrastructureId !== infrastructure.id;
    tables.vms = filtered(tables.vms, (row) => isOthers(row.vm));
    tables.operations = filtered(tables.operations, isOthers);
    tables.resources = filtered(tables.resources, isOthers);
    tables.runs = filtered(tables.runs, isOthers);
    tables.logs = tables.logs.filter(isOthers);
    const version = Math.max((known?.version ?? 0) + 1, infrastructure.version);
    tables.infrastructures.set(infrastructure.id, { ...copied(infrastructure), version });
  }

  async saveInfrastructure(infrastructure: Infrastructure): Promise<void> {
    const known = this.tables().infrastructures.get(infrastructure.id);
    requireVersion(known, infrastructure, `Infrastructure ${infrastructure.id}`);
    this.tables().infrastructures.set(infrastructure.id, {
      ...copied(infrastructure),
      version: infrastructure.version + 1,
      updatedAt: this.time(),
      deletedAt: known?.deletedAt ?? infrastructure.deletedAt,
    });
    infrastructure.version++;
  }

  async insertVms(vms: readonly Vm[]): Promise<void> {
    for (const vm of vms) {
      const key = vmKey(vm.infrastructureId, vm.imId);
      refuseDouble(this.tables().vms.has(key), `VM ${key}`);
      this.tables().vms.set(key, { vm: copied(vm), claim: null });
      this.raiseVersion(vm.infrastructureId);
    }
  }

  async saveVms(vms: readonly Vm[]): Promise<void> {
    for (const vm of vms) {
      const key = vmKey(vm.infrastructureId, vm.imId);
      const known = this.tables().vms.get(key);
      requireVersion(known?.vm, vm, `VM ${key}`);
      const claim = vm.status === 'launching' ? (known?.claim ?? null) : null;
      this.tables().vms.set(key, { vm: { ...copied(vm), version: vm.version + 1 }, claim });
      this.raiseVersion(vm.infrastructureId);
    }
  }

  async claimVmToLaunch(infrastructureId: string, lease: Lease): Promise<ClaimedVm | null> {
    const now = this.time();
    const candidates = [...this.tables().vms.values()]
      .filter(({ vm }) => vm.infrastructureId === infrastructureId)
      .sort((a, b) => a.vm.imId - b.vm.imId);
    const found = candidates.find(
      ({ vm, claim }) =>
        (vm.status === 'planned' && (vm.launchNotBefore === null || vm.launchNotBefore <= now)) ||
        (vm.status === 'launching' && !this.isClaimed(claim, lease)),
    );
    if (found === undefined) {
      return null;
    }
    const vm: Vm = { ...found.vm, status: 'launching', version: found.vm.version + 1 };
    this.tables().vms.set(vmKey(infrastructureId, vm.imId), {
      vm,
      claim: { key: lease.key, fence: lease.fence },
    });
    this.raiseVersion(infrastructureId);
    return { ...copied(vm), orphaned: found.vm.status === 'launching' };
  }

  async insertOperation(operation: Operation): Promise<void> {
    refuseDouble(this.tables().operations.has(operation.id), `operation ${operation.id}`);
    this.tables().operations.set(operation.id, copied(operation));
    if (operation.infrastructureId !== null) {
      this.raiseVersion(operation.infrastructureId);
    }
  }

  async saveOperation(operation: Operation): Promise<void> {
    const known = this.tables().operations.get(operation.id);
    if (
      known === undefined ||
      !(known.state === operation.state || mayBecome(known.state, operation.state))
    ) {
      throw new VersionConflictError(`Operation ${operation.id}`);
    }
    this.tables().operations.set(operation.id, copied({ ...operation, request: known.request }));
    if (operation.infrastructureId !== null && known.state !== operation.state) {
      this.raiseVersion(operation.infrastructureId);
    }
  }

  async saveOperationRequest({ id, request }: Pick<Operation, 'id' | 'request'>): Promise<void> {
    const known = this.tables().operations.get(id);
    if (known !== undefined) {
      this.tables().operations.set(id, copied({ ...known, request }));
    }
  }

  async insertCredentials(operationId: string, items: readonly AuthItem[], expiresAt: number): Promise<void> {
    this.tables().credentials.set(operationId, { items: copied([...items]), expiresAt });
  }

  async deleteCredentials(operationId: string): Promise<void> {
    this.tables().credentials.delete(operationId);
  }

  async appendLogs(chunks: readonly LogChunk[]): Promise<void> {
    const { logs } = this.tables();
    for (const { infrastructureId, scope, text, run } of chunks) {
      const mark = run === undefined ? null : `${run.runId}:${run.offset}`;
      const stored =
        mark !== null && logs.some((row) => row.infrastructureId === infrastructureId && row.mark === mark);
      if (!stored) {
        logs.push({ infrastructureId, scope, text, mark });
      }
    }
  }

  async clearLogs(infrastructureId: string, scopes: readonly LogScope[]): Promise<void> {
    const tables = this.tables();
    tables.logs = tables.logs.filter(
      (row) => row.infrastructureId !== infrastructureId || !scopes.includes(row.scope),
    );
  }

  async insertResources(resources: readonly CloudResource[]): Promise<void> {
    for (const resource of resources) {
      refuseDouble(this.tables().resources.has(resource.id), `resource ${resource.id}`);
      this.tables().resources.set(resource.id, copied(resource));
    }
  }

  /** Rows are found by what makes them unique; see `CloudResource.token`. */
  async saveResources(resources: readonly CloudResource[]): Promise<void> {
    const table = this.tables().resources;
    for (const resource of resources) {
      const known = [...table.values()].find((row) => isSameResource(row, resource));
      table.set(known?.id ?? resource.id, { ...copied(resource), id: known?.id ?? resource.id });
    }
  }

  async saveRuns(runs: readonly ContextualizationRun[]): Promise<void> {
    for (const run of runs) {
      this.tables().runs.set(`${run.operationId}/${run.runId}`, copied(run));
    }
  }

  async insertIdempotency(record: IdempotencyRecord): Promise<void> {
    if (this.tables().idempotency.has(record.key)) {
      throw new ImError('Conflict', 'The idempotency key exists.');
    }
    this.tables().idempotency.set(record.key, copied(record));
  }

  async appendEvents(events: readonly InfrastructureEvent[]): Promise<void> {
    const table = this.tables().events;
    for (const event of events) {
      table.push({ ...copied(event), sequence: table.length + 1, at: this.time() });
    }
  }

  /** A claim lives as long as its lease; a lane never waits for itself. */
  private isClaimed(claim: { key: string; fence: number } | null, lease: Lease): boolean {
    if (claim === null || (claim.key === lease.key && claim.fence !== lease.fence)) {
      return false;
    }
    const row = this.tables().leases.get(claim.key);
    return (
      row !== undefined && row.fence === claim.fence && row.expiresAt !== null && row.expiresAt > this.time()
    );
  }

  private raiseVersion(infrastructureId: string): void {
    const { infrastructures } = this.tables();
    const row = infrastructures.get(infrastructureId);
    if (row !== undefined) {
      infrastructures.set(infrastructureId, { ...row, version: row.version + 1, updatedAt: this.time() });
    }
  }
}

function filtered<Row>(table: Map<string, Row>, keep: (row: Row) => boolean): Map<string, Row> {
  return new Map([...table].filter(([, row]) => keep(row)));
}

function isSameResource(a: CloudResource, b: CloudResource): boolean {
  return (
    a.id === b.id ||
    (a.infrastructureId === b.infrastructureId &&
      a.cloudId === b.cloudId &&
      a.kind === b.kind &&
      a.token === b.token)
  );
}

function requireVersion(
  known: { version: number } | undefined,
  row: { version: number },
  what: string,
): void {
  if (known?.version !== row.version) {
    throw new VersionConflictError(what);
  }
}

function refuseDouble(exists: boolean, what: string): void {
  if (exists) {
    throw new Error(`There is already an ${what}.`);
  }
}
