import type { Timers } from '../timers.js';

/**
 * Ends calls that make something at a cloud. When their worker is to stop they get a while to come to their end: a call that is cut off may
 * still have its effect, and whoever takes over must wait for the end of the lease before it looks for it.
 */
export class FinishSignal {
  private readonly controller = new AbortController();
  private cancelTimer: (() => void) | null = null;

  /** @param finishTimeMs how long calls go on after `stop` was called */
  constructor(
    private readonly timers: Timers,
    private readonly finishTimeMs: number,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The worker is to stop: calls end after a while. */
  stop(reason: unknown): void {
    this.cancelTimer ??= this.timers.after(this.finishTimeMs, () => {
      this.controller.abort(reason);
    });
  }

  /** Nobody may wait for calls any more, e.g. because the lease is lost. */
  cutOff(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** To be called once no call is left. */
  clear(): void {
    this.cancelTimer?.();
  }
}
