import type { Clock } from '@im/domain';
import type { Timers } from '@im/jobs';

interface Entry {
  at: number;
  sequence: number;
  callback: () => void;
}

/** Lets every promise that can settle do so; stops when nothing more happens by itself. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A clock and timers that stand still until moved. */
export class VirtualTime implements Clock, Timers {
  private time: number;
  private sequence = 0;
  private readonly entries = new Set<Entry>();

  constructor(start = 1_750_000_000_000) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  after(delayMs: number, callback: () => void): () => void {
    const entry = { at: this.time + Math.max(delayMs, 0), sequence: this.sequence++, callback };
    this.entries.add(entry);
    return () => {
      this.entries.delete(entry);
    };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.entries.size;
  }

  /** Jumps without firing timers, as a process that was frozen. */
  jump(ms: number): void {
    this.time += ms;
  }

  /** Moves on, firing what falls due in its order, with room for promises in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const next = this.next(end);
      if (next === undefined) {
        break;
      }
      this.entries.delete(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settled();
    }
    this.time = end;
    await settled();
  }

  private next(until: number): Entry | undefined {
    return [...this.entries]
      .filter((entry) => entry.at <= until)
      .sort((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
  }
}
