import type { Logger, Notifier, WakeUp, WakeUpQueue } from '@im/domain';
import { messageOf, wakeUpKey } from '@im/domain';
import type { Timers } from '../timers.js';
import { DueHeap } from './due-heap.js';

/**
 * Topic on which a queue tells that a wake-up came for a key that is being worked on. Who works on it may look again at once;
 * the wake-up itself still follows when the work ends.
 */
export function wakeUpTopic(key: string): string {
  return `wake-${key}`;
}

/**
 * Between two runs for one key. Two that wake each other in turns can so never take the whole process for themselves; to everybody
 * else this is no delay.
 */
const restMs = 10;

type WorkFunction = (wakeUp: WakeUp, signal: AbortSignal) => Promise<void>;

/** Wake-ups inside one process: what stands here is lost with it, and re-created by the reconciler. */
export class InProcessQueue implements WakeUpQueue {
  private readonly wakeUps = new Map<string, WakeUp>();
  private readonly waiting = new DueHeap();
  /** Keys being worked on, each with the promise of its end. */
  private readonly running = new Map<string, Promise<void>>();
  /** Keys whose work has just ended, each with what ends its rest. */
  private readonly resting = new Map<string, () => void>();
  /** Due wake-ups whose key is being worked on, or rests. */
  private readonly kept = new Map<string, WakeUp>();
  private worker: WorkFunction | null = null;
  private concurrency = 0;
  private shutdown = new AbortController();
  private cancelTimer: (() => void) | null = null;
  private stopped = false;

  constructor(
    private readonly timers: Timers,
    private readonly notifier: Notifier,
    private readonly logger: Logger,
  ) {}

  wake(wakeUp: WakeUp, delayMs = 0): Promise<void> {
    if (this.stopped) {
      return Promise.resolve();
    }
    const key = wakeUpKey(wakeUp);
    if (delayMs <= 0 && this.isBusy(key)) {
      return this.keep(key, wakeUp);
    }
    this.wakeUps.set(key, wakeUp);
    this.waiting.add(key, this.timers.now() + Math.max(delayMs, 0));
    this.handOut();
    return Promise.resolve();
  }

  start(worker: WorkFunction, concurrency: number): void {
    this.worker = worker;
    this.concurrency = Math.max(1, concurrency);
    this.stopped = false;
    this.shutdown = new AbortController();
    this.handOut();
  }

  depth(): Promise<number> {
    return Promise.resolve(this.waiting.size + this.kept.size + this.running.size);
  }

  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    this.worker = null;
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.waiting.clear();
    this.wakeUps.clear();
    this.kept.clear();
    for (const cancel of this.resting.values()) {
      cancel();
    }
    this.resting.clear();
    this.shutdown.abort(new Error('The service is stopping.'));
    let cancelGrace: () => void = () => undefined;
    const grace = new Promise<void>((resolve) => {
      cancelGrace = this.timers.after(graceMs, resolve);
    });
    await Promise.race([Promise.all(this.running.values()), grace]);
    cancelGrace();
  }

  /** Starts what is due and may run, and sets the one timer for what is due next. */
  private handOut(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    const now = this.timers.now();
    while (this.worker !== null && this.running.size < this.concurrency) {
      const key = this.waiting.takeDue(now);
      if (key === undefined) {
        break;
      }
      this.begin(key, this.worker);
    }
    const next = this.waiting.nextDueAt();
    if (this.worker !== null && next !== undefined && this.running.size < this.concurrency) {
      this.cancelTimer = this.timers.after(next - now, () => {
        this.handOut();
      });
    }
  }

  private begin(key: string, worker: WorkFunction): void {
    const wakeUp = this.wakeUps.get(key);
    this.wakeUps.delete(key);
    if (wakeUp === undefined) {
      return;
    }
    if (this.isBusy(key)) {
      void this.keep(key, wakeUp);
      return;
    }
    this.running.set(key, this.work(key, wakeUp, worker));
  }

  /** Never rejects. */
  private async work(key: string, wakeUp: WakeUp, worker: WorkFunction): Promise<void> {
    // Never inside the call that woke it: it counts as running by now, and no chain of wake-ups grows the stack.
    await Promise.resolve();
    try {
      await worker(wakeUp, this.shutdown.signal);
    } catch (error) {
      this.logger.error('A wake-up failed', { wakeUp, cause: messageOf(error) });
    }
    this.running.delete(key);
    if (this.worker !== null) {
      this.resting.set(
        key,
        this.timers.after(restMs, () => {
          this.endRest(key);
        }),
      );
    }
    this.handOut();
  }

  private endRest(key: string): void {
    this.resting.delete(key);
    const again = this.kept.get(key);
    this.kept.delete(key);
    if (again !== undefined) {
      this.wakeUps.set(key, again);
      this.waiting.add(key, this.timers.now());
    }
    this.handOut();
  }

  private isBusy(key: string): boolean {
    return this.running.has(key) || this.resting.has(key);
  }

  /** Keeps a wake-up until the work on its key ends, and tells that work about it. */
  private keep(key: string, wakeUp: WakeUp): Promise<void> {
    this.kept.set(key, wakeUp);
    return this.notifier.publish(wakeUpTopic(key));
  }
}
