import type { Chance } from './chance.js';
import type { Faults } from './faults.js';
import { noFaults } from './faults.js';

/** Milliseconds that a slow message may take. */
const slowMs = 4_000;

/** The faults of the moment: those of the seed until the storm ends, none after it. */
export class Weather {
  private stormy = true;

  constructor(
    private readonly seeded: Faults,
    readonly chance: Chance,
  ) {}

  get faults(): Faults {
    return this.stormy ? this.seeded : noFaults;
  }

  /** From now on nothing fails any more. */
  clear(): void {
    this.stormy = false;
  }

  /** Whether something of this probability happens now. */
  strikes(fault: Exclude<keyof Faults, 'clockSkewMs' | 'redisFlushes' | 'rollingRestarts'>): boolean {
    return this.chance.happens(this.faults[fault]);
  }

  /** How long a message travels inside of the service, in milliseconds. */
  latency(): number {
    return this.strikes('slow') ? this.chance.next() * slowMs : 0.2 + this.chance.next() * 5;
  }
}
