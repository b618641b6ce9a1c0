import type {
  Infrastructure,
  OperationFailure,
  OperationHandler,
  StepContext,
  StepOutcome,
  StepWrites,
} from '@im/domain';
import { ImError, infrastructureLog } from '@im/domain';
import type { AnsibleStage } from './ansible-stage.js';
import { failedWrites, liveVms, setConfigured } from './failed-writes.js';
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
    return this.stage.begin(context, infrastructure);
  }

  async giveUp(context: StepContext, failure: OperationFailure): Promise<StepWrites> {
    const infrastructure = await loadInfrastructure(context);
    await this.stage.cancel(context, infrastructure);
    const now = await context.store.now();
    const late = context.operation.deadline !== null && now >= context.operation.deadline;
    return failedWrites(infrastructure.id, late ? texts.timeIsUp : failure.message);
  }
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
