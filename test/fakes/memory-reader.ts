import type {
  AuthItem,
  CloudResource,
  CloudResourceState,
  ContextualizationRun,
  IdempotencyRecord,
  ImIdentity,
  Infrastructure,
  InfrastructureListFilter,
  InfrastructureVersion,
  LogScope,
  Operation,
  OperationLane,
  StoreReader,
  Vm,
  VmSummary,
} from '@im/domain';
import { isActive } from '@im/domain';
import type { EventRow, MemoryTables } from './memory-tables.js';
import { copied, vmKey } from './memory-tables.js';

/** Reads of the memory store, of a snapshot or of what is committed. */
export class MemoryReader implements StoreReader {
  /**
   * @param tables what to read now
   * @param time the database's clock
   */
  constructor(
    protected readonly tables: () => MemoryTables,
    protected readonly time: () => number,
  ) {}

  async now(): Promise<number> {
    return this.time();
  }

  async infrastructure(id: string): Promise<Infrastructure | null> {
    return copied(this.tables().infrastructures.get(id) ?? null);
  }

  async infrastructureVersion(id: string): Promise<InfrastructureVersion | null> {
    const row = this.tables().infrastructures.get(id);
    return row === undefined ? null : { version: row.version, deleted: row.deletedAt !== null };
  }

  async infrastructureIds(filter: InfrastructureListFilter): Promise<string[]> {
    return [...this.tables().infrastructures.values()]
      .filter(
        (row) => (filter.includeDeleted === true || row.deletedAt === null) && isOwned(row, filter.owners),
      )
      .sort((a, b) => b.createdAt - a.createdAt || a.id.localeCompare(b.id))
      .map((row) => row.id);
  }

  async infrastructuresById(ids: readonly string[]): Promise<Infrastructure[]> {
    return ids.flatMap((id) => copied(this.tables().infrastructures.get(id) ?? []));
  }

  async vms(infrastructureId: string): Promise<Vm[]> {
    return this.vmRows(infrastructureId).map((vm) => copied(vm));
  }

  async vm(infrastructureId: string, imId: number): Promise<Vm | null> {
    return copied(this.tables().vms.get(vmKey(infrastructureId, imId))?.vm ?? null);
  }

  async vmSummaries(infrastructureId: string): Promise<VmSummary[]> {
    return this.vmRows(infrastructureId).map(
      ({ imId, status, providerState, configured, providerId, lastSuccess, failingSince, addedBy }) => ({
        imId,
        status,
        providerState,
        configured,
        providerId,
        lastSuccess,
        failingSince,
        addedBy,
      }),
    );
  }

  async operation(id: string): Promise<Operation | null> {
    return copied(this.tables().operations.get(id) ?? null);
  }

  async activeOperations(infrastructureId: string): Promise<Operation[]> {
    return copied(
      this.operationRows().filter((row) => row.infrastructureId === infrastructureId && isActive(row)),
    );
  }

  async latestOperation(infrastructureId: string, lane: OperationLane): Promise<Operation | null> {
    const rows = this.operationRows().filter(
      (row) => row.infrastructureId === infrastructureId && row.lane === lane,
    );
    return copied(rows.at(-1) ?? null);
  }

  async log(infrastructureId: string, scope: LogScope): Promise<string> {
    return (await this.logs(infrastructureId)).get(scope) ?? '';
  }

  async logs(infrastructureId: string): Promise<Map<LogScope, string>> {
    const texts = new Map<LogScope, string>();
    for (const row of this.tables().logs.filter((log) => log.infrastructureId === infrastructureId)) {
      texts.set(row.scope, (texts.get(row.scope) ?? '') + row.text);
    }
    return texts;
  }

  async resources(
    infrastructureId: string,
    states?: readonly CloudResourceState[],
  ): Promise<CloudResource[]> {
    return copied(
      [...this.tables().resources.values()].filter(
        (row) =>
          row.infrastructureId === infrastructureId && (states === undefined || states.includes(row.state)),
      ),
    );
  }

  async runs(operationId: string): Promise<ContextualizationRun[]> {
    return copied([...this.tables().runs.values()].filter((row) => row.operationId === operationId));
  }

  async credentials(operationId: string): Promise<AuthItem[] | null> {
    const row = this.tables().credentials.get(operationId);
    return row === undefined || row.expiresAt <= this.time() ? null : copied(row.items);
  }

  async idempotency(key: string): Promise<IdempotencyRecord | null> {
    return copied(this.tables().idempotency.get(key) ?? null);
  }

  async events(infrastructureId: string, afterSequence: number, limit: number): Promise<EventRow[]> {
    return copied(
      this.tables()
        .events.filter((row) => row.infrastructureId === infrastructureId && row.sequence > afterSequence)
        .slice(0, limit),
    );
  }

  private vmRows(infrastructureId: string): Vm[] {
    return [...this.tables().vms.values()]
      .map((row) => row.vm)
      .filter((vm) => vm.infrastructureId === infrastructureId)
      .sort((a, b) => a.imId - b.imId);
  }

  /** Oldest first: ids are time-ordered. */
  protected operationRows(): Operation[] {
    return [...this.tables().operations.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function isOwned(row: Infrastructure, owners: readonly ImIdentity[] | undefined): boolean {
  return (
    owners === undefined ||
    row.owners.some((owner) =>
      owners.some((identity) => identity.username === owner.username && identity.password === owner.password),
    )
  );
}
