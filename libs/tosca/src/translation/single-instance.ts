import type { Radl } from '@im/radl';
import { FeatureSet } from '@im/radl';
import type { Evaluation } from '../functions/evaluate.js';
import { stepOf } from '../topology/hosts.js';
import type { NodeTemplate } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import { deploy, wantedNumber } from './scaling.js';
import type { TranslationContext } from './translation.js';

/**
 * How many of a container or function are wanted (spec: tosca.md 6.7).
 * @param runtime what says it when the node itself does not
 * @throws ToscaError `value` for more than one
 */
export function wantedInstances(
  node: NodeTemplate,
  runtime: NodeTemplate | undefined,
  evaluation: Evaluation,
): 0 | 1 {
  const wanted = wantedNumber(node.capabilities.has('scalable') ? node : (runtime ?? node), evaluation);
  if (wanted === 0 || wanted === 1) {
    return wanted;
  }
  throw translationError('value', `Scalability values of ${node.type.name} only allows 0 or 1.`);
}

/** An empty configure, which switches the contextualization of a system off, its item, and the deploy (spec: tosca.md 6.7). */
export function deploySingle(
  node: NodeTemplate,
  system: string,
  wanted: 0 | 1,
  context: TranslationContext,
): void {
  const { radl, topology } = context;
  radl.configures.push({ id: system, recipe: null, reference: false });
  addItem(radl, system, system, stepOf(topology, node));
  deploy(node, system, wanted, context);
}

/** Adds a configure of a system to the order of the recipes. */
export function addItem(radl: Radl, system: string, configure: string, step: number): void {
  radl.contextualize ??= { maxTime: 0, options: new FeatureSet(), items: [] };
  radl.contextualize.items.push({ system, configure, step });
}
