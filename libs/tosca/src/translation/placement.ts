import type { NodeTemplate, Policy, Topology } from '../topology/topology.js';
import { textOf } from '../yaml/values.js';
import type { TranslationContext } from './translation.js';
import { isBlank } from './value-kinds.js';

const placementTypes: ReadonlySet<string> = new Set([
  'tosca.policies.Placement',
  'tosca.policies.indigo.Placement',
]);

const placements = new WeakMap<Topology, ReadonlyMap<string, readonly Policy[]>>();

/**
 * Where a node is to be placed: a property of the first placement policy that is about it and has the property (spec: tosca.md 6.6).
 * @returns undefined when no policy says it
 */
export function placementOf(
  node: NodeTemplate,
  property: 'cloud_id' | 'availability_zone',
  { topology, evaluation }: Pick<TranslationContext, 'topology' | 'evaluation'>,
): string | undefined {
  for (const policy of policiesByNode(topology).get(node.name) ?? []) {
    const value = evaluation.evaluate(policy.properties.get(property) ?? null, { kind: 'topology' });
    if (!isBlank(value)) {
      return textOf(value);
    }
  }
  return undefined;
}

/** Tells which policies have no effect. */
export function warnOfPolicies({ topology, warnings }: TranslationContext): void {
  for (const { type } of topology.policies) {
    if (!placementTypes.has(type)) {
      warnings.push(`Policy ${type} not supported. Ignoring it.`);
    }
  }
}

function policiesByNode(topology: Topology): ReadonlyMap<string, readonly Policy[]> {
  const known = placements.get(topology);
  if (known !== undefined) {
    return known;
  }
  const byNode = new Map<string, Policy[]>();
  for (const policy of topology.policies.filter(({ type }) => placementTypes.has(type))) {
    for (const name of policy.nodes) {
      const policies = byNode.get(name) ?? [];
      policies.push(policy);
      byNode.set(name, policies);
    }
  }
  placements.set(topology, byNode);
  return byNode;
}
