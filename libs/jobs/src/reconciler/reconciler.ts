import type { Lease, Logger, Store, WakeUpQueue } from '@im/domain';
import { messageOf } from '@im/domain';
import type { Timers } from '../timers.js';

/** All times in milliseconds. */
export interface ReconcilerOptions {
  /** Names this worker in the lease of the rounds. */
  owner: string;
  intervalMs: number;
  sweepIntervalMs: number;
  /** Age after which finished questions and refreshes are deleted. */
  keepFinishedMs: number;
  /** IDEMPOTENCY_KEY_TIME: age after which the outcomes of requests under a key are forgotten. */
  keepKeysMs: number;
  /** Wake-ups per round; what is left comes with the next. */
  batch: number;
  /** Is told how many wake-ups a round made again. */
  onUnattended?: (count: number) => void;
  /** Is told by each round whether the database takes changes. */
  onDatabaseTried?: (writable: boolean) => void;
}

export const defaultReconcilerOptions: Omit<ReconcilerOptions, 'owner'> = {
  intervalMs: 5_000,
  sweepIntervalMs: 60_000,
  keepFinishedMs: 3_600_000,
  keepKeysMs: 86_400_000,
  batch: 1_000,
};

/** Key of the lease under which one of all workers looks at a time. */
const leaseKey = 'reconciler';
/** Part of the interval for which a round is the only one; the rest is for clocks of workers that run a little apart. */
const roundShare = 0.9;

/**
 * Re-creates wake-ups that were lost, and deletes what expired (design: architecture.md 2). Every worker has one; a lease in the
 * database makes one of them look in each interval, so that this works on without Redis and when any worker dies.
 */
export class Reconciler {
  private cancelTimer: (() => void) | null = null;
  private round: Promise<void> | null = null;
  private stopped = true;
  private lastSweep: number | null = null;
  private turn: Lease | null = null;

  constructor(
    private readonly store: Store,
    private readonly queue: WakeUpQueue,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly options: ReconcilerOptions,
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
    await this.giveTurnBack();
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
      if (await this.isOurTurn()) {
        await this.wakeUnattended();
        await this.sweepIfTime();
      }
    } catch (error) {
      this.logger.warn('Looking for unattended work failed', { cause: messageOf(error) });
    }
    if (!this.stopped) {
      this.cancelTimer = this.timers.after(this.options.intervalMs, () => {
        void this.reconcile();
      });
    }
  }

  /** The lease ends by itself when the next round is due. While another holds it, that one could write a moment ago. */
  private async isOurTurn(): Promise<boolean> {
    const { owner, intervalMs, onDatabaseTried } = this.options;
    try {
      this.turn = await this.store.acquireLease(leaseKey, owner, Math.floor(intervalMs * roundShare));
    } catch (error) {
      onDatabaseTried?.(false);
      throw error;
    }
    onDatabaseTried?.(true);
    return this.turn !== null;
  }

  /** Another worker, perhaps one that just starts, need not wait for the end of the lease. */
  private async giveTurnBack(): Promise<void> {
    if (this.turn !== null) {
      await this.store.releaseLease(this.turn).catch((error: unknown) => {
        this.logger.debug('The turn of looking for work was not given back', { cause: messageOf(error) });
      });
      this.turn = null;
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
    this.options.onUnattended?.(unattended.length);
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
