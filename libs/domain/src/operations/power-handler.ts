import { messageOf } from '../errors.js';
import type { OperationFailure } from '../model/operation.js';
import type { Vm } from '../model/vm.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { boundedParallel } from './bounded-parallel.js';
import { connectorFor } from './cloud-access.js';
import { failure } from './failures.js';
import { loadInfrastructure } from './infrastructure-rows.js';
import { measured } from './measured.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { refreshVms } from './refresh-vms.js';
import { cloudScope } from './resource-ledger.js';
import { SilentClouds } from './silent-clouds.js';

const progressive = { start: 'starting', stop: 'stopping', reboot: 'rebooting' } as const;

/** `start`, `stop` and `reboot`, of one VM or of all; all are tried, failed placeholders are skipped (spec: lifecycle.md 10). */
export class PowerHandler implements OperationHandler {
  readonly firstStep = firstStep;

  constructor(readonly kind: 'start' | 'stop' | 'reboot') {}

  async advance(context: StepContext): Promise<StepOutcome> {
    if (context.cancelled) {
      return { type: 'cancelled' };
    }
    const { vmId } = requestOf(context.operation, 'start', 'stop', 'reboot');
    const infrastructure = await loadInfrastructure(context);
    const vms = (await context.store.vms(infrastructure.id)).filter(
      (vm) => vm.status === 'live' && (vmId === null || vm.imId === vmId),
    );
    const before = vms.map((vm) => ({ ...vm }));
    const limit = Math.max(context.options.maxSimultaneousLaunches, 1);
    const silent = new SilentClouds();
    const outcomes = await boundedParallel(vms.toReversed(), limit, (vm) =>
      silent.call(vm.cloud, () => this.switch(context, infrastructure, vm)),
    );
    context.signal.throwIfAborted();
    await refreshVms(context, vms, before);
    const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [messageOf(outcome.error)] : []));
    if (vmId !== null && vms.length === 0) {
      errors.push('The VM was not launched, so it has no power state.');
    }
    if (errors.length === 0) {
      return { type: 'succeeded' };
    }
    const action = progressive[this.kind];
    const text =
      vmId === null
        ? `Error ${action} the infrastructure: ${errors.join('\n')}\n`
        : `Error ${action} the VM: ${errors.join('\n')}`;
    return { type: 'failed', error: failure(text) };
  }

  async giveUp(_context: StepContext, _failure: OperationFailure): Promise<StepWrites> {
    return async () => {};
  }

  private async switch(
    context: StepContext,
    infrastructure: Parameters<typeof cloudScope>[1],
    vm: Vm,
  ): Promise<void> {
    const connector = connectorFor(context, vm.cloud);
    const scope = cloudScope(context, infrastructure, vm.cloud, context.lease);
    await measured(context, vm.cloud.type, this.kind, () => connector[this.kind](scope, vm));
  }
}
