import { CloudError } from '../errors.js';
import type { Vm } from '../model/vm.js';
import type { StepContext } from '../ports/operation-handler.js';

/** A VM that exists at its provider. @throws CloudError when it was never launched, or is gone */
export async function liveVm(context: StepContext, infrastructureId: string, imId: number): Promise<Vm> {
  const vm = await context.store.vm(infrastructureId, imId);
  if (vm?.status !== 'live') {
    throw new CloudError('NotFound', `The VM ${imId} does not exist at its cloud.`);
  }
  return vm;
}
