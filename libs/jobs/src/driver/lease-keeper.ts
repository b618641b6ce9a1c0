import type { Lease, Logger, Store } from '@im/domain';
import { LeaseLostError, messageOf } from '@im/domain';
import type { Timers } from '../timers.js';

export interface LeaseKeeperParts {
  store: Store;
  timers: Timers;
  logger: Logger;
  lease: Lease;
  leaseTimeMs: number;
  /** When the request for the lease was sent, by the timers' clock. */
  takenAt: number;
  onLost: () => void;
}

/** Renews one lease at a third of its time until told to stop, and tells when it is lost. */
export class LeaseKeeper {
  private cancelTimer: (() => void) | null = null;
  /** Before this time of the timers' clock nobody else can have taken the lease. */
  private safeUntil: number;
  private lost = false;
  private stopped = false;

  constructor(private readonly parts: LeaseKeeperParts) {
    this.safeUntil = parts.takenAt + parts.leaseTimeMs;
  }

  start(): void {
    this.cancelTimer = this.parts.timers.after(this.parts.leaseTimeMs / 3, () => {
      void this.renew();
    });
  }

  /** @throws LeaseLostError when the lease may be in other hands: after a long pause of this process this is known before any call. */
  assertHeld(): void {
    if (!this.lost && this.parts.timers.now() >= this.safeUntil) {
      this.lose();
    }
    if (this.lost) {
      throw new LeaseLostError(this.parts.lease.key);
    }
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer?.();
  }

  /** Never rejects. */
  private async renew(): Promise<void> {
    const sentAt = this.parts.timers.now();
    try {
      await this.parts.store.renewLease(this.parts.lease, this.parts.leaseTimeMs);
      this.safeUntil = sentAt + this.parts.leaseTimeMs;
    } catch (error) {
      if (error instanceof LeaseLostError || this.parts.timers.now() >= this.safeUntil) {
        this.lose();
      } else {
        this.parts.logger.warn('A lease could not be renewed', {
          lease: this.parts.lease.key,
          cause: messageOf(error),
        });
      }
    }
    if (!this.stopped && !this.lost) {
      this.start();
    }
  }

  private lose(): void {
    if (this.lost || this.stopped) {
      return;
    }
    this.lost = true;
    this.cancelTimer?.();
    this.parts.onLost();
  }
}
