import type { Owner } from '../functions/evaluate.js';
import { derivesFrom } from '../types/type-library.js';
import type { ToscaValue } from '../yaml/values.js';
import { textOf } from '../yaml/values.js';
import { hostOf, rootOf } from './hosts.js';
import type { Capability, NodeTemplate, Topology } from './topology.js';

/** What a `get_attribute` asks for. */
export interface AttributeArguments {
  node: NodeTemplate;
  /** The Compute node below; a function or container without one is its own host. */
  host: NodeTemplate;
  /** How the node was named, when not by its name. */
  word?: NodeWord;
  /** Name of the capability that has the attribute. */
  capability?: string;
  attribute: string;
  index?: number;
  /** Keys of a map that the attribute is. */
  keys: readonly string[];
  /** Default of the attribute's definition, not evaluated: it is the answer when there is one. */
  preset?: ToscaValue;
}

/** A word that stands for a node, seen from the owner of a value. */
export type NodeWord = 'SELF' | 'HOST' | 'SOURCE' | 'TARGET';

/**
 * Reads the arguments of `get_attribute` (spec: tosca.md 7.1).
 * @param args evaluated arguments
 * @param owner whose value holds the function
 * @returns null when the node, its host or the attribute is not to be found
 */
export function readAttributeArguments(
  args: readonly ToscaValue[],
  owner: Owner,
  topology: Topology,
): AttributeArguments | null {
  const [name, ...rest] = args;
  if (typeof name !== 'string') {
    return null;
  }
  const named = nodeOf(name, owner, topology);
  if (named === undefined) {
    return null;
  }
  const { node, capability, path } = readPath(named.node, rest);
  const host = hostOf(topology, node) ?? ownHost(node);
  const [attribute, ...steps] = path;
  if (host === undefined || typeof attribute !== 'string') {
    return null;
  }
  const [index] = steps;
  const preset = presetOf(node, capability, attribute);
  return {
    node,
    host,
    ...(named.word === undefined ? {} : { word: named.word }),
    ...(capability === undefined ? {} : { capability: capability.name }),
    attribute,
    ...(typeof index === 'number' ? { index } : {}),
    keys: (typeof index === 'number' ? steps.slice(1) : steps).map(textOf),
    ...(preset === undefined ? {} : { preset }),
  };
}

/** Whether the addresses of a node are lists, as those of an indigo Compute node (spec: tosca.md 7.1). */
export function hasAddressLists(node: NodeTemplate): boolean {
  return derivesFrom(node.type, 'tosca.nodes.indigo.Compute');
}

function nodeOf(
  name: string,
  owner: Owner,
  topology: Topology,
): { node: NodeTemplate; word?: NodeWord } | undefined {
  const known = wordOf(name);
  if (known === undefined) {
    const node = topology.nodes.get(name);
    return node === undefined ? undefined : { node };
  }
  const node = nodeOfWord(known, owner, topology);
  return node === undefined ? undefined : { node, word: known };
}

function wordOf(name: string): NodeWord | undefined {
  return name === 'SELF' || name === 'HOST' || name === 'SOURCE' || name === 'TARGET' ? name : undefined;
}

function nodeOfWord(word: NodeWord, owner: Owner, topology: Topology): NodeTemplate | undefined {
  if (owner.kind === 'relationship') {
    const { source, target } = owner.relationship;
    return word === 'SOURCE' ? source : word === 'TARGET' ? target : undefined;
  }
  if (owner.kind === 'topology') {
    return undefined;
  }
  return word === 'SELF' ? owner.node : word === 'HOST' ? hostOf(topology, owner.node) : undefined;
}

/** The second argument may name a capability, or a requirement that moves on to its target. */
function readPath(
  node: NodeTemplate,
  path: readonly ToscaValue[],
): { node: NodeTemplate; capability?: Capability; path: readonly ToscaValue[] } {
  const [first, second] = path;
  if (typeof first !== 'string' || typeof second !== 'string') {
    return { node, path };
  }
  const capability = node.capabilities.get(first);
  if (capability !== undefined) {
    return { node, capability, path: path.slice(1) };
  }
  const requirement = node.requirements.find((each) => each.requirement === first);
  return requirement === undefined ? { node, path } : { node: requirement.target, path: path.slice(1) };
}

function ownHost(node: NodeTemplate): NodeTemplate | undefined {
  const root = rootOf(node);
  return root === 'tosca.nodes.aisprint.FaaS.Function' || root === 'tosca.nodes.Container.Application'
    ? node
    : undefined;
}

function presetOf(
  node: NodeTemplate,
  capability: Capability | undefined,
  attribute: string,
): ToscaValue | undefined {
  const attributes = capability === undefined ? node.type.attributes : capability.type?.attributes;
  return attributes?.get(attribute)?.default ?? undefined;
}
