import { messageOf } from '../errors.js';
import type { Vm } from '../model/vm.js';
import type { MachineFacts } from '../ports/connector.js';
import type { StepContext } from '../ports/operation-handler.js';
import { boundedParallel } from './bounded-parallel.js';
import { cloudKey, connectorFor, hasAccess } from './cloud-access.js';
import { factsForNow } from './facts-for-now.js';
import { groupBy } from './group-by.js';
import { applyFacts } from './machine-facts.js';
import { measured } from './measured.js';
import { isOwnTrouble } from './own-trouble.js';
import { cloudScope } from './resource-ledger.js';

type Answer = MachineFacts | Error;

/**
 * Asks the clouds for the current facts of live VMs, one batch a cloud, and saves what they told. A cloud that cannot be asked leaves
 * its VMs as they are and counts as a failed query (spec: lifecycle.md 15.3). That the request brought no credentials for a cloud says
 * nothing about its VMs.
 * @param before the same VMs as they were before their clouds were told to change them
 * @returns the VMs given, with live ones replaced by their new rows
 */
export async function refreshVms(
  context: StepContext,
  vms: readonly Vm[],
  before: readonly Vm[] = vms.map((vm) => ({ ...vm })),
): Promise<Vm[]> {
  const live = vms.filter((vm) => vm.status === 'live' && vm.providerId !== null);
  const infrastructure = await context.store.infrastructure(live[0]?.infrastructureId ?? '');
  if (infrastructure === null) {
    return [...vms];
  }
  const askable = live.filter((vm) => hasAccess(context.clouds, vm.cloud));
  const groups = [...groupBy(askable, (vm) => cloudKey(vm.cloud)).values()];
  const batches = await boundedParallel(groups, 8, (group) => askCloud(context, infrastructure, group));
  // Interrupted calls say nothing about their clouds: the step is done again.
  context.signal.throwIfAborted();
  const earlier = new Map(before.map((vm) => [vm.imId, vm]));
  const answers = new Map<number, { asked: Vm; answer: Answer }>();
  for (const [index, outcome] of batches.entries()) {
    for (const vm of groups[index] ?? []) {
      const error = 'error' in outcome ? new Error(messageOf(outcome.error)) : undefined;
      const told = 'value' in outcome ? outcome.value.get(vm.imId) : undefined;
      if (told instanceof Error && isOwnTrouble(told)) {
        throw told;
      }
      answers.set(vm.imId, {
        asked: earlier.get(vm.imId) ?? vm,
        answer: error ?? told ?? new Error('No answer.'),
      });
    }
  }
  const refreshed = await saveAnswers(context, infrastructure.id, answers);
  return vms.map((vm) => refreshed.get(vm.imId) ?? vm);
}

async function askCloud(
  context: StepContext,
  infrastructure: Parameters<typeof cloudScope>[1],
  group: readonly Vm[],
): Promise<Map<number, Answer>> {
  const cloud = (group[0] as Vm).cloud;
  const connector = connectorFor(context, cloud);
  const scope = cloudScope(context, infrastructure, cloud, context.lease);
  return measured(context, cloud.type, 'refresh', () => connector.refresh(scope, group));
}

/** Applies the answers to the rows as they are now, since another lane may have changed them meanwhile. */
async function saveAnswers(
  context: StepContext,
  infrastructureId: string,
  answers: ReadonlyMap<number, { asked: Vm; answer: Answer }>,
): Promise<Map<number, Vm>> {
  return context.store.transaction(async (tx) => {
    const now = await tx.now();
    const changed: Vm[] = [];
    for (const row of await tx.vms(infrastructureId)) {
      const answered = answers.get(row.imId);
      if (answered === undefined || row.status !== 'live') {
        continue;
      }
      const { asked, answer } = answered;
      if (answer instanceof Error) {
        row.failingSince ??= now;
      } else {
        applyFacts(row, factsForNow(row, asked, answer), now);
      }
      changed.push(row);
    }
    await tx.saveVms(changed);
    return new Map(changed.map((vm) => [vm.imId, vm]));
  }, context.lease);
}
