/** Locks of rows: whoever wants one that is held waits, in order of arrival. */
export class RowLocks {
  private readonly ends = new Map<string, Promise<void>>();

  /** @returns gives the lock back */
  async take(row: string): Promise<() => void> {
    const before = this.ends.get(row);
    let release: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.ends.set(row, end);
    await before;
    return () => {
      if (this.ends.get(row) === end) {
        this.ends.delete(row);
      }
      release();
    };
  }
}
