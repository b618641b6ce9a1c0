import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap } from '../yaml/values.js';

/** The intrinsic functions (spec: tosca.md 5.2); `get_nodes_of_type` is none of them and stays a plain map. */
export const functionNames = [
  'get_input',
  'get_property',
  'get_attribute',
  'get_artifact',
  'get_operation_output',
  'concat',
  'token',
] as const;

export type FunctionName = (typeof functionNames)[number];

/** A call of a function in a document. */
export interface FunctionCall {
  name: FunctionName;
  /** As written: a text, or a list. */
  argument: ToscaValue;
}

const known: ReadonlyMap<string, FunctionName> = new Map(functionNames.map((name) => [name, name]));

/** The call that a map with a single key stands for; undefined when it is none. */
export function functionCall(value: ToscaValue | undefined): FunctionCall | undefined {
  if (!isMap(value) || value.size !== 1) {
    return undefined;
  }
  return callOf(value);
}

function callOf(value: ToscaMap): FunctionCall | undefined {
  for (const [key, argument] of value) {
    const name = known.get(key);
    return name === undefined ? undefined : { name, argument };
  }
  return undefined;
}

/** The arguments of a call: those of its list, or the single one. */
export function argumentsOf(call: FunctionCall): readonly ToscaValue[] {
  return Array.isArray(call.argument) ? call.argument : [call.argument];
}
