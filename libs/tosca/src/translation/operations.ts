import type { Owner } from '../functions/evaluate.js';
import { incomingOf } from '../topology/hosts.js';
import type { NodeTemplate, Relationship, Topology } from '../topology/topology.js';
import type { OperationDefinition } from '../types/definitions.js';
import type { ToscaType } from '../types/type-library.js';
import { typeLine } from '../types/type-library.js';

/** An operation that is run on the machine of a node. */
export interface Operation {
  name: string;
  definition: OperationDefinition;
  /** Whose operation it is: what SELF means in its inputs. */
  owner: Extract<Owner, { kind: 'node' | 'relationship' }>;
}

/** Order in which the operations of one node are run; others are never run (spec: tosca.md 6.2). */
const runOrder = [
  'create',
  'pre_configure_source',
  'pre_configure_target',
  'configure_rel',
  'configure',
  'post_configure_source',
  'post_configure_target',
  'start',
  'add_target',
  'add_source',
  'target_changed',
  'remove_target',
] as const;

const lifecycle = ['create', 'configure', 'start'] as const;
const ofSource = ['pre_configure_source', 'post_configure_source', 'add_source'] as const;
const ofTarget = [
  'pre_configure_target',
  'post_configure_target',
  'add_target',
  'target_changed',
  'remove_target',
] as const;

type Interfaces = ReadonlyMap<string, ReadonlyMap<string, OperationDefinition>>;

/** Operations to run for a node, in their order: its own and those of its relationships, which win (spec: tosca.md 6.2). */
export function operationsOf(node: NodeTemplate, topology: Topology): Operation[] {
  const found = new Map<string, Operation>();
  for (const name of runOrder) {
    const definition = ownOperation(node, name);
    if (definition?.implementation !== undefined) {
      found.set(name, { name, definition, owner: { kind: 'node', node } });
    }
  }
  for (const relationship of node.requirements) {
    addOfRelationship(found, ofSource, relationship, relationship.target);
  }
  for (const relationship of incomingOf(topology, node)) {
    addOfRelationship(found, ofTarget, relationship, relationship.source);
  }
  return runOrder.flatMap((name) => found.get(name) ?? []);
}

/** The operation of a node: of its template, else of the nearest of its types. */
function ownOperation(node: NodeTemplate, name: string): OperationDefinition | undefined {
  const own = operationIn(node.interfaces, name);
  if (own !== undefined) {
    return own;
  }
  return lifecycle.some((each) => each === name) ? typeOperation(node.type, name) : undefined;
}

function operationIn(interfaces: Interfaces, name: string): OperationDefinition | undefined {
  for (const operations of interfaces.values()) {
    const operation = operations.get(name);
    if (operation !== undefined) {
      return operation;
    }
  }
  return undefined;
}

/** What the nearest of a type and its ancestors defines under `Configure` or `Standard`. */
function typeOperation(
  type: ToscaType,
  name: string,
  interfaces = ['Standard', 'Configure'],
): OperationDefinition | undefined {
  for (const each of typeLine(type)) {
    for (const interfaceName of interfaces) {
      const operation = interfaceOf(each, interfaceName)?.get(name);
      if (operation !== undefined) {
        return operation;
      }
    }
  }
  return undefined;
}

/** An interface by its short name, under which it stands or at which its full name ends. */
function interfaceOf(type: ToscaType, name: string): ReadonlyMap<string, OperationDefinition> | undefined {
  const known = type.interfaces.get(name);
  if (known !== undefined) {
    return known;
  }
  return [...type.interfaces].find(([each]) => each.endsWith(`.${name}`))?.[1];
}

function addOfRelationship(
  found: Map<string, Operation>,
  names: readonly string[],
  relationship: Relationship,
  otherEnd: NodeTemplate,
): void {
  for (const name of names) {
    const operation = ofRelationship(name, relationship, otherEnd);
    if (operation !== undefined) {
      found.set(name, operation);
    }
  }
}

/** Of its type, else of its template, else of the node at its other end. */
function ofRelationship(
  name: string,
  relationship: Relationship,
  otherEnd: NodeTemplate,
): Operation | undefined {
  const owner = { kind: 'relationship', relationship } as const;
  for (const definition of [
    typeOperation(relationship.type, name, ['Configure', 'Standard']),
    operationIn(relationship.interfaces, name),
  ]) {
    if (definition?.implementation !== undefined) {
      return { name, definition, owner };
    }
  }
  const definition = /^(?:pre|post)_/.test(name)
    ? (operationIn(otherEnd.interfaces, name) ?? typeOperation(otherEnd.type, name))
    : undefined;
  return definition?.implementation === undefined
    ? undefined
    : { name, definition, owner: { kind: 'node', node: otherEnd } };
}
