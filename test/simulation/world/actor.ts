import type { Clock } from '@im/domain';
import type { Timers } from '@im/jobs';
import type { Scheduler } from './scheduler.js';

/** What an actor is; users live outside of the service and do not fail. */
export type ActorKind = 'api' | 'worker' | 'user';

/**
 * A process of the service, or a user. All it does in the world goes through turns and timers of the scheduler: once it is dead, none of
 * them comes any more, so its code stops at the await it stood at; while it sleeps (SIGSTOP), they come late.
 */
export class Actor implements Clock, Timers {
  alive = true;
  /** Nothing of it happens before this moment. */
  asleepUntil = 0;
  /** Which of two comes first when it wakes: timers that are due, or messages. */
  wakesWithTimers = true;
  /** Its clock is a monotonic one; only `wallClock` is wrong. */
  readonly wallClock: Clock;

  /**
   * @param latency draws how long a message of it travels, in milliseconds
   * @param skewMs how far its wall clock is off
   */
  constructor(
    readonly name: string,
    readonly kind: ActorKind,
    private readonly scheduler: Scheduler,
    private readonly latency: () => number,
    skewMs = 0,
  ) {
    this.wallClock = { now: () => scheduler.now + skewMs };
  }

  now(): number {
    return this.scheduler.now;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.scheduler.after(delayMs, { actor: this, label: 'timer', isTimer: true, run: callback });
  }

  /** A moment between two steps of its code at which anything may happen in the world, its death included. */
  turn(label: string, delayMs = this.latency()): Promise<void> {
    return new Promise((resolve) => {
      this.scheduler.after(delayMs, { actor: this, label, run: resolve });
    });
  }
}
