import { CloudError, messageOf } from '../errors.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { CloudResource } from '../model/ledger.js';
import { openStates } from '../model/ledger.js';
import type { Vm } from '../model/vm.js';
import type { StepContext } from '../ports/operation-handler.js';
import { boundedParallel } from './bounded-parallel.js';
import { cloudKey, connectorFor } from './cloud-access.js';
import { groupBy } from './group-by.js';
import { vmsNumbered } from './infrastructure-rows.js';
import { measured } from './measured.js';
import { machineResource } from './planned-vms.js';
import { cloudScope } from './resource-ledger.js';
import { SilentClouds } from './silent-clouds.js';

/** Why a cloud did not delete something. */
export interface DeletionFailure {
  message: string;
  /** It may do so later. */
  retry: boolean;
}

/** What one round of deletions achieved. */
export interface FinalizeOutcome {
  destroyed: number[];
  /** VM number -> why its provider did not delete it. */
  failures: Map<number, DeletionFailure>;
}

/**
 * Deletes the machines of the VMs at their clouds in the order given, MAX_SIMULTANEOUS_LAUNCHES at once, and everything that is theirs alone. VMs are
 * marked before the calls (`finalizing`) and after them (`destroyed`, or back to what they were). A VM of which the ledger knows
 * nothing was never asked for: it needs no cloud to disappear. A cloud that does not answer is not asked again. Idempotent.
 */
export async function finalizeVms(
  context: StepContext,
  infrastructure: Infrastructure,
  vms: readonly Pick<Vm, 'imId'>[],
): Promise<FinalizeOutcome> {
  const ids = vms.map((vm) => vm.imId);
  const rows = await markFinalizing(context, infrastructure.id, ids);
  const limit = Math.max(context.options.maxSimultaneousLaunches, 1);
  const silent = new SilentClouds();
  const outcomes = await boundedParallel(rows, limit, async ({ vm, atCloud }) => {
    if (atCloud) {
      await silent.call(vm.cloud, () => finalizeVm(context, infrastructure, vm));
    }
  });
  const result: FinalizeOutcome = { destroyed: [], failures: new Map() };
  const ended: MarkedVm[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const row = rows[index] as MarkedVm;
    if (!('error' in outcome)) {
      result.destroyed.push(row.vm.imId);
    } else if (context.signal.aborted) {
      // An interrupted call says nothing about its cloud.
      continue;
    } else {
      result.failures.set(row.vm.imId, deletionFailure(outcome.error));
    }
    ended.push(row);
  }
  await recordOutcome(context, infrastructure.id, ended, result);
  // The step is done again for the rest.
  context.signal.throwIfAborted();
  return result;
}

interface MarkedVm {
  vm: Vm;
  before: Vm['status'];
  /** Its cloud may have something of it. */
  atCloud: boolean;
}

async function markFinalizing(
  context: StepContext,
  infrastructureId: string,
  ids: readonly number[],
): Promise<MarkedVm[]> {
  return context.store.transaction(async (tx) => {
    const now = await tx.now();
    const known = new Set((await tx.resources(infrastructureId, openStates)).map(({ vmId }) => vmId));
    const marked: MarkedVm[] = [];
    for (const vm of await vmsNumbered(tx, infrastructureId, ids)) {
      if (vm.status !== 'destroyed') {
        marked.push({ vm, before: vm.status, atCloud: known.has(vm.imId) });
        vm.status = 'finalizing';
      }
    }
    await tx.saveVms(marked.map(({ vm }) => vm));
    const present = marked.filter(({ atCloud }) => atCloud);
    await tx.saveResources(present.map(({ vm }) => machineResource(vm, 'deleting', now)));
    return marked;
  }, context.lease);
}

async function finalizeVm(context: StepContext, infrastructure: Infrastructure, vm: Vm): Promise<void> {
  const connector = connectorFor(context, vm.cloud);
  const scope = cloudScope(context, infrastructure, vm.cloud, context.lease);
  await measured(context, vm.cloud.type, 'finalize', () => connector.finalize(scope, vm));
}

async function recordOutcome(
  context: StepContext,
  infrastructureId: string,
  rows: readonly MarkedVm[],
  result: FinalizeOutcome,
): Promise<void> {
  const marked = new Map(rows.map((row) => [row.vm.imId, row]));
  await context.store.transaction(async (tx) => {
    const now = await tx.now();
    const changed = await vmsNumbered(tx, infrastructureId, [...marked.keys()]);
    const resources: CloudResource[] = [];
    for (const vm of changed) {
      const failure = result.failures.get(vm.imId);
      if (failure === undefined) {
        vm.status = 'destroyed';
        if (marked.get(vm.imId)?.atCloud === true) {
          resources.push(machineResource(vm, 'gone', now));
        }
      } else {
        const wasFailed = marked.get(vm.imId)?.before === 'failed';
        vm.status = wasFailed || vm.providerId === null ? 'failed' : 'live';
        // Why it could not be launched says more than why it could not be deleted, which is in the log.
        vm.errorMessage = (wasFailed ? vm.errorMessage : null) ?? failure.message;
        resources.push({ ...machineResource(vm, 'unknown', now), lastError: failure.message });
      }
    }
    await tx.saveVms(changed);
    await tx.saveResources(resources);
  }, context.lease);
}

/**
 * Second phase of a deletion: in every cloud where no visible VM is left, deletes what the VMs shared (spec: lifecycle.md 8.2).
 * @param vms all VMs of the infrastructure, as they are now
 * @returns one failure per cloud that did not let go
 */
export async function cleanUpEmptyClouds(
  context: StepContext,
  infrastructure: Infrastructure,
  vms: readonly Vm[],
): Promise<DeletionFailure[]> {
  const inUse = new Set(vms.filter((vm) => vm.status !== 'destroyed').map((vm) => cloudKey(vm.cloud)));
  const empty = [...groupBy(vms, (vm) => cloudKey(vm.cloud))].filter(([key]) => !inUse.has(key));
  const outcomes = await boundedParallel(empty, 8, async ([, group]) => {
    const cloud = (group[0] as Vm).cloud;
    const scope = cloudScope(context, infrastructure, cloud, context.lease);
    if ((await scope.ledger.open()).length === 0) {
      return;
    }
    const connector = connectorFor(context, cloud);
    await measured(context, cloud.type, 'cleanUp', () => connector.cleanUp(scope));
  });
  context.signal.throwIfAborted();
  return outcomes.flatMap((outcome) => ('error' in outcome ? [deletionFailure(outcome.error)] : []));
}

function deletionFailure(error: unknown): DeletionFailure {
  return { message: messageOf(error), retry: error instanceof CloudError ? error.policy.retry : true };
}
