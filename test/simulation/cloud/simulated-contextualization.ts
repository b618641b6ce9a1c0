import type {
  ContextualizationRun,
  OperationHandler,
  StepContext,
  StepOutcome,
  StepWrites,
  Vm,
} from '@im/domain';
import { CloudError } from '@im/domain';
import type { CloudReality, RealMachine } from './cloud-reality.js';
import type { CloudWire } from './cloud-wire.js';

const pollMs = 2_000;
/** A playbook of this world takes so long, in milliseconds. */
const playbookMs = 5_000;

/**
 * Contextualization in the shape of the real one (libs/contextualization), without Ansible: a run per machine, kept as rows, started over the
 * wire under its own name so that a repeated start finds it, polled until it ends, its result written to the VM.
 */
export class SimulatedContextualization implements OperationHandler {
  readonly kind = 'contextualize';
  readonly firstStep = 'start';

  constructor(
    private readonly clouds: ReadonlyMap<string, CloudReality>,
    private readonly wire: CloudWire,
    private readonly now: () => number,
  ) {}

  async advance(context: StepContext): Promise<StepOutcome> {
    if (context.cancelled) {
      const runs = await context.store.runs(context.operation.id);
      const open = runs.filter((run) => run.finishedAt === null);
      return {
        type: 'cancelled',
        writes: (tx) => tx.saveRuns(open.map((run) => ({ ...run, state: 'cancelled' }))),
      };
    }
    return context.operation.step === this.firstStep ? this.plan(context) : this.drive(context);
  }

  async giveUp(context: StepContext): Promise<StepWrites> {
    return results(context.operation.infrastructureId ?? '', () => false);
  }

  private async plan(context: StepContext): Promise<StepOutcome> {
    const vms = await liveVms(context);
    const runs = vms.map((vm) => newRun(context, vm));
    return { type: 'continue', step: 'run', writes: (tx) => tx.saveRuns(runs) };
  }

  private async drive(context: StepContext): Promise<StepOutcome> {
    const runs = await context.store.runs(context.operation.id);
    const vms = new Map((await liveVms(context)).map((vm) => [vm.imId, vm]));
    const updated: ContextualizationRun[] = [];
    for (const run of runs.filter(({ finishedAt }) => finishedAt === null)) {
      updated.push(await this.driveRun(context, run, vms.get(run.vmId ?? -1)));
    }
    const writes: StepWrites = (tx) => tx.saveRuns(updated);
    if (updated.some((run) => run.finishedAt === null)) {
      return { type: 'wait', step: 'run', delayMs: pollMs, writes };
    }
    const ok = new Set(
      [...runs, ...updated].filter(({ state }) => state === 'ok').map(({ vmId }) => vmId ?? -1),
    );
    const save = results(context.operation.infrastructureId ?? '', (imId) => ok.has(imId));
    return {
      type: 'succeeded',
      writes: async (tx) => {
        await writes(tx);
        await save(tx);
      },
    };
  }

  private async driveRun(
    context: StepContext,
    run: ContextualizationRun,
    vm: Vm | undefined,
  ): Promise<ContextualizationRun> {
    if (vm === undefined) {
      return { ...run, state: 'skipped', finishedAt: this.now() };
    }
    try {
      const ended = await this.wire.call(`playbook ${run.runId}`, context.signal, () =>
        this.startOrPoll(this.machineOf(vm), run),
      );
      return ended ? { ...run, state: 'ok', finishedAt: this.now() } : { ...run, state: 'running' };
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof CloudError && !error.policy.retry) {
        return { ...run, state: 'failed', finishedAt: this.now() };
      }
      throw error;
    }
  }

  /** @returns whether the playbook ended */
  private startOrPoll(machine: RealMachine, run: ContextualizationRun): boolean {
    const started = machine.runs.get(run.runId);
    if (started === undefined) {
      machine.runs.set(run.runId, { endsAt: this.now() + playbookMs });
      return false;
    }
    return started.endsAt <= this.now();
  }

  private machineOf(vm: Vm): RealMachine {
    const machine = this.clouds.get(vm.cloud.id)?.machines.get(vm.providerId ?? '');
    if (machine === undefined) {
      throw new CloudError('NotFound', `There is no machine ${vm.launchToken}.`);
    }
    return machine;
  }
}

async function liveVms(context: StepContext): Promise<Vm[]> {
  const vms = await context.store.vms(context.operation.infrastructureId ?? '');
  return vms.filter((vm) => vm.status === 'live');
}

function newRun(context: StepContext, vm: Vm): ContextualizationRun {
  return {
    infrastructureId: vm.infrastructureId,
    operationId: context.operation.id,
    runId: `${context.operation.id}-${vm.imId}`,
    vmId: vm.imId,
    step: 0,
    name: 'basic',
    state: 'pending',
    attempt: 1,
    logOffset: 0,
    exitCode: null,
    data: {},
    startedAt: null,
    finishedAt: null,
  };
}

/** Writes the results of the VMs, and of the infrastructure: configured when all of them are. */
function results(infrastructureId: string, isOk: (imId: number) => boolean): StepWrites {
  return async (tx) => {
    const infrastructure = await tx.infrastructure(infrastructureId);
    if (infrastructure === null) {
      return;
    }
    const live = (await tx.vms(infrastructureId)).filter((vm) => vm.status === 'live');
    const configured = live.every((vm) => isOk(vm.imId));
    await tx.saveInfrastructure({ ...infrastructure, configured });
    await tx.saveVms(live.map((vm) => ({ ...vm, configured: isOk(vm.imId) })));
  };
}
