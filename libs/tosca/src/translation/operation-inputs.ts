import type { Evaluation } from '../functions/evaluate.js';
import { argumentsOf, functionCall } from '../functions/function-names.js';
import { addressOf, artifactsOf } from '../topology/artifacts.js';
import { translationError } from '../tosca-error.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { textOf } from '../yaml/values.js';
import { baseName } from './base-name.js';
import type { Operation } from './operations.js';

/** A file that a machine fetches before the operations run. */
export interface Download {
  url: string;
  /** Where it is put. */
  path: string;
}

/** Evaluated inputs of an operation, and what must be fetched for them. */
export interface OperationInputs {
  values: ToscaMap;
  downloads: Download[];
}

/**
 * Evaluates the inputs of an operation (spec: tosca.md 6.4).
 * @throws ToscaError `value` for an input that has no value
 */
export function inputsOf(operation: Operation, evaluation: Evaluation): OperationInputs {
  const values: ToscaMap = new Map();
  const downloads: Download[] = [];
  for (const [name, given] of operation.definition.inputs) {
    const download = downloadOf(given, operation, evaluation);
    if (download !== undefined) {
      downloads.push(download);
      values.set(name, download.path);
      continue;
    }
    const value = evaluation.evaluate(given, operation.owner);
    if (value === null) {
      throw translationError(
        'value',
        `input value for ${name} in interface ${operation.name} of node ${ownerName(operation)} not valid`,
      );
    }
    values.set(name, value);
  }
  return { values, downloads };
}

/** Name of the node or relationship whose operation it is. */
export function ownerName({ owner }: Operation): string {
  return owner.kind === 'node' ? owner.node.name : owner.relationship.name;
}

/** An input that is an artifact: its node is not asked for, and an unknown name is the address itself (spec: tosca.md 6.4). */
function downloadOf(value: ToscaValue, { owner }: Operation, evaluation: Evaluation): Download | undefined {
  const call = functionCall(value);
  if (call?.name !== 'get_artifact') {
    return undefined;
  }
  const [, given = null] = argumentsOf(call);
  const name = textOf(evaluation.evaluate(given, owner));
  const artifacts = artifactsOf([owner.kind === 'node' ? owner.node : owner.relationship.source]);
  const artifact = artifacts.find((each) => each.name === name);
  const url =
    artifact === undefined
      ? name
      : addressOf(
          textOf(evaluation.evaluate(artifact.file, owner)),
          artifact.repository,
          evaluation.topology,
        );
  return { url, path: `/tmp/${baseName(url)}` };
}
