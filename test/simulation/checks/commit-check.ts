import type { CloudResource, Infrastructure, Operation } from '@im/domain';
import { isActive } from '@im/domain';
import type { LeaseRow, MemoryTables, StoredVm } from '../../fakes/memory-tables.js';
import type { CloudReality } from '../cloud/cloud-reality.js';
import type { Database } from '../service/database.js';
import type { Writer } from '../service/process-store.js';
import { deploySteps, operationChanges, vmChanges } from './allowed-changes.js';
import { changesBetween } from './changes-between.js';
import { must } from './violation.js';

/** Compares the database before and after every write, and says what must not have changed like that. */
export class CommitCheck {
  /** Infrastructure (or operation) id -> when an operation or lease of it changed last. */
  readonly touchedAt = new Map<string, number>();
  /** Wish of a user -> operations that were accepted for it. */
  readonly accepted = new Map<string, string[]>();
  private tables: MemoryTables;
  private leases: Map<string, LeaseRow>;

  constructor(
    private readonly database: Database,
    private readonly clouds: ReadonlyMap<string, CloudReality>,
    private readonly now: () => number,
    /** Told what was committed, for traces; null: nobody wants to know. */
    private readonly tell: ((change: string) => void) | null = null,
  ) {
    this.tables = database.rows;
    this.leases = new Map(this.tables.leases);
  }

  /** To be called after every write. @throws Violation */
  written(writer: Writer): void {
    const before = this.tables;
    const after = this.database.rows;
    this.leasesChanged(after);
    if (after !== before) {
      this.tables = after;
      if (this.tell !== null) {
        changesBetween(before, after).forEach(this.tell);
      }
      checkFence(writer, after);
      this.operationsChanged(before, after, writer);
      this.vmsChanged(before, after);
      this.infrastructuresChanged(before, after);
      this.resourcesChanged(before, after);
    }
  }

  private leasesChanged(after: MemoryTables): void {
    for (const [key, row] of this.leases) {
      const now = after.leases.get(key);
      must((now?.fence ?? -1) >= row.fence, () => `The fence of ${key} went down.`);
    }
    for (const [key, row] of after.leases) {
      if (this.leases.get(key) !== row) {
        this.touch(key);
      }
    }
    this.leases = new Map(after.leases);
  }

  private operationsChanged(before: MemoryTables, after: MemoryTables, writer: Writer): void {
    for (const [id, row] of after.operations) {
      const known = before.operations.get(id);
      if (known === row) {
        continue;
      }
      this.touch(row.infrastructureId ?? id);
      if (known !== undefined) {
        checkOperationChange(known, row);
      } else if (writer.wish !== null) {
        this.accept(writer.wish, row);
      }
    }
  }

  /** A refresh changes nothing: it is not asked for under a key. */
  private accept(wish: string, operation: Operation): void {
    if (operation.kind === 'refresh') {
      return;
    }
    const accepted = [...(this.accepted.get(wish) ?? []), operation.id];
    this.accepted.set(wish, accepted);
    must(accepted.length === 1, () => `The wish ${wish} was accepted twice: ${accepted.join(', ')}.`);
  }

  private vmsChanged(before: MemoryTables, after: MemoryTables): void {
    for (const [key, row] of after.vms) {
      const known = before.vms.get(key);
      if (known === row) {
        continue;
      }
      if (known === undefined) {
        checkNewVm(row, before.operations);
      } else {
        checkVmChange(known, row);
      }
      const { infrastructureId } = row.vm;
      const versions = [before, after].map(
        (tables) => tables.infrastructures.get(infrastructureId)?.version ?? 0,
      );
      must((versions[1] ?? 0) > (versions[0] ?? 0), () => `The VM ${key} changed and no version tells it.`);
    }
    for (const key of before.vms.keys()) {
      must(after.vms.has(key), () => `The row of the VM ${key} vanished.`);
    }
  }

  private infrastructuresChanged(before: MemoryTables, after: MemoryTables): void {
    for (const [id, row] of after.infrastructures) {
      const known = before.infrastructures.get(id);
      if (known !== undefined && known !== row) {
        checkInfrastructureChange(known, row);
      }
    }
  }

  private resourcesChanged(before: MemoryTables, after: MemoryTables): void {
    for (const [id, row] of after.resources) {
      if (before.resources.get(id) !== row && row.state === 'gone') {
        must(
          !this.exists(row),
          () => `The ledger says that the ${row.kind} ${row.token} is gone; it is not.`,
        );
      }
    }
  }

  private exists(row: CloudResource): boolean {
    const cloud = this.clouds.get(row.cloudId);
    return (
      cloud !== undefined &&
      (row.kind === 'network' ? cloud.networks.has(row.token) : cloud.machinesOf(row.token).length > 0)
    );
  }

  private touch(key: string): void {
    this.touchedAt.set(key, this.now());
  }
}

/** Every write of a worker is made under a lease that nobody has taken over. */
function checkFence(writer: Writer, after: MemoryTables): void {
  const { actor, lease } = writer;
  if (actor.kind !== 'worker') {
    return;
  }
  must(lease !== null, () => `${actor.name} wrote without a lease.`);
  const row = after.leases.get(lease?.key ?? '');
  must(
    row?.fence === lease?.fence && row?.owner === actor.name,
    () => `${actor.name} wrote under the lease ${lease?.key} that ${row?.owner} has taken over.`,
  );
}

function checkOperationChange(known: Operation, row: Operation): void {
  must(
    known.state === row.state ? isActive(known) : operationChanges[known.state].includes(row.state),
    () => `The ${row.kind} ${row.id} went from ${known.state} to ${row.state}.`,
  );
  if (row.kind === 'create' || row.kind === 'add') {
    const [from, to] = [known, row].map(({ step }) => deploySteps.findIndex((name) => name === step));
    must(
      (to ?? 0) >= (from ?? 0),
      () => `The ${row.kind} ${row.id} went back from ${known.step} to ${row.step}.`,
    );
  }
}

function checkNewVm({ vm }: StoredVm, operations: ReadonlyMap<string, Operation>): void {
  const operation = operations.get(vm.addedBy ?? '');
  must(
    operation !== undefined && isActive(operation),
    () => `The VM ${vm.launchToken} was planned by nobody.`,
  );
  must(
    operation?.startedAt !== null,
    () => `The VM ${vm.launchToken} was planned by an operation that was to stop before it began.`,
  );
}

function checkVmChange({ vm: known }: StoredVm, { vm }: StoredVm): void {
  must(
    known.status === vm.status || vmChanges[known.status].includes(vm.status),
    () => `The VM ${vm.launchToken} went from ${known.status} to ${vm.status}.`,
  );
  must(vm.version > known.version, () => `The version of the VM ${vm.launchToken} did not grow.`);
  must(
    known.providerId === null || known.providerId === vm.providerId,
    () => `The VM ${vm.launchToken} changed its machine from ${known.providerId} to ${vm.providerId}.`,
  );
  must(vm.status !== 'live' || vm.providerId !== null, () => `The VM ${vm.launchToken} is live nowhere.`);
}

function checkInfrastructureChange(known: Infrastructure, row: Infrastructure): void {
  must(row.version > known.version, () => `The version of ${row.id} did not grow.`);
  must(row.nextVmId >= known.nextVmId, () => `VM numbers of ${row.id} would be used again.`);
  must(
    known.deletedAt === null || row.deletedAt === known.deletedAt,
    () => `The infrastructure ${row.id} came back from the dead.`,
  );
}
