import type { OperationFailure } from '../model/operation.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { failure } from './failures.js';
import { cleanUpEmptyClouds, finalizeVms } from './finalize-vms.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { startContextualization } from './start-contextualization.js';

/** Progress of a removal. */
interface RemoveProgress {
  remaining: number[];
  removed: number[];
  /** Texts of the VMs that their clouds did not delete. */
  errors: string[];
}

/** `remove`: deletes the listed VMs, in bounded portions, and contextualizes the rest again (spec: lifecycle.md 7). */
export class RemoveHandler implements OperationHandler {
  readonly kind = 'remove';
  readonly firstStep = firstStep;

  async advance(context: StepContext): Promise<StepOutcome> {
    const request = requestOf(context.operation, 'remove');
    const progress = (context.operation.data as RemoveProgress | null) ?? {
      remaining: [...new Set(request.vmIds)],
      removed: [],
      errors: [],
    };
    if (context.cancelled) {
      return { type: 'cancelled' };
    }
    return progress.remaining.length > 0
      ? this.removePortion(context, progress)
      : this.finish(context, progress);
  }

  async giveUp(_context: StepContext, _failure: OperationFailure): Promise<StepWrites> {
    return async () => {};
  }

  private async removePortion(context: StepContext, progress: RemoveProgress): Promise<StepOutcome> {
    const infrastructure = await loadInfrastructure(context);
    const portion = progress.remaining.slice(0, portionSize(context));
    const listed = portion.map((imId) => ({ imId }));
    const outcome = await finalizeVms(context, infrastructure, listed);
    return {
      type: 'continue',
      step: 'remove',
      data: {
        remaining: progress.remaining.slice(portion.length),
        // Also those that an earlier try of this step deleted.
        removed: [...progress.removed, ...portion.filter((imId) => !outcome.failures.has(imId))],
        errors: [...progress.errors, ...[...outcome.failures.values()].map(({ message }) => message)],
      } satisfies RemoveProgress,
    };
  }

  private async finish(context: StepContext, progress: RemoveProgress): Promise<StepOutcome> {
    const infrastructure = await loadInfrastructure(context);
    const problems = await cleanUpEmptyClouds(
      context,
      infrastructure,
      await context.store.vms(infrastructure.id),
    );
    const errors = [...progress.errors, ...problems.map(({ message }) => message)];
    const { contextualize } = requestOf(context.operation, 'remove');
    const writes: StepWrites = async (tx) => {
      if (contextualize && progress.removed.length > 0) {
        const row = await currentInfrastructure(tx, infrastructure.id);
        await startContextualization(tx, context, row, { vmIds: null, reinstall: false, reason: 'remove' });
      }
    };
    if (errors.length > 0) {
      const list = errors.map((text) => `'${text}'`).join(', ');
      return { type: 'failed', error: failure(`Error removing resources: [${list}]`), writes };
    }
    return { type: 'succeeded', result: { vmIds: progress.removed }, writes };
  }
}

/** VMs deleted in one step: short steps, but full lanes. */
export function portionSize(context: Pick<StepContext, 'options'>): number {
  return Math.max(context.options.maxSimultaneousLaunches, 1) * 4;
}
