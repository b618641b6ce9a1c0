import type {
  Infrastructure,
  OperationFailure,
  OperationHandler,
  StepContext,
  StepOutcome,
  StepWrites,
  StoreTransaction,
  Vm,
} from '@im/domain';
import { ImError, infrastructureLog, logLine } from '@im/domain';
import type { AnsibleStage } from './ansible-stage.js';
import { planContextualization } from './plan.js';
import { texts } from './texts.js';

/** First step of every operation. */
const firstStep = 'start';

/**
 * `contextualize`: configures the VMs of an infrastructure with Ansible, driven in short steps (spec: contextualization.md part 2).
 * A document that switches it off ends at once; everything else is the work of `stage`.
 */
export class ContextualizeHandler implements OperationHandler {
  readonly kind = 'contextualize';
  readonly firstStep = firstStep;

  constructor(private readonly stage: AnsibleStage) {}

  async advance(context: StepContext): Promise<StepOutcome> {
    const infrastructure = await loadInfrastructure(context);
    if (context.cancelled) {
      await this.stage.cancel(context, infrastructure);
      return { type: 'cancelled' };
    }
    if (context.operation.step !== firstStep) {
      return this.stage.advance(context, infrastructure);
    }
    const vms = liveVms(await context.store.vms(infrastructure.id));
    const plan = planContextualization(infrastructure.radl, vms);
    if (plan.disabled || vms.length === 0) {
      return disabledOutcome(infrastructure, vms.length === 0 ? '' : texts.disabled);
    }
    return this.stage.begin(context, infrastructure, plan);
  }

  async giveUp(context: StepContext, failure: OperationFailure): Promise<StepWrites> {
    const infrastructure = await loadInfrastructure(context);
    await this.stage.cancel(context, infrastructure);
    const now = await context.store.now();
    const late = context.operation.deadline !== null && now >= context.operation.deadline;
    return failedWrites(infrastructure.id, late ? texts.timeIsUp : failure.message);
  }
}

export function liveVms(vms: readonly Vm[]): Vm[] {
  return vms.filter((vm) => vm.status === 'live');
}

async function loadInfrastructure(context: StepContext): Promise<Infrastructure> {
  const found = await context.store.infrastructure(context.operation.infrastructureId ?? '');
  if (found === null) {
    throw new ImError('InfrastructureNotFound', 'The infrastructure of the contextualization is missing.');
  }
  return found;
}

function disabledOutcome(infrastructure: Infrastructure, text: string): StepOutcome {
  return {
    type: 'succeeded',
    writes: async (tx) => {
      await setConfigured(tx, infrastructure.id, true);
      if (text !== '') {
        await tx.appendLogs([{ infrastructureId: infrastructure.id, scope: infrastructureLog, text }]);
      }
    },
  };
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
async function setConfigured(
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
