import type { CloudResource, VmStatus } from '@im/domain';
import { isActive } from '@im/domain';
import type { MemoryTables } from '../../fakes/memory-tables.js';
import type { CloudReality } from '../cloud/cloud-reality.js';
import { checkReality } from './cloud-check.js';
import { must } from './violation.js';

const restingStatuses: readonly VmStatus[] = ['live', 'failed', 'destroyed'];

/** Whether every operation has ended. */
export function isAtRest(tables: MemoryTables): boolean {
  return ![...tables.operations.values()].some((operation) => isActive(operation));
}

/** What must hold once nothing goes wrong any more and everything had its time. @throws Violation */
export function checkRest(tables: MemoryTables, clouds: ReadonlyMap<string, CloudReality>): void {
  const stuck = [...tables.operations.values()].filter((operation) => isActive(operation));
  must(
    stuck.length === 0,
    () =>
      `Operations never ended: ${stuck.map(({ kind, id, state, step }) => `${kind} ${id} ${state} at ${step}`).join(', ')}.`,
  );
  for (const cloud of clouds.values()) {
    checkReality(tables, cloud);
  }
  for (const row of tables.resources.values()) {
    checkRow(row, tables, clouds);
  }
  for (const { vm } of tables.vms.values()) {
    must(
      restingStatuses.includes(vm.status),
      () => `The VM ${vm.launchToken} stays ${vm.status} and nobody works on it.`,
    );
    const deleted = tables.infrastructures.get(vm.infrastructureId)?.deletedAt !== null;
    must(
      !deleted || vm.status === 'destroyed',
      () => `The infrastructure of the VM ${vm.launchToken} is deleted, the VM is ${vm.status}.`,
    );
  }
  must(tables.credentials.size === 0, () => 'Credentials of operations that ended are still kept.');
}

function checkRow(row: CloudResource, tables: MemoryTables, clouds: ReadonlyMap<string, CloudReality>): void {
  const cloud = clouds.get(row.cloudId);
  const exists =
    row.kind === 'network'
      ? cloud?.networks.has(row.token) === true
      : (cloud?.machinesOf(row.token).length ?? 0) > 0;
  must(row.state !== 'gone' || !exists, () => `The ${row.kind} ${row.token} is gone, and still there.`);
  must(
    row.state !== 'present' || exists,
    () => `The ledger calls the ${row.kind} ${row.token} present, and it does not exist.`,
  );
  const deleted = tables.infrastructures.get(row.infrastructureId)?.deletedAt !== null;
  must(
    !deleted || row.state === 'gone',
    () => `The infrastructure of the ${row.kind} ${row.token} is deleted, the ledger calls it ${row.state}.`,
  );
}

/** After everything was destroyed nothing is left, anywhere. @throws Violation */
export function checkNothingLeft(tables: MemoryTables, clouds: ReadonlyMap<string, CloudReality>): void {
  checkRest(tables, clouds);
  for (const row of tables.infrastructures.values()) {
    must(row.deletedAt !== null, () => `The infrastructure ${row.id} was destroyed, and is still there.`);
  }
  for (const cloud of clouds.values()) {
    const left = [...cloud.machines.values(), ...cloud.networks.values()].map(({ token }) => token);
    must(left.length === 0, () => `Everything was destroyed, and ${left.join(', ')} still exist.`);
  }
}
