import type { Radl } from '@im/radl';
import { checkRadl, completeReferences, deserializeRadl, emptyRadl, mergeRadl, RadlError } from '@im/radl';
import { CloudError, errorTexts, ImError, messageOf } from '../errors.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { OperationFailure } from '../model/operation.js';
import type { Vm } from '../model/vm.js';
import { planDeployment } from '../planning/plan-deployment.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { infrastructureLog } from '../ports/store.js';
import { boundedParallel } from './bounded-parallel.js';
import { cloudKey, connectorFor } from './cloud-access.js';
import { failure, failureOf } from './failures.js';
import { groupBy } from './group-by.js';
import { infrastructureName } from './infrastructure-name.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { abandonLaunches, dropPlanned, insertMachineIntents, markUnlaunchable } from './launch-rows.js';
import { logLine } from './log-line.js';
import { measured } from './measured.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { isOwnTrouble } from './own-trouble.js';
import { plannedVms } from './planned-vms.js';
import { cloudScope } from './resource-ledger.js';
import { releaseFailedLaunches, settleLaunches } from './settle-launches.js';
import { startContextualization } from './start-contextualization.js';

/** Progress of a deployment between its steps. */
interface DeployProgress {
  /** Failed tries to prepare a cloud, by cloud key. */
  prepareFailures: Record<string, string[]>;
}

/** How long the operation sleeps when no lane wakes it; a safety net, lanes wake it when they end. */
const launchPollMs = 2000;

/**
 * `create` and `add`: plan (clouds, systems, numbers), prepare (shared networks), launch (lanes), settle (results,
 * contextualization), and without any VM release (what failed launches left).
 * Spec: lifecycle.md 4 to 6.
 */
export class DeployHandler implements OperationHandler {
  readonly firstStep = firstStep;
  readonly makingSteps = ['prepare'];

  constructor(readonly kind: 'create' | 'add') {}

  async advance(context: StepContext): Promise<StepOutcome> {
    switch (context.operation.step) {
      case firstStep:
        return context.cancelled ? { type: 'cancelled' } : this.plan(context);
      case 'prepare':
        return this.prepare(context);
      case 'launch':
        return this.launch(context);
      case 'release':
        return releaseFailedLaunches(context);
      default:
        return settleLaunches(context);
    }
  }

  async giveUp(context: StepContext, failure: OperationFailure): Promise<StepWrites> {
    const reject = await this.rejectWrites(context, failure.message);
    return async (tx) => {
      await abandonLaunches(tx, context.operation, failure.message);
      await reject(tx);
    };
  }

  private async plan(context: StepContext): Promise<StepOutcome> {
    const infrastructure = await loadInfrastructure(context);
    if (infrastructure.deletedAt !== null) {
      // Deleted while this waited for its turn, e.g. by a creation that failed: its machines would be nobody's.
      return { type: 'failed', error: failure(errorTexts.infrastructureDeleted, 'InfrastructureDeleted') };
    }
    const request = requestOf(context.operation, 'create', 'add');
    try {
      const asked = deserializeRadl(request.radl);
      const { completed, merged } = mergeDocuments(
        this.kind === 'create' ? emptyRadl() : infrastructure.radl,
        asked,
      );
      if (completed.deploys.every((deploy) => deploy.vmNumber === 0)) {
        return this.withoutVms(context, infrastructure, merged, completed.deploys.length > 0);
      }
      const plan = await planDeployment(context, completed, infrastructure.privateNetworks);
      return {
        type: 'continue',
        step: 'prepare',
        data: { prepareFailures: {} } satisfies DeployProgress,
        writes: async (tx) => {
          const row = await currentInfrastructure(tx, infrastructure.id);
          const vms = plannedVms(
            {
              infrastructureId: row.id,
              operationId: context.operation.id,
              firstId: row.nextVmId,
              now: await tx.now(),
              options: context.options,
            },
            completed,
            plan.deploys,
          );
          row.radl = merged;
          row.name = infrastructureName(merged);
          row.privateNetworks = { ...row.privateNetworks, ...plan.privateNetworks };
          row.nextVmId += vms.length;
          await tx.saveInfrastructure(row);
          await tx.insertVms(vms);
          await insertMachineIntents(tx, vms);
        },
      };
    } catch (error) {
      if (
        !(error instanceof ImError || error instanceof RadlError || error instanceof CloudError) ||
        isOwnTrouble(error) ||
        asksToComeBack(error, context.options.launchTimeoutMs)
      ) {
        throw error;
      }
      return {
        type: 'failed',
        error: { ...failureOf(error), code: 'InvalidRequest' },
        writes: await this.rejectWrites(context, messageOf(error)),
      };
    }
  }

  /** A document that asks for no VM only changes definitions (spec: lifecycle.md 4 special cases, 5.4). */
  private withoutVms(
    context: StepContext,
    infrastructure: Infrastructure,
    merged: Radl,
    zeroDeploys: boolean,
  ): StepOutcome {
    const asked = this.kind === 'add' ? requestOf(context.operation, 'add') : null;
    const contextualize = asked?.contextualize ?? false;
    const onPurpose = zeroDeploys || asked?.definitionsOnly === true;
    return {
      type: 'succeeded',
      result: { vmIds: [] },
      writes: async (tx) => {
        const row = await currentInfrastructure(tx, infrastructure.id);
        row.radl = merged;
        row.name = infrastructureName(merged);
        const live = (await tx.vms(row.id)).some((vm) => vm.status === 'live');
        if (contextualize && live) {
          await startContextualization(tx, context, row, {
            vmIds: null,
            reinstall: true,
            reason: 'reconfigure',
          });
          return;
        }
        if (!onPurpose) {
          row.configured ??= false;
          const text = logLine(await tx.now(), 'Infrastructure without any deploy. Exiting.');
          await tx.appendLogs([{ infrastructureId: row.id, scope: infrastructureLog, text }]);
        }
        await tx.saveInfrastructure(row);
      },
    };
  }

