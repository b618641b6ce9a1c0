import type { Logger, Store, WakeUpQueue } from '@im/domain';
import { messageOf } from '@im/domain';
import type { Timers } from '../timers.js';

/** All times in milliseconds. */
export interface ReconcilerOptions {
  intervalMs: number;
  sweepIntervalMs: number;
  /** Age after which finished questions and refreshes are deleted. */
  keepFinishedMs: number;
  /** IDEMPOTENCY_KEY_TIME: age after which the outcomes of requests under a key are forgotten. */
  keepKeysMs: number;
  /** Wake-ups per round; what is left comes with the next. */
  batch: number;
}

export const defaultReconcilerOptions: ReconcilerOptions = {
  intervalMs: 5_000,
  sweepIntervalMs: 60_000,
  keepFinishedMs: 3_600_000,
  keepKeysMs: 86_400_000,
  batch: 1_000,
};

/** Re-creates wake-ups that were lost, and deletes what expired (design: architecture.md 2). */
export class Reconciler {
  private cancelTimer: (() => void) | null = null;
  private round: Promise<void> | null = null;
  private stopped = true;
  private lastSweep: number | null = null;

  constructor(
    private readonly store: Store,
    private readonly queue: WakeUpQueue,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly options: ReconcilerOptions = defaultReconcilerOptions,
  ) {}

  /** Does a first round at once; resolves when it is done. Errors of rounds are logged, never thrown. */
  async start(): Promise<void> {
    this.stopped = false;
    await this.reconcile();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelTimer?.();
    this.cancelTimer = null;
    await this.round;
  }

  /** One round; joins the one under way. */
  reconcile(): Promise<void> {
    this.round ??= this.doRound().finally(() => {
      this.round = null;
    });
    return this.round;
  }

  private async doRound(): Promise<void> {
    this.cancelTimer?.();
    try {
      await this.wakeUnattended();
      await this.sweepIfTime();
    } catch (error) {
      this.logger.warn('Looking for unattended work failed', { cause: messageOf(error) });
    }
    if (!this.stopped) {
      this.cancelTimer = this.timers.after(this.options.intervalMs, () => {
        void this.reconcile();
      });
    }
  }

  private async wakeUnattended(): Promise<void> {
    const unattended = await this.store.unattendedWork(this.options.batch);
    for (const { infrastructureId, operationId } of unattended) {
      await this.queue.wake(
        infrastructureId === null
          ? { kind: 'operation', operationId }
          : { kind: 'infrastructure', infrastructureId },
      );
    }
  }

  private async sweepIfTime(): Promise<void> {
    const now = this.timers.now();
    if (this.lastSweep !== null && now - this.lastSweep < this.options.sweepIntervalMs) {
      return;
    }
    this.lastSweep = now;
    const { keepFinishedMs, keepKeysMs } = this.options;
    const databaseTime = await this.store.now();
    await this.store.sweep(databaseTime - keepFinishedMs, databaseTime - keepKeysMs);
  }
}
