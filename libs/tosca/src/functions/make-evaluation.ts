import type { Capability, NodeTemplate, Relationship, Topology } from '../topology/topology.js';
import type { ToscaErrorCategory } from '../tosca-error.js';
import { translationError } from '../tosca-error.js';
import { derivesFrom } from '../types/type-library.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, textOf } from '../yaml/values.js';
import type { AttributeSource, Evaluation, Owner } from './evaluate.js';
import type { FunctionCall } from './function-names.js';
import { argumentsOf, functionCall } from './function-names.js';

/** Functions that lead to each other; documents need a handful. */
const maxDepth = 100;

/** Functions and parts that one evaluation may ask for, so that functions which double each other come to an end. */
const maxSteps = 200_000;

/** Characters that `concat` may make in one evaluation. */
const maxText = 10_000_000;

/**
 * The functions of a topology (spec: tosca.md 5). Evaluation changes nothing; one that leads to itself, or grows without bounds, ends with
 * a ToscaError.
 * @param attribute answers `get_attribute`
 */
export function makeEvaluation(topology: Topology, attribute: AttributeSource): Evaluation {
  const evaluation: Evaluation = {
    topology,
    attribute,
    evaluate: (value, owner) => new Evaluator(evaluation).value(value, owner, 0),
  };
  return evaluation;
}

/** The node that a name, SELF, HOST, SOURCE or TARGET means for an owner; HOST is the owner's own node here. */
export function nodeNamed(name: ToscaValue, owner: Owner, topology: Topology): NodeTemplate | undefined {
  switch (name) {
    case 'SELF':
    case 'HOST':
      return owner.kind === 'node'
        ? owner.node
        : owner.kind === 'relationship'
          ? owner.relationship.source
          : undefined;
    case 'SOURCE':
      return owner.kind === 'relationship' ? owner.relationship.source : undefined;
    case 'TARGET':
      return owner.kind === 'relationship' ? owner.relationship.target : undefined;
    default:
      return typeof name === 'string' ? topology.nodes.get(name) : undefined;
  }
}

interface Found {
  value: ToscaValue;
  owner: Owner;
}

type OwnerKey = NodeTemplate | Relationship | 'topology';

function ownerKey(owner: Owner): OwnerKey {
  return owner.kind === 'node' ? owner.node : owner.kind === 'relationship' ? owner.relationship : 'topology';
}

/** One evaluation: it counts what it does. */
class Evaluator {
  private steps = 0;
  private text = 0;
  /** Calls under evaluation and whose they are, to see those that lead to themselves; many nodes share the calls of their type. */
  private readonly open = new Map<ToscaMap, Set<OwnerKey>>();

  constructor(private readonly evaluation: Evaluation) {}

  value(value: ToscaValue, owner: Owner, depth: number): ToscaValue {
    this.steps++;
    if (this.steps > maxSteps || depth > maxDepth) {
      throw problem('value', 'The functions of the document lead to each other without end.');
    }
    if (Array.isArray(value)) {
      return value.map((member) => this.value(member, owner, depth + 1));
    }
    if (!isMap(value)) {
      return value;
    }
    const call = functionCall(value);
    if (call !== undefined) {
      return this.call(call, value, owner, depth);
    }
    return new Map([...value].map(([key, member]) => [key, this.value(member, owner, depth + 1)]));
  }

  private call(call: FunctionCall, source: ToscaMap, owner: Owner, depth: number): ToscaValue {
    const owners = this.open.get(source) ?? new Set();
    const key = ownerKey(owner);
    if (owners.has(key)) {
      throw problem('cycle', `The function "${call.name}" leads back to itself.`);
    }
    this.open.set(source, owners.add(key));
    try {
      return this.answer(call, owner, depth);
    } finally {
      owners.delete(key);
    }
  }

  private answer(call: FunctionCall, owner: Owner, depth: number): ToscaValue {
    const args = argumentsOf(call).map((argument) => this.value(argument, owner, depth + 1));
    switch (call.name) {
      case 'get_input':
        return this.input(args);
      case 'get_property':
        return this.property(args, owner, depth);
      case 'get_attribute':
        return this.evaluation.attribute(args, owner, {
          ...this.evaluation,
          evaluate: (value, its) => this.value(value, its, depth + 1),
        });
      case 'concat':
        return this.concat(args);
      case 'token':
        return token(args);
      case 'get_artifact':
      case 'get_operation_output':
        return null;
    }
  }

  private input(args: readonly ToscaValue[]): ToscaValue {
    const name = textOf(args[0] ?? null);
    const input = this.evaluation.topology.inputs.get(name);
    if (input === undefined || args.length !== 1) {
      throw problem('unknown-input', `Unknown input "${args.map(textOf).join(', ')}".`);
    }
    return input.value;
  }

