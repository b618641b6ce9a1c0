import type { Timers } from '../timers.js';

/** After a command that was not answered, this long none is tried: a dead network keeps a connection looking alive for minutes. */
const restMs = 5_000;

/** Whether Redis is worth a try. */
export class RedisBreaker {
  private closedUntil = 0;

  constructor(private readonly timers: Timers) {}

  get worthATry(): boolean {
    return this.timers.now() >= this.closedUntil;
  }

  failed(): void {
    this.closedUntil = this.timers.now() + restMs;
  }
}
