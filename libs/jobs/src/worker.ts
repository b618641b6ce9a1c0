import type { WakeUpQueue } from '@im/domain';
import type { OperationDriver } from './driver/operation-driver.js';
import type { Reconciler } from './reconciler/reconciler.js';

/** The part of the service that works: takes wake-ups and re-creates lost ones. */
export class Worker {
  constructor(
    private readonly queue: WakeUpQueue,
    private readonly driver: OperationDriver,
    private readonly reconciler: Reconciler,
    private readonly concurrency: number,
  ) {}

  /** Begins to work; what a former process left is found first. */
  async start(): Promise<void> {
    this.queue.start((wakeUp, signal) => this.driver.handle(wakeUp, signal), this.concurrency);
    await this.reconciler.start();
  }

  /**
   * Takes no more work, tells steps under way to end, waits for them and gives their leases back.
   * @param graceMs longest wait; leases of steps that take longer expire by themselves
   */
  async stop(graceMs: number): Promise<void> {
    await this.reconciler.stop();
    await this.queue.stop(graceMs);
  }
}
