import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';

/** Where finished log lines go. */
export interface LogDestination {
  write(line: string): void;
  /** Writes what is buffered, at once. */
  flush(): void;
}

const OLD_FILES = 3;

/** Lines for the standard output are collected this long, so that a busy service does not make one write for each. */
const COLLECT_MS = 20;
/** Or until there are this many bytes. */
const COLLECT_BYTES = 65_536;
/** Of one unit of a text in UTF-8: three, or four for two units. */
const MOST_BYTES = 3;

/** The standard output. Lines that cannot be written (a closed pipe, a full disk) are dropped. */
export function standardOutput(): LogDestination {
  return new CollectedLines(openStream({ dest: 1, sync: false }));
}

/** Hands lines on in large pieces. Each is copied at once: many small texts that wait to be joined cost more. */
class CollectedLines implements LogDestination {
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

/**
 * A log file that is renamed to `.1` when it has grown to `maxSize` bytes; three old files are kept (0: never renamed).
 * Its folder is made when it is missing.
 * @throws Error when the file cannot be opened.
 */
export function rotatingFile(path: string, maxSize: number): LogDestination {
  mkdirSync(dirname(path), { recursive: true });
  let written = sizeOf(path);
  let stream = openStream({ dest: path, sync: true });
  return {
    write(line) {
      const length = Buffer.byteLength(line);
      if (maxSize > 0 && written > 0 && written + length > maxSize) {
        stream.end();
        shiftOldFiles(path);
        stream = openStream({ dest: path, sync: true });
        written = 0;
      }
      written += length;
      stream.write(line);
    },
    flush() {
      stream.flush();
    },
  };
}

function openStream(options: { dest: number | string; sync: boolean }): LogDestination & { end(): void } {
  const stream = pino.destination(options);
  // A log that cannot be written must not stop the service; the lines are lost.
  stream.on('error', () => undefined);
  return {
    write: (line) => {
      stream.write(line);
    },
    flush: () => {
      stream.flushSync();
    },
    end: () => {
      stream.end();
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function shiftOldFiles(path: string): void {
  for (let age = OLD_FILES; age >= 1; age -= 1) {
    const from = age === 1 ? path : `${path}.${String(age - 1)}`;
    try {
      renameSync(from, `${path}.${String(age)}`);
    } catch {
      // There may be no such old file yet, or another process renamed it just now: logging goes on either way.
    }
  }
}
