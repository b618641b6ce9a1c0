/** All connections are in use, and have been for too long or by too many. */
export class PoolFullError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PoolFullError';
  }
}

interface Waiter {
  begin(): void;
  timer: NodeJS.Timeout;
}

/** The right to use one of a number of connections: who comes first is served first, and nobody waits for ever. */
export class ConnectionSlots {
  private free: number;
  private readonly waiters = new Set<Waiter>();

  /**
   * @param size that may be taken at the same time
   * @param mostWaiting who comes when so many wait is refused at once
   * @param waitMs how long one waits
   */
  constructor(
    size: number,
    private readonly mostWaiting: number,
    private readonly waitMs: number,
  ) {
    this.free = size;
  }

  /**
   * Waits for a slot.
   * @returns gives it back
   * @throws PoolFullError
   */
  async take(): Promise<() => void> {
    if (this.free > 0) {
      this.free--;
    } else {
      await this.wait();
    }
    let isTaken = true;
    return () => {
      if (isTaken) {
        isTaken = false;
        this.giveBack();
      }
    };
  }

  private wait(): Promise<void> {
    if (this.waiters.size >= this.mostWaiting) {
      throw new PoolFullError(`${this.waiters.size} wait for a connection already.`);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new PoolFullError(`No connection was free for ${this.waitMs} ms.`));
      }, this.waitMs);
      const waiter: Waiter = { begin: resolve, timer };
      this.waiters.add(waiter);
    });
  }

  /** The slot goes to whoever has waited longest. */
  private giveBack(): void {
    const [next] = this.waiters;
    if (next === undefined) {
      this.free++;
      return;
    }
    this.waiters.delete(next);
    clearTimeout(next.timer);
    next.begin();
  }
}
