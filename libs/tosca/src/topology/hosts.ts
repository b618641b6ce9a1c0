import { translationError } from '../tosca-error.js';
import { derivesFrom, rootTypeOf } from '../types/type-library.js';
import type { NodeTemplate, Relationship, Topology } from './topology.js';

/** Root type of the nodes that become VMs. */
export const computeRoot = 'tosca.nodes.Compute';

/** Relationships that lead from a node to what it sits on. */
const hostingRelationships = ['tosca.relationships.HostedOn', 'tosca.relationships.network.BindsTo'];

/** Relationships whose targets are configured before their sources. */
const orderingRelationships = [
  'tosca.relationships.HostedOn',
  'tosca.relationships.DependsOn',
  'tosca.relationships.ConnectsTo',
];

/** What was found out about the nodes of a topology; it is never changed, so each thing is found once. */
interface Findings {
  /** By wanted root type. */
  hosts: Map<string, Map<NodeTemplate, NodeTemplate | undefined>>;
  hosted?: ReadonlyMap<NodeTemplate, readonly NodeTemplate[]>;
  incoming?: ReadonlyMap<NodeTemplate, readonly Relationship[]>;
  steps: Map<NodeTemplate, number>;
}

const findings = new WeakMap<Topology, Findings>();

function findingsOf(topology: Topology): Findings {
  const known = findings.get(topology) ?? { hosts: new Map(), steps: new Map() };
  findings.set(topology, known);
  return known;
}

/** Name of the root type of a node, which decides what becomes of it (spec: tosca.md 6.1). */
export function rootOf(node: NodeTemplate): string {
  return rootTypeOf(node.type);
}

/**
 * The node that a node sits on: itself when its root type is the wanted one, else whatever its first hosting requirement leads to
 * (spec: tosca.md 6.1).
 * @returns undefined when there is none, also when the hosts lead back to each other
 */
export function hostOf(
  topology: Topology,
  node: NodeTemplate,
  wantedRoot: string = computeRoot,
): NodeTemplate | undefined {
  const { hosts } = findingsOf(topology);
  const known = hosts.get(wantedRoot) ?? new Map<NodeTemplate, NodeTemplate | undefined>();
  hosts.set(wantedRoot, known);
  const way = new Set<NodeTemplate>();
  let each: NodeTemplate | undefined = node;
  while (each !== undefined && !known.has(each) && !way.has(each) && rootOf(each) !== wantedRoot) {
    way.add(each);
    each = hostingTarget(each);
  }
  const host = each === undefined || way.has(each) ? undefined : known.has(each) ? known.get(each) : each;
  for (const passed of way) {
    known.set(passed, host);
  }
  known.set(node, host);
  return host;
}

/** What a node sits on directly: the target of its first hosting requirement. */
export function hostingTarget(node: NodeTemplate): NodeTemplate | undefined {
  return node.requirements.find(isHosting)?.target;
}

function isHosting(relationship: Relationship): boolean {
  return hostingRelationships.some((name) => derivesFrom(relationship.type, name));
}

/** Nodes that sit on a Compute node, itself left out, in the order of the document. */
export function hostedOn(topology: Topology, compute: NodeTemplate): readonly NodeTemplate[] {
  const known = findingsOf(topology);
  known.hosted ??= group(
    [...topology.nodes.values()].filter((node) => hostOf(topology, node) !== node),
    (node) => hostOf(topology, node),
  );
  return known.hosted.get(compute) ?? [];
}

/** Relationships of which a node is the target, in the order of the document. */
export function incomingOf(topology: Topology, node: NodeTemplate): readonly Relationship[] {
  const known = findingsOf(topology);
  known.incoming ??= group(topology.relationships, (relationship) => relationship.target);
  return known.incoming.get(node) ?? [];
}

function group<T, K>(items: readonly T[], keyOf: (item: T) => K | undefined): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) {
      continue;
    }
    const members = groups.get(key);
    if (members === undefined) {
      groups.set(key, [item]);
    } else {
      members.push(item);
    }
  }
  return groups;
}

/**
 * Step of the contextualization in which a node is configured: 1 without requirements, else one more than the greatest step of what it
 * needs (spec: tosca.md 6.5).
 * @throws ToscaError `cycle`
 */
export function stepOf(topology: Topology, node: NodeTemplate): number {
  const { steps } = findingsOf(topology);
  const open = new Set<NodeTemplate>();
  const stack = [node];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (steps.has(top)) {
      stack.pop();
      continue;
    }
    const needed = neededBy(top);
    const missing = needed.filter((target) => !steps.has(target));
    if (missing.length === 0) {
      steps.set(top, stepAfter(top, needed, steps));
      open.delete(top);
      stack.pop();
      continue;
    }
    open.add(top);
    const again = missing.find((target) => open.has(target));
    if (again !== undefined) {
      throw translationError(
        'cycle',
        `Node template "${again.name}" requires itself, by way of "${top.name}".`,
      );
    }
    for (const target of missing) {
      stack.push(target);
    }
  }
  return steps.get(node) ?? 1;
}

function neededBy(node: NodeTemplate): NodeTemplate[] {
  return node.requirements
    .filter(({ type }) => orderingRelationships.some((name) => derivesFrom(type, name)))
    .map(({ target }) => target);
}

function stepAfter(
  node: NodeTemplate,
  needed: readonly NodeTemplate[],
  steps: ReadonlyMap<NodeTemplate, number>,
): number {
  const greatest = needed.reduce((most, target) => Math.max(most, steps.get(target) ?? 0), 0);
  return node.requirements.length === 0 ? 1 : 1 + greatest;
}
