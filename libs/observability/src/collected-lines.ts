import type { LogDestination } from './log-destination.js';

/** Lines are collected this long, so that a busy service does not make one write for each. */
const COLLECT_MS = 20;
/** Or until there are this many bytes. */
const COLLECT_BYTES = 65_536;
/** Of one unit of a text in UTF-8: three, or four for two units. */
const MOST_BYTES = 3;

/** Hands lines on in large pieces. Each is copied at once: many small texts that wait to be joined cost more. */
export class CollectedLines implements LogDestination {
  private readonly piece = Buffer.allocUnsafeSlow(COLLECT_BYTES);
  private used = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly handOver = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.used > 0) {
      this.stream.write(this.piece.toString('utf8', 0, this.used));
      this.used = 0;
    }
  };

  constructor(private readonly stream: LogDestination) {
    // Before the stream itself, which writes all it has at the end of the process.
    process.prependListener('beforeExit', this.handOver);
    process.prependListener('exit', this.handOver);
  }

  write(line: string): void {
    const longest = line.length * MOST_BYTES;
    if (this.used + longest > COLLECT_BYTES) {
      this.handOver();
    }
    if (longest > COLLECT_BYTES) {
      this.stream.write(line);
      return;
    }
    this.used += this.piece.write(line, this.used);
    this.timer ??= setTimeout(this.handOver, COLLECT_MS).unref();
  }

  flush(): void {
    this.handOver();
    this.stream.flush();
  }
}
