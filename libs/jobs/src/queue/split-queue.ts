import type { WakeUp, WakeUpQueue } from '@im/domain';

/** Two queues as one: launches, which take as long as a cloud does, never keep the places that other work needs. */
export class SplitQueue implements WakeUpQueue {
  constructor(
    private readonly steps: WakeUpQueue,
    private readonly launches: WakeUpQueue,
  ) {}

  wake(wakeUp: WakeUp, delayMs?: number): Promise<void> {
    return (wakeUp.kind === 'launch' ? this.launches : this.steps).wake(wakeUp, delayMs);
  }

  /** Each of the two works on `concurrency` wake-ups at once. */
  start(worker: (wakeUp: WakeUp, signal: AbortSignal) => Promise<void>, concurrency: number): void {
    this.steps.start(worker, concurrency);
    this.launches.start(worker, concurrency);
  }

  async depth(): Promise<number> {
    const [steps, launches] = await Promise.all([this.steps.depth(), this.launches.depth()]);
    return steps + launches;
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all([this.steps.stop(graceMs), this.launches.stop(graceMs)]);
  }
}
