/** Timers as the engine uses them, so that a simulator can give its own. */
export interface Timers {
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  now(): number;
  /**
   * Runs `callback` once, `delayMs` from now.
   * @returns cancels it; does nothing once it ran
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** Longest delay that Node's timers take; longer ones would fire at once. */
const longestDelayMs = 2_147_483_647;

/** Timers of this process. They do not keep it alive: servers do. */
export const processTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestDelayMs));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
