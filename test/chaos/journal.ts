/** What a try of a request ended with instead of an answer that counts. Times in milliseconds since 1970. */
export interface BrokenTry {
  what: 'broken connection' | 'no answer in time' | '502' | '503' | '504';
  request: string;
  /** Text of the answer or of the error. */
  text: string;
  from: number;
  until: number;
}

const mostShown = 100;

/** Everything that is written down during a run. */
export class Journal {
  readonly brokenTries: BrokenTry[] = [];
  private readonly shown: string[] = [];
  private readonly durations = new Map<string, number[]>();
  private readonly counts = new Map<string, number>();
  private violationCount = 0;

  /** Something that must never happen. */
  violation(text: string): void {
    this.violationCount++;
    if (this.shown.length < mostShown) {
      this.shown.push(`${new Date().toISOString()} ${text}`);
    }
  }

  /** A request of this kind was answered after so many milliseconds, repetitions included. */
  answered(kind: string, milliseconds: number): void {
    const list = this.durations.get(kind) ?? [];
    list.push(milliseconds);
    this.durations.set(kind, list);
  }

  count(what: string, by = 1): void {
    this.counts.set(what, this.counted(what) + by);
  }

  counted(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  /** Sorted, in milliseconds, by kind of request. */
  get latencies(): [string, number[]][] {
    return [...this.durations].map(([kind, list]) => [kind, list.toSorted((a, b) => a - b)]);
  }

  get violations(): string[] {
    const hidden = this.violationCount - this.shown.length;
    return hidden === 0 ? [...this.shown] : [...this.shown, `... and ${hidden} more`];
  }
}

/** The value below which this share of a sorted list lies; NaN of an empty list. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
