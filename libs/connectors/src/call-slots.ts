import { Semaphore } from './semaphore.js';

/** One provider never has more than this part of all calls at once. */
const largestShare = 0.8;

/** Limits calls at once over all providers, and those of each one, so that one that does not answer leaves slots for the others. */
export class CallSlots {
  private readonly all: Semaphore;
  private readonly shares = new Map<string, { semaphore: Semaphore; users: number }>();

  /** @param limit calls at once, at least 1 */
  constructor(private readonly limit: number) {
    this.all = new Semaphore(limit);
  }

  /**
   * Runs a task that calls a provider.
   * @param admission waits for limits beyond this process; it is passed in the share of the provider, before a slot of all is taken. What
   * it gives is called when the task has ended
   */
  run<T>(
    provider: string,
    admission: () => Promise<(() => void) | undefined>,
    task: () => Promise<T>,
  ): Promise<T> {
    return this.inShare(provider, async () => {
      const leave = await admission();
      try {
        return await this.all.run(task);
      } finally {
        leave?.();
      }
    });
  }

  private async inShare<T>(provider: string, task: () => Promise<T>): Promise<T> {
    const share = this.shares.get(provider) ?? {
      semaphore: new Semaphore(Math.floor(this.limit * largestShare)),
      users: 0,
    };
    this.shares.set(provider, share);
    share.users++;
    try {
      return await share.semaphore.run(task);
    } finally {
      share.users--;
      if (share.users === 0) {
        this.shares.delete(provider);
      }
    }
  }
}
