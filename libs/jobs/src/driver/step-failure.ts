import type { ImErrorCode, OperationFailure } from '@im/domain';
import { CloudError, ImError } from '@im/domain';

/** What a thrown error means for the operation whose step threw it. */
export interface StepFailure {
  failure: OperationFailure;
  /** The same step may succeed later. */
  retry: boolean;
  /** The cloud asked for this wait, in milliseconds. */
  retryAfterMs: number;
  /** Nobody foresaw it: the log needs the whole error, the user gets a reference. */
  unexpected: boolean;
}

const passingCodes: readonly ImErrorCode[] = [
  'Conflict',
  'TooManyRequests',
  'Timeout',
  'Unavailable',
  'Internal',
];

/**
 * @param error whatever the step threw
 * @param operationId named in the text of errors whose own text may hold internals
 */
export function stepFailureOf(error: unknown, operationId: string): StepFailure {
  if (error instanceof CloudError) {
    return {
      failure: { code: error.code, message: error.message },
      retry: error.policy.retry,
      retryAfterMs: error.retryAfterMs ?? 0,
      unexpected: false,
    };
  }
  if (error instanceof ImError) {
    return {
      failure: { code: error.code, message: error.message },
      retry: passingCodes.includes(error.code),
      retryAfterMs: 0,
      unexpected: error.code === 'Internal',
    };
  }
  return { failure: internalFailure(operationId), retry: true, retryAfterMs: 0, unexpected: true };
}

/** The failure of an operation for a reason that is not the user's to know. */
export function internalFailure(operationId: string): OperationFailure {
  return { code: 'Internal', message: `Internal error, reference ${operationId}` };
}
