import { ImError } from '../errors.js';
import type { Operation } from '../model/operation.js';
import { isActive } from '../model/operation.js';
import type { Clock } from '../ports/environment.js';
import type { Notifier } from '../ports/queue.js';
import type { StoreReader } from '../ports/store.js';
import type { OperationOutcome } from './infrastructure-requests.js';

/** A pause that ends early; timers stay outside of this library. */
export type Pause = (delayMs: number, wakeEarly: (wake: () => void) => void) => Promise<void>;

/** How often the store is asked although no notification came: the safety net for lost messages. */
const pollMs = 1000;
/** So long one who waits bears that the store is away: the work goes on behind, and an error would only make them ask for it again. */
const longestOutageMs = 60_000;

/**
 * Waits for the end of an operation (design: architecture.md 2, "Synchronous calls").
 * @param pause ends after the delay or as soon as the given function is called
 */
export async function operationOutcome<Result>(
  ports: { store: StoreReader; notifier: Notifier; clock: Clock; pause: Pause },
  operationId: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<OperationOutcome<Result>> {
  const until = ports.clock.now() + timeoutMs;
  let news = false;
  let wake: (() => void) | null = null;
  const nudge = (): void => {
    news = true;
    wake?.();
  };
  let awaySince: number | null = null;
  let infrastructureId: string | null = null;
  const look = async <Result>(): Promise<OperationOutcome<Result>> => {
    try {
      const operation = await ports.store.operation(operationId);
      awaySince = null;
      infrastructureId = operation?.infrastructureId ?? null;
      return outcomeOf<Result>(operation);
    } catch (error) {
      awaySince ??= ports.clock.now();
      if (!isAway(error) || ports.clock.now() - awaySince >= longestOutageMs) {
        throw error;
      }
      return { state: 'active' };
    }
  };
  const unsubscribe = ports.notifier.subscribe(operationId, nudge);
  signal?.addEventListener('abort', nudge, { once: true });
  try {
    for (;;) {
      news = false;
      const outcome = await look<Result>();
      const left = until - ports.clock.now();
      if (outcome.state !== 'active' || left <= 0 || signal?.aborted === true) {
        await tellCaches(ports.notifier, infrastructureId);
        return outcome;
      }
      if (!news) {
        await ports.pause(Math.min(left, pollMs), (early) => {
          wake = early;
        });
        wake = null;
      }
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', nudge);
  }
}

/** Whoever learns of an outcome must not read what was before it, not even from a cache while the database is away. */
async function tellCaches(notifier: Notifier, infrastructureId: string | null): Promise<void> {
  if (infrastructureId !== null) {
    await notifier.publish(`inf-${infrastructureId}`);
  }
}

function isAway(error: unknown): boolean {
  return error instanceof ImError && error.code === 'Unavailable';
}

function outcomeOf<Result>(operation: Operation | null): OperationOutcome<Result> {
  if (operation === null) {
    throw new ImError('Internal', 'The operation is not known any more.');
  }
  if (isActive(operation)) {
    return { state: 'active' };
  }
  if (operation.state === 'failed') {
    return {
      state: 'failed',
      error: operation.error ?? { code: 'Internal', message: 'The operation failed.' },
    };
  }
  // Results are written by the handler of the kind that the caller started.
  return operation.state === 'cancelled'
    ? { state: 'cancelled' }
    : { state: 'succeeded', result: operation.result as Result };
}
