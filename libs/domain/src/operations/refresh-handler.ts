import type { OperationFailure } from '../model/operation.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { firstStep } from './new-operation.js';
import { refreshVms } from './refresh-vms.js';

/** `refresh`: asks the clouds for the current facts of all VMs of an infrastructure (spec: lifecycle.md 15.3). */
export class RefreshHandler implements OperationHandler {
  readonly kind = 'refresh';
  readonly firstStep = firstStep;

  async advance(context: StepContext): Promise<StepOutcome> {
    if (!context.cancelled) {
      await refreshVms(context, await context.store.vms(context.operation.infrastructureId ?? ''));
    }
    return { type: 'succeeded' };
  }

  async giveUp(_context: StepContext, _failure: OperationFailure): Promise<StepWrites> {
    return async () => {};
  }
}