  private concat(args: readonly ToscaValue[]): ToscaValue {
    const texts = args.map(textOf);
    this.text += texts.reduce((sum, text) => sum + text.length, 0);
    if (this.text > maxText) {
      throw problem('value', 'The function "concat" makes a text that is too long.');
    }
    return texts.join('');
  }

  private property(args: readonly ToscaValue[], owner: Owner, depth: number): ToscaValue {
    const found = this.findProperty(args, owner);
    if (found === undefined) {
      throw this.propertyProblem(args, owner);
    }
    const [{ value, owner: its }, steps] = found;
    return steps.reduce<ToscaValue>(stepInto, this.value(value, its, depth + 1));
  }

  private findProperty(
    args: readonly ToscaValue[],
    owner: Owner,
  ): [Found, readonly ToscaValue[]] | undefined {
    const [reference = null, name = null, second = null] = args;
    if (owner.kind === 'relationship' && reference === 'SELF') {
      const value = owner.relationship.properties.get(textOf(name));
      return value === undefined ? undefined : [{ value, owner }, args.slice(2)];
    }
    const start = nodeNamed(reference, owner, this.evaluation.topology);
    const node =
      reference === 'HOST' && start !== undefined ? hostWith(start, textOf(name), textOf(second)) : start;
    if (node === undefined) {
      return undefined;
    }
    const own = propertyOf(node, textOf(name));
    if (own !== undefined) {
      return [own, args.slice(2)];
    }
    const capability = capabilityNamed(node, textOf(name));
    const value = capability?.capability.properties.get(textOf(second));
    if (capability === undefined) {
      return undefined;
    }
    return value === undefined
      ? capability.capability.type?.properties.has(textOf(second)) === true
        ? [{ value: null, owner }, args.slice(3)]
        : undefined
      : [{ value, owner: { kind: 'node', node: capability.node } }, args.slice(3)];
  }

  private propertyProblem(args: readonly ToscaValue[], owner: Owner): Error {
    const [reference = null, name = null] = args;
    const node = nodeNamed(reference, owner, this.evaluation.topology);
    return node === undefined
      ? problem('unknown-node', `Node template "${textOf(reference)}" was not found.`)
      : problem(
          'unknown-property',
          `Property "${textOf(name)}" was not found in node template "${node.name}".`,
        );
  }
}

/** A property of a node: what it has, or null when only its type knows it. */
export function propertyOf(node: NodeTemplate, name: string): Found | undefined {
  const value = node.properties.get(name);
  if (value !== undefined) {
    return { value, owner: { kind: 'node', node } };
  }
  return node.type.properties.has(name) ? { value: null, owner: { kind: 'node', node } } : undefined;
}

/** The capability that a name means: that of the target of a requirement of the same name, else of the node (spec: tosca.md 5.2). */
export function capabilityNamed(
  node: NodeTemplate,
  name: string,
): { capability: Capability; node: NodeTemplate } | undefined {
  const target = node.requirements.find((requirement) => requirement.requirement === name)?.target;
  const there = target?.capabilities.get(name);
  if (target !== undefined && there !== undefined) {
    return { capability: there, node: target };
  }
  const here = node.capabilities.get(name);
  return here === undefined ? undefined : { capability: here, node };
}

/** The first node along hosted-on requirements that has the property, or the capability with the property (spec: tosca.md 5.3). */
export function hostWith(node: NodeTemplate, name: string, second: string): NodeTemplate | undefined {
  const seen = new Set<NodeTemplate>([node]);
  for (let host = hostedOn(node); host !== undefined && !seen.has(host); host = hostedOn(host)) {
    seen.add(host);
    const capability = host.capabilities.get(name);
    if (
      propertyOf(host, name) !== undefined ||
      capability?.properties.has(second) === true ||
      capability?.type?.properties.has(second) === true
    ) {
      return host;
    }
  }
  return undefined;
}

function hostedOn(node: NodeTemplate): NodeTemplate | undefined {
  return node.requirements.find(
    ({ type }) =>
      derivesFrom(type, 'tosca.relationships.HostedOn') ||
      derivesFrom(type, 'tosca.relationships.network.BindsTo'),
  )?.target;
}

/** One step into a list or map; null where it leads nowhere. */
export function stepInto(value: ToscaValue, step: ToscaValue): ToscaValue {
  if (Array.isArray(value)) {
    const index = typeof step === 'number' ? step : Number(textOf(step));
    return value[index] ?? null;
  }
  return isMap(value) ? (value.get(textOf(step)) ?? null) : null;
}

function token(args: readonly ToscaValue[]): ToscaValue {
  const [text = null, separator = null, index = null] = args;
  if (text === null || typeof separator !== 'string' || typeof index !== 'number') {
    return null;
  }
  return textOf(text).split(separator)[index] ?? null;
}

function problem(category: ToscaErrorCategory, message: string): Error {
  return translationError(category, message);
}
