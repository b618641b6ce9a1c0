import type {
  AuthItem,
  CloudResource,
  CloudResourceState,
  ContextualizationRun,
  IdempotencyRecord,
  Infrastructure,
  InfrastructureEvent,
  InfrastructureListFilter,
  InfrastructureVersion,
  LogScope,
  Operation,
  OperationLane,
  StoreReader,
  Vm,
  VmSummary,
} from '@im/domain';
import { number } from '../sql/row.js';
import { CredentialTable } from '../tables/credential-table.js';
import { EventTable } from '../tables/event-table.js';
import { IdempotencyTable } from '../tables/idempotency-table.js';
import { InfrastructureTable } from '../tables/infrastructure-table.js';
import { LogTable } from '../tables/log-table.js';
import { OperationTable } from '../tables/operation-table.js';
import { ResourceTable } from '../tables/resource-table.js';
import { RunTable } from '../tables/run-table.js';
import type { Session } from '../tables/session.js';
import { VmTable } from '../tables/vm-table.js';

/** The reads of a store, outside transactions or inside one. */
export class SqlReader implements StoreReader {
  protected readonly infrastructureTable: InfrastructureTable;
  protected readonly vmTable: VmTable;
  protected readonly operationTable: OperationTable;
  protected readonly logTable: LogTable;
  protected readonly resourceTable: ResourceTable;
  protected readonly runTable: RunTable;
  protected readonly credentialTable: CredentialTable;
  protected readonly idempotencyTable: IdempotencyTable;
  protected readonly eventTable: EventTable;

  constructor(protected readonly session: Session) {
    this.infrastructureTable = new InfrastructureTable(session);
    this.vmTable = new VmTable(session);
    this.operationTable = new OperationTable(session);
    this.logTable = new LogTable(session);
    this.resourceTable = new ResourceTable(session);
    this.runTable = new RunTable(session);
    this.credentialTable = new CredentialTable(session);
    this.idempotencyTable = new IdempotencyTable(session);
    this.eventTable = new EventTable(session);
  }

  async now(): Promise<number> {
    const { connection } = this.session;
    const row = await connection.first(`SELECT ${connection.dialect.now} AS time`);
    return number(row ?? {}, 'time');
  }

  infrastructure(id: string): Promise<Infrastructure | null> {
    return this.infrastructureTable.byId(id);
  }

  infrastructureVersion(id: string): Promise<InfrastructureVersion | null> {
    return this.infrastructureTable.version(id);
  }

  infrastructureIds(filter: InfrastructureListFilter): Promise<string[]> {
    return this.infrastructureTable.ids(filter);
  }

  infrastructuresById(ids: readonly string[]): Promise<Infrastructure[]> {
    return this.infrastructureTable.byIds(ids);
  }

  vms(infrastructureId: string): Promise<Vm[]> {
    return this.vmTable.ofInfrastructure(infrastructureId);
  }

  vm(infrastructureId: string, imId: number): Promise<Vm | null> {
    return this.vmTable.one(infrastructureId, imId);
  }

  vmSummaries(infrastructureId: string): Promise<VmSummary[]> {
    return this.vmTable.summaries(infrastructureId);
  }

  operation(id: string): Promise<Operation | null> {
    return this.operationTable.byId(id);
  }

  activeOperations(infrastructureId: string): Promise<Operation[]> {
    return this.operationTable.active(infrastructureId);
  }

  latestOperation(infrastructureId: string, lane: OperationLane): Promise<Operation | null> {
    return this.operationTable.latest(infrastructureId, lane);
  }

  log(infrastructureId: string, scope: LogScope): Promise<string> {
    return this.logTable.text(infrastructureId, scope);
  }

  logs(infrastructureId: string): Promise<Map<LogScope, string>> {
    return this.logTable.texts(infrastructureId);
  }

  resources(infrastructureId: string, states?: readonly CloudResourceState[]): Promise<CloudResource[]> {
    return this.resourceTable.ofInfrastructure(infrastructureId, states);
  }

  runs(operationId: string): Promise<ContextualizationRun[]> {
    return this.runTable.ofOperation(operationId);
  }

  async credentials(operationId: string): Promise<AuthItem[] | null> {
    return this.credentialTable.ofOperation(operationId, await this.now());
  }

  idempotency(key: string): Promise<IdempotencyRecord | null> {
    return this.idempotencyTable.byKey(key);
  }

  events(
    infrastructureId: string,
    afterSequence: number,
    limit: number,
  ): Promise<(InfrastructureEvent & { sequence: number; at: number })[]> {
    return this.eventTable.after(infrastructureId, afterSequence, limit);
  }
}
