import { openStates } from '../model/ledger.js';
import type { OperationFailure } from '../model/operation.js';
import type {
  OperationHandler,
  StepContext,
  StepOutcome,
  StepWrites,
  Succeeded,
} from '../ports/operation-handler.js';
import { infrastructureLog } from '../ports/store.js';
import { failure } from './failures.js';
import type { DeletionFailure } from './finalize-vms.js';
import { cleanUpEmptyClouds, finalizeVms } from './finalize-vms.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { logLine } from './log-line.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { portionSize } from './remove-handler.js';
import { deleteSnapshots } from './snapshot-handler.js';
import { cancelContextualization } from './start-contextualization.js';

/** Progress of a destroy. */
interface DestroyProgress {
  /** VMs that failed in this round, with their texts. */
  failed: Record<string, DeletionFailure>;
  /** Full rounds over what is left. */
  rounds: number;
  /** Full rounds over what VMs shared. */
  cleanUps: number;
}

/** Rounds over what clouds did not delete for a passing reason, before the destroy fails with what is left. */
const maxRounds = 3;
const roundDelayMs = 2000;
const contextualizationPollMs = 1000;

/**
 * `destroy`: stops the contextualization, deletes the machines newest first, then what they shared, and ends when the ledger is empty
 * (spec: lifecycle.md 8; design: architecture.md 2). With `force` what cannot be deleted, or not in time, stays in the ledger as `unknown`.
 */
export class DestroyHandler implements OperationHandler {
  readonly kind = 'destroy';
  readonly firstStep = firstStep;

  async advance(context: StepContext): Promise<StepOutcome> {
    switch (context.operation.step) {
      case firstStep:
        return this.stopContextualization(context);
      case 'finalize':
        return this.finalize(context);
      default:
        return this.cleanUp(context);
    }
  }

  async giveUp(context: StepContext, error: OperationFailure): Promise<StepWrites | Succeeded> {
    if (!requestOf(context.operation, 'destroy').force) {
      return logFailure(context, error.message);
    }
    return { type: 'succeeded', writes: tombstone(context, context.operation.infrastructureId ?? '') };
  }

  private async stopContextualization(context: StepContext): Promise<StepOutcome> {
    const id = context.operation.infrastructureId ?? '';
    const data: DestroyProgress = { failed: {}, rounds: 0, cleanUps: 0 };
    const active = await context.store.activeOperations(id);
    const contextualization = active.find((operation) => operation.lane === 'contextualization');
    if (contextualization === undefined) {
      return { type: 'continue', step: 'finalize', data };
    }
    return {
      type: 'wait',
      step: firstStep,
      delayMs: contextualizationPollMs,
      writes: async (tx) => {
        await cancelContextualization(tx, id);
      },
    };
  }

  private async finalize(context: StepContext): Promise<StepOutcome> {
    const infrastructure = await loadInfrastructure(context);
    const progress = context.operation.data as DestroyProgress;
    const left = (await context.store.vmSummaries(infrastructure.id)).filter(
      (vm) => vm.status !== 'destroyed' && progress.failed[vm.imId] === undefined,
    );
    const portion = left.toReversed().slice(0, portionSize(context));
    if (portion.length === 0) {
      return this.endOfRound(progress);
    }
    const outcome = await finalizeVms(context, infrastructure, portion);
    const failed = { ...progress.failed, ...Object.fromEntries(outcome.failures) };
    return { type: 'continue', step: 'finalize', data: { ...progress, failed } satisfies DestroyProgress };
  }

  private endOfRound(progress: DestroyProgress): StepOutcome {
    const passing = Object.entries(progress.failed).filter(([, problem]) => problem.retry);
    const rounds = progress.rounds + 1;
    if (passing.length > 0 && rounds < maxRounds) {
      const lasting = Object.entries(progress.failed).filter(([, problem]) => !problem.retry);
      const data: DestroyProgress = { ...progress, failed: Object.fromEntries(lasting), rounds };
      return { type: 'wait', step: 'finalize', delayMs: roundDelayMs * rounds, data };
    }
    return { type: 'continue', step: 'clean-up', data: { ...progress, rounds } satisfies DestroyProgress };
  }

  private async cleanUp(context: StepContext): Promise<StepOutcome> {
    const infrastructure = await loadInfrastructure(context);
    const progress = context.operation.data as DestroyProgress;
    const { force } = requestOf(context.operation, 'destroy');
    const vms = await context.store.vms(infrastructure.id);
    const shared = await cleanUpEmptyClouds(context, infrastructure, vms);
    const cleanUps = progress.cleanUps + 1;
    if (shared.some(({ retry }) => retry) && cleanUps < maxRounds) {
      const data: DestroyProgress = { ...progress, cleanUps };
      return { type: 'wait', step: 'clean-up', delayMs: roundDelayMs * cleanUps, data };
    }
    const problems = Object.values(progress.failed).map(({ message }) => message);
    problems.push(...(await deleteSnapshots(context, infrastructure)));
    problems.push(...shared.map(({ message }) => message));
    const left = await context.store.resources(infrastructure.id, openStates);
    if (problems.length === 0 && left.length > 0) {
      problems.push(
        ...left.map(
          (row) => `The ${row.kind} ${row.providerId ?? row.token} of the cloud ${row.cloudId} still exists.`,
        ),
      );
    }
    if (problems.length > 0 && !force) {
      const text = `Error destroying the infrastructure: \n${problems.join('\n')}`;
      return { type: 'failed', error: failure(text), writes: logFailure(context, text) };
    }
    return { type: 'succeeded', writes: tombstone(context, infrastructure.id) };
  }
}

/** Marks everything as gone for good; with force, what may still exist stays in the ledger. */
function tombstone(context: StepContext, infrastructureId: string): StepWrites {
  return async (tx) => {
    const now = await tx.now();
    const row = await currentInfrastructure(tx, infrastructureId);
    const images = row.snapshots.map(({ url }) => url);
    await tx.saveInfrastructure({ ...row, deletedAt: now, snapshots: [] });
    const forgotten = (await tx.vms(infrastructureId)).filter((vm) => vm.status !== 'destroyed');
    await tx.saveVms(forgotten.map((vm) => ({ ...vm, status: 'destroyed' as const })));
    const left = await tx.resources(infrastructureId, openStates);
    await tx.saveResources(
      left.map((resource) => ({ ...resource, state: 'unknown' as const, updatedAt: now })),
    );
    if (left.length > 0 || images.length > 0) {
      context.logger.warn('infrastructure forgotten although resources may exist', {
        infrastructureId,
        resources: left.map(
          (resource) => `${resource.cloudId} ${resource.kind} ${resource.providerId ?? resource.token}`,
        ),
        images,
      });
    }
  };
}

/** Failures of an asynchronous destroy must be seen by its user (spec: lifecycle.md 8.2 "Better"). */
function logFailure(context: StepContext, text: string): StepWrites {
  return async (tx) => {
    const infrastructureId = context.operation.infrastructureId ?? '';
    await tx.appendLogs([
      { infrastructureId, scope: infrastructureLog, text: logLine(await tx.now(), text) },
    ]);
  };
}
