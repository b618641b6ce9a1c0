import type { Evaluation, Owner } from '../functions/evaluate.js';
import type { Capability, NodeTemplate } from '../topology/topology.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';

/** A property of a node, evaluated; null when there is none. @throws ToscaError */
export function propertyOf(node: NodeTemplate, name: string, evaluation: Evaluation): ToscaValue {
  return evaluated(node.properties.get(name), { kind: 'node', node }, evaluation);
}

/** A property of a capability of a node, evaluated; null when there is none. @throws ToscaError */
export function capabilityPropertyOf(
  node: NodeTemplate,
  capability: string,
  name: string,
  evaluation: Evaluation,
): ToscaValue {
  const value = node.capabilities.get(capability)?.properties.get(name);
  return evaluated(value, { kind: 'node', node }, evaluation);
}

/** All properties of a capability of a node that have a value, evaluated. @throws ToscaError */
export function capabilityProperties(
  node: NodeTemplate,
  capability: Capability | undefined,
  evaluation: Evaluation,
): ToscaMap {
  const values: ToscaMap = new Map();
  for (const [name, value] of capability?.properties ?? []) {
    const known = evaluated(value, { kind: 'node', node }, evaluation);
    if (known !== null) {
      values.set(name, known);
    }
  }
  return values;
}

function evaluated(value: ToscaValue | undefined, owner: Owner, evaluation: Evaluation): ToscaValue {
  return value === undefined || value === null ? null : evaluation.evaluate(value, owner);
}
