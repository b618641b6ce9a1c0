import { ImError } from '@im/domain';
import { LRUCache } from 'lru-cache';

/** Addresses that are remembered at most. */
const maxAddresses = 10_000;

/** Counts failed logins by client address; too many within the window are answered 429 until it has passed. */
export class LoginLimiter {
  private readonly failures: LRUCache<string, { count: number; since: number }>;

  /**
   * @param limit failures within the window; 0: no limit
   * @param now milliseconds, monotonic
   */
  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.failures = new LRUCache({ max: maxAddresses });
  }

  /** @throws ImError `TooManyRequests` */
  check(address: string): void {
    const entry = this.current(address);
    if (this.limit > 0 && entry !== undefined && entry.count >= this.limit) {
      const seconds = Math.ceil((entry.since + this.windowMs - this.now()) / 1000);
      throw new ImError(
        'TooManyRequests',
        `Too many failed logins from this address: try again in ${seconds} seconds.`,
        { retryAfterSeconds: seconds },
      );
    }
  }

  failed(address: string): void {
    const entry = this.current(address) ?? { count: 0, since: this.now() };
    entry.count++;
    this.failures.set(address, entry);
  }

  private current(address: string): { count: number; since: number } | undefined {
    const entry = this.failures.get(address);
    return entry !== undefined && this.now() - entry.since < this.windowMs ? entry : undefined;
  }
}
