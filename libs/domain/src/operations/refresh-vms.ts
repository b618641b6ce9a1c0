import { printRadl } from '@im/radl';
import { messageOf } from '../errors.js';
import type { Vm } from '../model/vm.js';
import type { MachineFacts } from '../ports/connector.js';
import type { StepContext } from '../ports/operation-handler.js';
import { boundedParallel } from './bounded-parallel.js';
import { cloudKey, connectorFor } from './cloud-access.js';
import { groupBy } from './group-by.js';
import { applyFacts } from './machine-facts.js';
import { measured } from './measured.js';
import { cloudScope } from './resource-ledger.js';

type Answer = MachineFacts | Error;

/**
 * Asks the clouds for the current facts of live VMs, one batch a cloud, and saves what they told. A cloud that cannot be asked leaves
 * its VMs as they are and counts as a failed query (spec: lifecycle.md 15.3).
 * @returns the VMs given, with live ones replaced by their new rows
 */
export async function refreshVms(context: StepContext, vms: readonly Vm[]): Promise<Vm[]> {
  const live = vms.filter((vm) => vm.status === 'live' && vm.providerId !== null);
  const infrastructure = await context.store.infrastructure(live[0]?.infrastructureId ?? '');
  if (infrastructure === null) {
    return [...vms];
  }
  const groups = [...groupBy(live, (vm) => cloudKey(vm.cloud)).values()];
  const batches = await boundedParallel(groups, 8, (group) => askCloud(context, infrastructure, group));
  // Interrupted calls say nothing about their clouds: the step is done again.
  context.signal.throwIfAborted();
  const answers = new Map<number, Answer>();
  for (const [index, outcome] of batches.entries()) {
    for (const vm of groups[index] ?? []) {
      const error = 'error' in outcome ? new Error(messageOf(outcome.error)) : undefined;
      answers.set(
        vm.imId,
        error ?? ('value' in outcome ? outcome.value.get(vm.imId) : undefined) ?? new Error('No answer.'),
      );
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
  answers: ReadonlyMap<number, Answer>,
): Promise<Map<number, Vm>> {
  return context.store.transaction(async (tx) => {
    const now = await tx.now();
    const changed: Vm[] = [];
    for (const row of await tx.vms(infrastructureId)) {
      const answer = answers.get(row.imId);
      if (answer === undefined || row.status !== 'live') {
        continue;
      }
      if (answer instanceof Error) {
        row.failingSince ??= now;
      } else {
        applyFacts(row, keepCredentials(row, answer), now);
      }
      changed.push(row);
    }
    await tx.saveVms(changed);
    return new Map(changed.map((vm) => [vm.imId, vm]));
  }, context.lease);
}

/**
 * A contextualization may have changed the credentials while the cloud was asked: those in the row are newer than those the
 * connector started from.
 */
function keepCredentials(row: Vm, facts: MachineFacts): MachineFacts {
  const current = row.info.systems[0]?.features;
  const told = facts.info?.systems[0]?.features;
  if (current === undefined || told === undefined || facts.info === undefined) {
    return facts;
  }
  if (printRadl(row.info) === printRadl(facts.info)) {
    const { info: _same, ...rest } = facts;
    return rest;
  }
  for (const name of new Set([...current.names(), ...told.names()])) {
    if (name.startsWith('disk.0.os.credentials.')) {
      const value = current.get(name);
      if (typeof value === 'string') {
        told.set(name, value);
      } else if (value === undefined && name.startsWith('disk.0.os.credentials.new.')) {
        told.delete(name);
      }
    }
  }
  return facts;
}
