import type { FunctionCall } from '../functions/function-names.js';
import { argumentsOf, functionCall } from '../functions/function-names.js';
import { capabilityNamed, hostWith, propertyOf } from '../functions/make-evaluation.js';
import type { NodeTemplate, Topology } from '../topology/topology.js';
import { derivesFrom } from '../types/type-library.js';
import type { Path, ToscaValue } from '../yaml/values.js';
import { textOf } from '../yaml/values.js';
import type { Problems } from './problems.js';

/**
 * Checks the functions that stand directly as the value of a property, of an input of an operation, or of an output; deeper ones are checked by
 * their evaluation (spec: tosca.md 5.2).
 */
export function checkFunctions(topology: Topology, problems: Problems): void {
  const checker = new FunctionChecker(topology, problems);
  for (const node of topology.nodes.values()) {
    const path = ['topology_template', 'node_templates', node.name];
    checker.values(node.properties, node, [...path, 'properties']);
    for (const capability of node.capabilities.values()) {
      checker.values(capability.properties, node, [...path, 'capabilities', capability.name, 'properties']);
    }
    for (const [interfaceName, operations] of node.interfaces) {
      for (const operation of operations.values()) {
        checker.values(operation.inputs, node, [
          ...path,
          'interfaces',
          interfaceName,
          operation.name,
          'inputs',
        ]);
      }
    }
  }
  checker.values(topology.outputs, undefined, ['topology_template', 'outputs']);
}

class FunctionChecker {
  constructor(
    private readonly topology: Topology,
    private readonly problems: Problems,
  ) {}

  /** @param node whose values they are; undefined for outputs */
  values(values: ReadonlyMap<string, ToscaValue>, node: NodeTemplate | undefined, path: Path): void {
    for (const [name, value] of values) {
      const call = functionCall(value);
      if (call !== undefined) {
        this.call(call, node, [...path, name]);
      }
    }
  }

  private call(call: FunctionCall, node: NodeTemplate | undefined, path: Path): void {
    const args = argumentsOf(call);
    switch (call.name) {
      case 'get_input':
        return this.input(args, path);
      case 'get_property':
        return this.property(args, node, path);
      case 'get_attribute':
        return this.attribute(args, node, path);
      case 'token':
        return this.token(args, path);
      default:
    }
  }

  private input(args: readonly ToscaValue[], path: Path): void {
    const name = textOf(args[0] ?? null);
    if (args.length === 1 && functionCall(args[0]) === undefined && !this.topology.inputs.has(name)) {
      this.problems.add('unknown-input', 'UnknownInputError', `Unknown input "${name}".`, path);
    } else if (args.length !== 1) {
      this.problems.value(
        'ValueError',
        `Expected one argument for function "get_input" but received "${args.map(textOf).join(', ')}".`,
        path,
      );
    }
  }

  private property(args: readonly ToscaValue[], node: NodeTemplate | undefined, path: Path): void {
    const [reference = null, name = null, second = null] = args;
    if (args.length < 2) {
      this.problems.value(
        'ValueError',
        'Expected arguments: "node-template-name", "req-or-cap" (optional), "property name".',
        path,
      );
      return;
    }
    if (typeof reference !== 'string' || typeof name !== 'string') {
      return;
    }
    const start = this.node(reference, node, path);
    if (start === undefined) {
      return;
    }
    const found = reference === 'HOST' ? hostWith(start, name, textOf(second)) : start;
    if (found === undefined || !hasProperty(found, name, textOf(second))) {
      this.problems.add(
        'unknown-property',
        'KeyError',
        `'Property "${name}" was not found in node template "${start.name}".'`,
        path,
      );
    }
  }

  private attribute(args: readonly ToscaValue[], node: NodeTemplate | undefined, path: Path): void {
    const [reference = null, name = null] = args;
    if (args.length < 2) {
      this.problems.value(
        'ValueError',
        'Illegal arguments for function "get_attribute". Expected arguments: "node-template-name", "req-or-cap" (optional), "attribute name".',
        path,
      );
      return;
    }
    if (node === undefined && reference === 'HOST') {
      this.problems.value(
        'ValueError',
        '"get_attribute: [ HOST, ... ]" is not allowed in "outputs" section of the TOSCA template.',
        path,
      );
      return;
    }
    if (typeof reference !== 'string' || typeof name !== 'string' || reference === 'HOST') {
      return;
    }
    const start = this.node(reference, node, path);
    if (start !== undefined && !hasAttribute(start, name)) {
      this.problems.add(
        'unknown-property',
        'KeyError',
        `'Attribute "${name}" was not found in node template "${start.name}".'`,
        path,
      );
    }
  }

  private token(args: readonly ToscaValue[], path: Path): void {
    const [, separator = null, index = null] = args;
    if (args.length < 3) {
      this.problems.value(
        'ValueError',
        'Invalid arguments for function "token". Expected at least three arguments.',
        path,
      );
    } else if (typeof separator !== 'string' || separator.length !== 1) {
      this.problems.value(
        'ValueError',
        'Invalid arguments for function "token". Expected single char value as second argument.',
        path,
      );
    } else if (typeof index !== 'number') {
      this.problems.value(
        'ValueError',
        'Invalid arguments for function "token". Expected integer value as third argument.',
        path,
      );
    }
  }

  /** The node a name means; SOURCE and TARGET have none outside of relationships. */
  private node(reference: string, node: NodeTemplate | undefined, path: Path): NodeTemplate | undefined {
    if (reference === 'SELF' || reference === 'HOST') {
      return node;
    }
    if (reference === 'SOURCE' || reference === 'TARGET') {
      return undefined;
    }
    const found = this.topology.nodes.get(reference);
    if (found === undefined) {
      this.problems.add('unknown-node', 'KeyError', `'Node template "${reference}" was not found.'`, path);
    }
    return found;
  }
}

function hasProperty(node: NodeTemplate, name: string, second: string): boolean {
  if (propertyOf(node, name) !== undefined) {
    return true;
  }
  const found = capabilityNamed(node, name)?.capability;
  return found?.properties.has(second) === true || found?.type?.properties.has(second) === true;
}

/** An attribute of the node, or a requirement or capability whose attribute the evaluation looks for. */
function hasAttribute(node: NodeTemplate, name: string): boolean {
  return (
    node.type.attributes.has(name) ||
    node.capabilities.has(name) ||
    node.requirements.some((requirement) => requirement.requirement === name) ||
    node.type.properties.has(name) ||
    derivesFrom(node.type, 'tosca.nodes.Container.Application')
  );
}
