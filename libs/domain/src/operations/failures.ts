import { CloudError, ImError, messageOf } from '../errors.js';
import type { OperationFailure } from '../model/operation.js';

/** What the row of a failed operation says. */
export function failureOf(error: unknown): OperationFailure {
  const code = error instanceof ImError || error instanceof CloudError ? error.code : 'Internal';
  return { code, message: messageOf(error) };
}

/** A failure with a text of the specification. */
export function failure(message: string, code = 'OperationFailed'): OperationFailure {
  return { code, message };
}
