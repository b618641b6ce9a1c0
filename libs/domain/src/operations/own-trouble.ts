import { ImError, LeaseLostError, VersionConflictError } from '../errors.js';

/**
 * Whether an error is one of our own store, met for instance by the ledger in the middle of a call of a cloud. It says nothing about the
 * cloud: the step is done again.
 */
export function isOwnTrouble(error: unknown): boolean {
  return (
    error instanceof LeaseLostError ||
    error instanceof VersionConflictError ||
    (error instanceof ImError && error.code === 'Unavailable')
  );
}
