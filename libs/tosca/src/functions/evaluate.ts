import type { NodeTemplate, Relationship, Topology } from '../topology/topology.js';
import type { ToscaValue } from '../yaml/values.js';

/** Whose value is evaluated: what SELF, HOST, SOURCE and TARGET mean. */
export type Owner =
  | { kind: 'node'; node: NodeTemplate }
  | { kind: 'relationship'; relationship: Relationship }
  /** Outputs and inputs belong to nobody. */
  | { kind: 'topology' };

/**
 * Answers `get_attribute` (spec: tosca.md 7): an Ansible expression while RADL is made, the facts of the VMs in outputs.
 * @param args the arguments of the function, evaluated; the first names the node
 * @param owner whose value holds the function
 * @returns null when it is not known
 */
export type AttributeSource = (
  args: readonly ToscaValue[],
  owner: Owner,
  evaluation: Evaluation,
) => ToscaValue;

/** How the functions of a document are answered. */
export interface Evaluation {
  topology: Topology;
  attribute: AttributeSource;
  /** Evaluates a value with all functions in it, at any depth, without changing it. Null stands for what is not known. @throws ToscaError */
  evaluate(value: ToscaValue, owner: Owner): ToscaValue;
}
