import type { Infrastructure, StepContext, StepOutcome } from '@im/domain';
import type { SshClientPool } from '@im/ssh';
import { chooseMaster } from './choose-master.js';
import { failedWrites, liveVms } from './contextualize-handler.js';
import type { ContextualizationPlan } from './plan.js';
import { texts } from './texts.js';

/** Options of the manual that concern Ansible on the master, with their units. */
export interface ContextualizationOptions {
  remoteFolder: string;
}

/** Everything that happens on the master VM. */
export class AnsibleStage {
  constructor(
    protected readonly ssh: SshClientPool,
    protected readonly options: ContextualizationOptions,
  ) {}

  async begin(
    context: StepContext,
    infrastructure: Infrastructure,
    _plan: ContextualizationPlan,
  ): Promise<StepOutcome> {
    const vms = liveVms(await context.store.vms(infrastructure.id));
    const master = chooseMaster(vms, infrastructure.masterVmId);
    if (master === undefined) {
      return {
        type: 'failed',
        error: { code: 'OperationFailed', message: texts.noMaster },
        writes: failedWrites(infrastructure.id, texts.noMaster),
      };
    }
    return { type: 'wait', step: 'boot', delayMs: 1000 };
  }

  async advance(_context: StepContext, _infrastructure: Infrastructure): Promise<StepOutcome> {
    return { type: 'wait', step: 'boot', delayMs: 1000 };
  }

  async cancel(_context: StepContext, _infrastructure: Infrastructure): Promise<void> {
    // Nothing runs on the master before the playbooks are started.
  }
}
