import { openStates } from '../model/ledger.js';
import type { Vm, VmSummary } from '../model/vm.js';
import type { StepContext, StepOutcome } from '../ports/operation-handler.js';
import type { StoreTransaction } from '../ports/store.js';
import { infrastructureLog } from '../ports/store.js';
import { failure } from './failures.js';
import { cleanUpEmptyClouds, finalizeVms } from './finalize-vms.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { logLine } from './log-line.js';
import { requestOf } from './operation-requests.js';
import { startContextualization } from './start-contextualization.js';

/**
 * The launches of a deployment have ended: with at least one VM it succeeds and starts the contextualization, without any it goes on with
 * the step `release` (spec: lifecycle.md 6.7). Why they failed is in the log before the VMs that tell it disappear.
 */
export async function settleLaunches(context: StepContext): Promise<StepOutcome> {
  if (context.cancelled) {
    return { type: 'cancelled' };
  }
  const infrastructure = await loadInfrastructure(context);
  const isAdded = (vm: VmSummary): boolean => vm.addedBy === context.operation.id;
  const added = (await context.store.vmSummaries(infrastructure.id)).filter(isAdded);
  if (added.every((vm) => vm.status !== 'live')) {
    const messages = launchErrors((await context.store.vms(infrastructure.id)).filter(isAdded));
    return {
      type: 'continue',
      step: 'release',
      writes: (tx) => logLines(tx, infrastructure.id, ['All VMs failed. No contextualize.', ...messages]),
    };
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

/** Last step of a deployment without any VM: releases what the failed launches left, and fails. */
export async function releaseFailedLaunches(context: StepContext): Promise<StepOutcome> {
  if (context.cancelled) {
    return { type: 'cancelled' };
  }
  const infrastructure = await loadInfrastructure(context);
  const added = (await context.store.vms(infrastructure.id)).filter(
    (vm) => vm.addedBy === context.operation.id,
  );
  const released = await finalizeVms(context, infrastructure, added);
  const shared = await cleanUpEmptyClouds(
    context,
    infrastructure,
    await context.store.vms(infrastructure.id),
  );
  const problems = [...released.failures.values(), ...shared].map((problem) => problem.message);
  const text = `Error adding VMs: ${launchErrors(added).join('\n')}`;
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
      await logLines(tx, row.id, problems);
    },
  };
}

function launchErrors(vms: readonly Vm[]): string[] {
  return vms.flatMap((vm) => vm.errorMessage ?? []);
}

async function logLines(
  tx: StoreTransaction,
  infrastructureId: string,
  lines: readonly string[],
): Promise<void> {
  const now = await tx.now();
  const text = lines.map((line) => logLine(now, line)).join('');
  if (text !== '') {
    await tx.appendLogs([{ infrastructureId, scope: infrastructureLog, text }]);
  }
}
