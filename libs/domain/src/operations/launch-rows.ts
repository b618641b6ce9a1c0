import type { Vm } from '../model/vm.js';
import type { StoreTransaction } from '../ports/store.js';
import { launchFailureText, machineResource } from './planned-vms.js';

/** What is about to be asked for is in the ledger first. */
export async function insertMachineIntents(tx: StoreTransaction, vms: readonly Vm[]): Promise<void> {
  const now = await tx.now();
  await tx.insertResources(
    vms.filter((vm) => vm.status === 'planned').map((vm) => machineResource(vm, 'intended', now)),
  );
}

/** VMs whose cloud could not be prepared: failed placeholders, of which no cloud has anything. */
export async function markUnlaunchable(
  tx: StoreTransaction,
  infrastructureId: string,
  failed: readonly { vms: readonly Vm[]; causes: readonly string[] }[],
): Promise<void> {
  const causes = new Map(failed.flatMap((group) => group.vms.map((vm) => [vm.imId, group.causes] as const)));
  if (causes.size === 0) {
    return;
  }
  const now = await tx.now();
  const rows = (await tx.vms(infrastructureId)).filter(
    (vm) => causes.has(vm.imId) && vm.status === 'planned',
  );
  for (const vm of rows) {
    vm.status = 'failed';
    vm.providerState = 'failed';
    const text = (causes.get(vm.imId) ?? [])
      .map((cause, index) => `Attempt ${index + 1}: ${cause}\n`)
      .join('');
    vm.errorMessage = launchFailureText(vm, text);
  }
  await tx.saveVms(rows);
  await tx.saveResources(rows.map((vm) => machineResource(vm, 'gone', now)));
}

/** VMs that were never asked for need no cloud to disappear. */
export async function dropPlanned(
  tx: StoreTransaction,
  infrastructureId: string,
  operationId: string,
): Promise<void> {
  const now = await tx.now();
  const rows = (await tx.vms(infrastructureId)).filter(
    (vm) => vm.addedBy === operationId && vm.status === 'planned' && vm.launchAttempts === 0,
  );
  const tried = (await tx.vms(infrastructureId)).filter(
    (vm) => vm.addedBy === operationId && vm.status === 'planned' && vm.launchAttempts > 0,
  );
  await tx.saveVms([
    ...rows.map((vm) => ({ ...vm, status: 'destroyed' as const })),
    ...tried.map((vm) => ({ ...vm, status: 'failed' as const, providerState: 'failed' as const })),
  ]);
  await tx.saveResources(rows.map((vm) => machineResource(vm, 'gone', now)));
}

/**
 * Nobody launches these VMs any more: they become failed ones, which their owner can remove. Machines that a launch may have made are found
 * by their tokens then.
 */
export async function abandonLaunches(
  tx: StoreTransaction,
  operation: { id: string; infrastructureId: string | null },
  reason: string,
): Promise<void> {
  const now = await tx.now();
  const open = (await tx.vms(operation.infrastructureId ?? '')).filter(
    (vm) => vm.addedBy === operation.id && (vm.status === 'planned' || vm.status === 'launching'),
  );
  const failed = open.map((vm) => ({
    ...vm,
    status: 'failed' as const,
    providerState: 'failed' as const,
    errorMessage: launchFailureText(vm, reason),
  }));
  const resources = open.map((vm) => {
    const untouched = vm.status === 'planned' && vm.launchAttempts === 0;
    return machineResource(vm, untouched ? 'gone' : 'unknown', now);
  });
  await tx.saveVms(failed);
  await tx.saveResources(resources);
}
