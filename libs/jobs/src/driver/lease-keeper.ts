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
  private cancelRenewal: (() => void) | null = null;
  private cancelEnd: (() => void) | null = null;
  /** Before this time of the timers' clock nobody else can have taken the lease. */
  private safeUntil: number;
  private lost = false;
  private stopped = false;

  constructor(private readonly parts: LeaseKeeperParts) {
    this.safeUntil = parts.takenAt + parts.leaseTimeMs;
  }

  start(): void {
    this.renewLater();
    this.watchEnd();
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
    this.cancelTimers();
  }

  private renewLater(): void {
    this.cancelRenewal = this.parts.timers.after(this.parts.leaseTimeMs / 3, () => {
      void this.renew();
    });
  }

  /** The end is noticed when it comes, whatever the store answers then: after a long pause of this process before its other work goes on. */
  private watchEnd(): void {
    const { timers } = this.parts;
    this.cancelEnd?.();
    this.cancelEnd = timers.after(this.safeUntil - timers.now(), () => {
      this.lose();
    });
  }

  private cancelTimers(): void {
    this.cancelRenewal?.();
    this.cancelEnd?.();
  }

  /** Never rejects. */
  private async renew(): Promise<void> {
    const sentAt = this.parts.timers.now();
    try {
      await this.parts.store.renewLease(this.parts.lease, this.parts.leaseTimeMs);
      this.safeUntil = sentAt + this.parts.leaseTimeMs;
      if (!this.stopped && !this.lost) {
        this.watchEnd();
      }
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
      this.renewLater();
    }
  }

  private lose(): void {
    if (this.lost || this.stopped) {
      return;
    }
    this.lost = true;
    this.cancelTimers();
    this.parts.onLost();
  }
}
