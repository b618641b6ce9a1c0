import type { WakeUp } from '@im/domain';
import { wakeUpKey } from '@im/domain';
import type { JobsOptions } from 'bullmq';

/** Body of a job: ids, nothing else (design: architecture.md 2). */
export type WakeUpJob = Record<string, string | number>;

export function toJob(wakeUp: WakeUp): WakeUpJob {
  return { ...wakeUp };
}

/** @returns null for what another version may have written */
export function fromJob(data: unknown): WakeUp | null {
  if (typeof data !== 'object' || data === null || !('kind' in data)) {
    return null;
  }
  const infrastructureId = 'infrastructureId' in data ? data.infrastructureId : undefined;
  if (data.kind === 'infrastructure' && typeof infrastructureId === 'string') {
    return { kind: 'infrastructure', infrastructureId };
  }
  if (data.kind === 'launch' && typeof infrastructureId === 'string' && 'lane' in data) {
    return typeof data.lane === 'number' ? { kind: 'launch', infrastructureId, lane: data.lane } : null;
  }
  if (data.kind === 'operation' && 'operationId' in data && typeof data.operationId === 'string') {
    return { kind: 'operation', operationId: data.operationId };
  }
  return null;
}

/**
 * Of one key at most one job waits and one runs: what comes while one runs is kept and follows it. A delayed wake-up has a key of its
 * own, so that it can neither hold up nor replace one for now; of two the newer counts, since it was computed from newer rows.
 */
export function jobOptions(wakeUp: WakeUp, delayMs: number): JobsOptions {
  const key = wakeUpKey(wakeUp);
  return delayMs > 0
    ? {
        delay: Math.ceil(delayMs),
        deduplication: { id: `later-${key}`, replace: true, keepLastIfActive: true },
      }
    : { deduplication: { id: key, keepLastIfActive: true } };
}
