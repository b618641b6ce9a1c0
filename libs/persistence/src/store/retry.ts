import { setTimeout as delay } from 'node:timers/promises';
import { VersionConflictError } from '@im/domain';

/** How often and how slowly a transaction is run again. */
export interface RetryPolicy {
  attempts: number;
  /** The first pause is between half of this and all of it; each further one doubles. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** After this time no further attempt begins. */
  budgetMs: number;
}

/** Pauses of about three seconds in all, which outlast most restarts; a client waits for the outcome. */
const transactionRetries: RetryPolicy = {
  attempts: 14,
  firstPauseMs: 5,
  longestPauseMs: 500,
  budgetMs: 20_000,
};

/** How often a transaction runs when rows changed under it: more than this means that it was given old rows. */
const conflictAttempts = 5;

/** Whether a row changed between reading and writing, and reading it again may help. */
export function isConflict(error: unknown, attempt: number): boolean {
  return error instanceof VersionConflictError && attempt < conflictAttempts;
}

/**
 * Runs `work` again while it fails with something that may pass, with growing random pauses.
 * @throws what the last run threw
 */
export async function retrying<T>(
  work: () => Promise<T>,
  mayPass: (error: unknown, attempt: number) => boolean,
  policy: RetryPolicy = transactionRetries,
): Promise<T> {
  const end = performance.now() + policy.budgetMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= policy.attempts || performance.now() >= end || !mayPass(error, attempt)) {
        throw error;
      }
      const longest = Math.min(policy.longestPauseMs, policy.firstPauseMs * 2 ** (attempt - 1));
      await delay(longest * (0.5 + Math.random() / 2));
    }
  }
}
