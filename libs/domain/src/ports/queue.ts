/**
 * A wake-up says that there may be something to do; it carries ids only (design: architecture.md 2).
 * A lost or doubled wake-up does no harm.
 */
export type WakeUp =
  | { kind: 'infrastructure'; infrastructureId: string }
  /** Launch lane `lane` of the infrastructure may claim a planned VM. */
  | { kind: 'launch'; infrastructureId: string; lane: number }
  /** An operation that belongs to no infrastructure. */
  | { kind: 'operation'; operationId: string };

/** The same key means the same work: a second wake-up while one waits is dropped, one while it runs is kept. */
export function wakeUpKey(wakeUp: WakeUp): string {
  switch (wakeUp.kind) {
    case 'infrastructure':
      return `inf-${wakeUp.infrastructureId}`;
    case 'launch':
      return `launch-${wakeUp.infrastructureId}-${wakeUp.lane}`;
    case 'operation':
      return `op-${wakeUp.operationId}`;
  }
}

export interface WakeUpQueue {
  /** @param delayMs not before this time from now; a sooner wake-up of the same key wins. */
  wake(wakeUp: WakeUp, delayMs?: number): Promise<void>;
  /** Starts to hand wake-ups to `worker`, at most `concurrency` at once and never two with the same key at once. */
  start(worker: (wakeUp: WakeUp, signal: AbortSignal) => Promise<void>, concurrency: number): void;
  /** Wake-ups that wait or run. */
  depth(): Promise<number>;
  /** Stops handing out, waits for what runs (at most `graceMs`), keeps nothing. */
  stop(graceMs: number): Promise<void>;
}

/** Tells waiting requests that something ended; a lost message costs a poll, nothing else. */
export interface Notifier {
  /** @param topic an operation id, or `inf-<id>` for "the infrastructure changed" */
  publish(topic: string): Promise<void>;
  /** @returns a function that ends the subscription */
  subscribe(topic: string, listener: () => void): () => void;
}
