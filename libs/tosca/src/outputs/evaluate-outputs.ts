import { makeEvaluation } from '../functions/make-evaluation.js';
import type { Topology } from '../topology/topology.js';
import type { Json, ToscaValue } from '../yaml/values.js';
import { jsonOf } from '../yaml/values.js';
import type { RunningInfrastructure } from './running-infrastructure.js';
import { runtimeAttributes } from './runtime-attributes.js';

/** The outputs of an infrastructure. */
export interface EvaluatedOutputs {
  /** By name, in the order of the document; null is what is not known, or not yet. */
  outputs: Map<string, ToscaValue>;
  /** Why outputs could not be evaluated. */
  warnings: string[];
}

/** Evaluates the outputs of a document against what runs now (spec: tosca.md 8). One that fails is null and a warning; the others do not suffer. */
export function evaluateOutputs(topology: Topology, infrastructure: RunningInfrastructure): EvaluatedOutputs {
  const evaluation = makeEvaluation(topology, runtimeAttributes(topology, infrastructure));
  const outputs = new Map<string, ToscaValue>();
  const warnings: string[] = [];
  for (const [name, value] of topology.outputs) {
    try {
      outputs.set(name, evaluation.evaluate(value, { kind: 'topology' }));
    } catch (error) {
      outputs.set(name, null);
      warnings.push(`Output "${name}": ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { outputs, warnings };
}

/** The answer of the outputs call (spec: tosca.md 8). */
export function outputsJson({ outputs }: Pick<EvaluatedOutputs, 'outputs'>): {
  outputs: Record<string, Json>;
} {
  return {
    outputs: Object.fromEntries([...outputs].map(([name, value]) => [name, jsonOf(value)])),
  };
}
