import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import { CollectedLines } from './collected-lines.js';
import type { LogDestination } from './log-destination.js';

const OLD_FILES = 3;

/** The standard output. Lines that cannot be written (a closed pipe, a full disk) are dropped. */
export function standardOutput(): LogDestination {
  return new CollectedLines(openStream({ dest: 1, sync: false }));
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