  /** Makes what VMs share in each cloud; a cloud that fails for good takes its VMs with it. */
  private async prepare(context: StepContext): Promise<StepOutcome> {
    const infrastructure = await loadInfrastructure(context);
    const progress = context.operation.data as DeployProgress;
    const known = await context.store.vms(infrastructure.id);
    const planned = known.filter((vm) => vm.addedBy === context.operation.id && vm.status === 'planned');
    if (context.cancelled || planned.length === 0) {
      return { type: 'continue', step: 'launch' };
    }
    const groups = [...groupBy(planned, (vm) => cloudKey(vm.cloud))];
    const outcomes = await boundedParallel(groups, 8, async ([, vms]) => {
      const { cloud, info } = vms[0] as Vm;
      const connector = connectorFor(context, cloud);
      const scope = cloudScope(context, infrastructure, cloud, context.lease);
      const existing = known.filter((vm) => vm.status === 'live' && vm.cloud.id === cloud.id);
      await measured(context, cloud.type, 'prepare', () =>
        connector.prepare(scope, { ...info, systems: systemsOf(vms) }, existing),
      );
    });
    // Interrupted calls say nothing about their clouds: the step is done again.
    context.signal.throwIfAborted();
    const failed: { vms: Vm[]; causes: string[] }[] = [];
    let again = false;
    let delayMs = context.options.delayBetweenVmRetriesMs;
    for (const [index, outcome] of outcomes.entries()) {
      const [key, vms] = groups[index] as [string, Vm[]];
      if (!('error' in outcome)) {
        continue;
      }
      const causes = (progress.prepareFailures[key] ??= []);
      causes.push(messageOf(outcome.error));
      const cloudError = outcome.error instanceof CloudError ? outcome.error : null;
      const waitMs = cloudError?.retryAfterMs ?? 0;
      const retry = (cloudError?.policy.retry ?? true) && waitMs <= context.options.launchTimeoutMs;
      if (retry && causes.length < context.options.maxVmFails) {
        again = true;
        delayMs = Math.max(delayMs, waitMs);
      } else {
        failed.push({ vms, causes });
      }
    }
    const writes: StepWrites = (tx) => markUnlaunchable(tx, infrastructure.id, failed);
    return again
      ? {
          type: 'wait',
          step: 'prepare',
          delayMs,
          data: progress,
          writes,
        }
      : { type: 'continue', step: 'launch', data: progress, writes };
  }

  /** Keeps the launch lanes going until every VM is live or failed. */
  private async launch(context: StepContext): Promise<StepOutcome> {
    const infrastructureId = context.operation.infrastructureId ?? '';
    const open = (await context.store.vmSummaries(infrastructureId)).filter(
      (vm) => vm.addedBy === context.operation.id && (vm.status === 'planned' || vm.status === 'launching'),
    );
    if (open.length === 0) {
      return { type: 'continue', step: 'settle' };
    }
    const planned = open.filter((vm) => vm.status === 'planned');
    if (context.cancelled && planned.length > 0) {
      return {
        type: 'continue',
        step: 'launch',
        writes: (tx) => dropPlanned(tx, infrastructureId, context.operation.id),
      };
    }
    const lanes = Math.min(Math.max(context.options.maxSimultaneousLaunches, 1), open.length);
    for (let lane = 0; lane < lanes; lane++) {
      await context.queue.wake({ kind: 'launch', infrastructureId, lane });
    }
    return { type: 'wait', step: 'launch', delayMs: launchPollMs };
  }

  /** What a request that cannot be carried out leaves behind (spec: lifecycle.md 4 step 6, 6.1 step 6 "Better"). */
  private async rejectWrites(context: StepContext, reason: string): Promise<StepWrites> {
    const { async: isAsync } = requestOf(context.operation, 'create', 'add');
    if (this.kind === 'add' && isAsync !== true) {
      return async () => {};
    }
    return async (tx) => {
      const row = await currentInfrastructure(tx, context.operation.infrastructureId ?? '');
      const now = await tx.now();
      if (this.kind === 'create') {
        row.configured = false;
        const visible = (await tx.vms(row.id)).some((vm) => vm.status !== 'destroyed');
        if (isAsync !== true && !visible) {
          row.deletedAt = now;
        }
      }
      await tx.saveInfrastructure(row);
      await tx.appendLogs([
        { infrastructureId: row.id, scope: infrastructureLog, text: logLine(now, reason) },
      ]);
    };
  }
}

/** Whether a cloud has too much to do just now, and not for longer than a launch may take. */
function asksToComeBack(error: Error, limitMs: number): boolean {
  return error instanceof CloudError && error.code === 'RateLimited' && (error.retryAfterMs ?? 0) <= limitMs;
}

/** The request completed with stored definitions, and the stored document with the request merged in (spec: lifecycle.md 6.1). */
function mergeDocuments(stored: Radl, asked: Radl): { completed: Radl; merged: Radl } {
  const completed = completeReferences(asked, stored);
  checkRadl(completed);
  const merged = mergeRadl(stored, completed);
  checkRadl(merged);
  return { completed, merged };
}

function systemsOf(vms: readonly Vm[]): Radl['systems'] {
  const systems = new Map(vms.flatMap((vm) => vm.info.systems.map((system) => [system.id, system] as const)));
  return [...systems.values()];
}
