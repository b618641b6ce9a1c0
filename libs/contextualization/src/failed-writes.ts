import type { StepWrites, StoreTransaction, Vm } from '@im/domain';
import { infrastructureLog, logLine } from '@im/domain';

export function liveVms(vms: readonly Vm[]): Vm[] {
  return vms.filter((vm) => vm.status === 'live');
}

/** The documented end of a contextualization that failed as a whole: VMs without a result are not configured. */
export function failedWrites(infrastructureId: string, text: string): StepWrites {
  return async (tx) => {
    await setConfigured(tx, infrastructureId, false);
    const line = logLine(await tx.now(), text);
    await tx.appendLogs([{ infrastructureId, scope: infrastructureLog, text: line }]);
  };
}

/** Sets the result of the infrastructure and of all live VMs that have none yet. */
export async function setConfigured(
  tx: StoreTransaction,
  infrastructureId: string,
  configured: boolean,
): Promise<void> {
  const infrastructure = await tx.infrastructure(infrastructureId);
  if (infrastructure !== null) {
    await tx.saveInfrastructure({ ...infrastructure, configured });
  }
  const open = liveVms(await tx.vms(infrastructureId)).filter((vm) => vm.configured === null);
  await tx.saveVms(open.map((vm) => ({ ...vm, configured })));
}
