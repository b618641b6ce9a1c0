import type { Infrastructure } from '../model/infrastructure.js';
import { openStates } from '../model/ledger.js';
import type { Vm, VmSummary } from '../model/vm.js';
import type { StepContext, StepOutcome } from '../ports/operation-handler.js';
import { infrastructureLog } from '../ports/store.js';
import { failure } from './failures.js';
import { cleanUpEmptyClouds, finalizeVms } from './finalize-vms.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { logLine } from './log-line.js';
import { requestOf } from './operation-requests.js';
import { startContextualization } from './start-contextualization.js';

/**
 * Last step of a deployment: with at least one VM it succeeds and starts the contextualization, without any it releases what the
 * failed launches left and fails (spec: lifecycle.md 6.7).
 */
export async function settleLaunches(context: StepContext): Promise<StepOutcome> {
  if (context.cancelled) {
    return { type: 'cancelled' };
  }
  const infrastructure = await loadInfrastructure(context);
  const isAdded = (vm: VmSummary): boolean => vm.addedBy === context.operation.id;
  const added = (await context.store.vmSummaries(infrastructure.id)).filter(isAdded);
  if (added.every((vm) => vm.status !== 'live')) {
    return allFailed(context, infrastructure, (await context.store.vms(infrastructure.id)).filter(isAdded));
  }
  const { contextualize } = requestOf(context.operation, 'create', 'add');
  return {
    type: 'succeeded',
    result: { vmIds: added.map((vm) => vm.imId) },
    writes: async (tx) => {
      if (contextualize) {
        const row = await currentInfrastructure(tx, infrastructure.id);
        const reason = context.operation.kind === 'create' ? 'create' : 'add';
        await startContextualization(tx, context, row, { vmIds: null, reinstall: false, reason });
      }
    },
  };
}

async function allFailed(
  context: StepContext,
  infrastructure: Infrastructure,
  added: readonly Vm[],
): Promise<StepOutcome> {
  const messages = added.flatMap((vm) => vm.errorMessage ?? []);
  const released = await finalizeVms(context, infrastructure, added);
  const shared = await cleanUpEmptyClouds(
    context,
    infrastructure,
    await context.store.vms(infrastructure.id),
  );
  const problems = [...released.failures.values(), ...shared].map((problem) => problem.message);
  const text = `Error adding VMs: ${messages.join('\n')}`;
  const request = context.operation.kind === 'create' ? requestOf(context.operation, 'create') : null;
  return {
    type: 'failed',
    error: failure(text),
    writes: async (tx) => {
      const row = await currentInfrastructure(tx, infrastructure.id);
      const now = await tx.now();
      const visible = (await tx.vms(row.id)).some((vm) => vm.status !== 'destroyed');
      if (!visible) {
        row.configured = false;
        // What a cloud did not let go stays visible to its owner, who can destroy it later.
        const released = (await tx.resources(row.id, openStates)).length === 0;
        if (request?.async === false && released) {
          row.deletedAt = now;
        }
      }
      await tx.saveInfrastructure(row);
      const lines = ['All VMs failed. No contextualize.', ...messages, ...problems];
      const log = lines.map((line) => logLine(now, line)).join('');
      await tx.appendLogs([{ infrastructureId: row.id, scope: infrastructureLog, text: log }]);
    },
  };
}
