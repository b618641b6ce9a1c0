import { ImError } from '../errors.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Vm } from '../model/vm.js';
import type { StepContext } from '../ports/operation-handler.js';
import type { StoreTransaction } from '../ports/store.js';

/** The infrastructure an operation is about. @throws ImError when its row is missing */
export async function loadInfrastructure(context: StepContext): Promise<Infrastructure> {
  const found = await context.store.infrastructure(context.operation.infrastructureId ?? '');
  if (found === null) {
    throw new ImError(
      'InfrastructureNotFound',
      `The infrastructure of operation ${context.operation.id} is missing.`,
    );
  }
  return found;
}

/** The same inside a transaction, to be changed there. */
export async function currentInfrastructure(tx: StoreTransaction, id: string): Promise<Infrastructure> {
  const found = await tx.infrastructure(id);
  if (found === null) {
    throw new ImError('InfrastructureNotFound', `The infrastructure ${id} is missing.`);
  }
  return found;
}

/** Some of many VMs, in the order given, without reading the others; numbers without a VM are passed over. */
export async function vmsNumbered(
  tx: StoreTransaction,
  infrastructureId: string,
  ids: readonly number[],
): Promise<Vm[]> {
  const found: Vm[] = [];
  for (const id of ids) {
    const vm = await tx.vm(infrastructureId, id);
    if (vm !== null) {
      found.push(vm);
    }
  }
  return found;
}
