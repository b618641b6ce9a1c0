import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock, Ids, Pause, Random } from '@im/domain';

export const systemClock: Clock = { now: () => Date.now() };

const lettersAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export const systemRandom: Random = {
  next: () => Math.random(),
  secret: (length) =>
    Array.from({ length }, () => lettersAndDigits[randomInt(lettersAndDigits.length)]).join(''),
};

/** 100 ns steps between the Gregorian calendar of version 1 ids and the epoch of Unix. */
const gregorianOffset = 122_192_928_000_000_000n;

/** Ids of this process; several processes never make the same ones. */
export class ProcessIds implements Ids {
  private readonly node: string;
  private readonly clockSequence: string;
  private lastTicks = 0n;

  constructor() {
    // No network card is named: a random node with the multicast bit, as RFC 9562 5.1 asks.
    const node = randomBytes(6);
    node.writeUInt8(node.readUInt8(0) | 1, 0);
    this.node = node.toString('hex');
    this.clockSequence = (randomInt(0x4000) | 0x8000).toString(16);
  }

  infrastructure(): string {
    const ticks = BigInt(Date.now()) * 10_000n + gregorianOffset;
    this.lastTicks = ticks > this.lastTicks ? ticks : this.lastTicks + 1n;
    const hex = this.lastTicks.toString(16).padStart(15, '0');
    return `${hex.slice(7)}-${hex.slice(3, 7)}-1${hex.slice(0, 3)}-${this.clockSequence}-${this.node}`;
  }

  /** RFC 9562 5.7, with a counter in the first 12 random bits, so that ids of one millisecond keep their order. */
  operation(now: number): string {
    this.counter = now > this.lastMillisecond ? randomInt(0x400) : this.counter + 1;
    this.lastMillisecond = Math.max(now, this.lastMillisecond);
    if (this.counter > 0xfff) {
      this.lastMillisecond++;
      this.counter = 0;
    }
    const time = this.lastMillisecond.toString(16).padStart(12, '0');
    const counter = this.counter.toString(16).padStart(3, '0');
    const random = randomUUID();
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${random.slice(19)}`;
  }

  resource(): string {
    return randomUUID();
  }

  private lastMillisecond = 0;
  private counter = 0;
}

/** Pauses of requests that wait for the end of an operation. */
export const processPause: Pause = (delayMs, wakeEarly) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    wakeEarly(() => {
      clearTimeout(timer);
      resolve();
    });
  });
