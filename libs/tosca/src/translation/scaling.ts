import type { Evaluation } from '../functions/evaluate.js';
import type { NodeTemplate } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import type { ToscaValue } from '../yaml/values.js';
import { textOf } from '../yaml/values.js';
import { placementOf } from './placement.js';
import { capabilityPropertyOf } from './properties.js';
import type { ExistingVm, TranslationContext } from './translation.js';
import { asNumber } from './value-kinds.js';

/**
 * How many VMs a node asks for: `count`, else `default_instances`, else `min_instances`, else 1 (spec: tosca.md 6.6).
 * @throws ToscaError `value` for something else than a number
 */
export function wantedNumber(node: NodeTemplate, evaluation: Evaluation): number {
  for (const property of ['count', 'default_instances', 'min_instances']) {
    const value = capabilityPropertyOf(node, 'scalable', property, evaluation);
    if (value === null) {
      continue;
    }
    const number = asNumber(value);
    if (number === undefined || !Number.isInteger(number) || number < 0) {
      throw translationError(
        'value',
        `The value "${textOf(value)}" of property "${property}" is not a number of nodes.`,
      );
    }
    return number;
  }
  return 1;
}

/**
 * Adds the deploy of a system for the VMs that are missing, or names those to remove (spec: tosca.md 6.6, 9).
 * @param wanted how many VMs the system shall have
 */
export function deploy(
  node: NodeTemplate,
  system: string,
  wanted: number,
  context: TranslationContext,
): void {
  const existing = existingVms(context.existing).get(system) ?? [];
  const missing = wanted - existing.length;
  if (missing < 0) {
    removeVms(node, existing, -missing, context);
  }
  if (missing <= 0) {
    return;
  }
  const cloudId = placementOf(node, 'cloud_id', context);
  context.radl.deploys.push({
    system,
    vmNumber: missing,
    ...(cloudId === undefined ? {} : { cloudId }),
  });
}

/**
 * The VMs that the node names, no more of them than needed; without such a list the oldest.
 * @throws ToscaError `value` when one of them is no VM of the node
 */
function removeVms(
  node: NodeTemplate,
  existing: readonly ExistingVm[],
  surplus: number,
  context: TranslationContext,
): void {
  const named = removalList(capabilityPropertyOf(node, 'scalable', 'removal_list', context.evaluation));
  if (named.length === 0) {
    const oldest = [...existing].sort((a, b) => a.created - b.created || a.id - b.id);
    context.remove.push(...oldest.slice(0, surplus).map(({ id }) => id));
    return;
  }
  const own = new Map(existing.map(({ id }) => [String(id), id]));
  for (const text of [...new Set(named)].slice(0, surplus)) {
    const id = own.get(text);
    if (id === undefined) {
      throw translationError('value', `VM ${text} of the removal_list is no VM of node ${node.name}.`);
    }
    context.remove.push(id);
  }
}

function removalList(value: ToscaValue): string[] {
  return (Array.isArray(value) ? value : value === null ? [] : [value]).map((id) => textOf(id).trim());
}

const vmsBySystem = new WeakMap<readonly ExistingVm[], ReadonlyMap<string, readonly ExistingVm[]>>();

/** VMs by the name of the system that they were asked with, in their order. */
export function existingVms(existing: readonly ExistingVm[]): ReadonlyMap<string, readonly ExistingVm[]> {
  const known = vmsBySystem.get(existing);
  if (known !== undefined) {
    return known;
  }
  const groups = new Map<string, ExistingVm[]>();
  for (const vm of existing) {
    const others = groups.get(vm.system) ?? [];
    others.push(vm);
    groups.set(vm.system, others);
  }
  vmsBySystem.set(existing, groups);
  return groups;
}
