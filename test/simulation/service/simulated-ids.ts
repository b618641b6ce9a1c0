import type { Ids } from '@im/domain';
import type { Chance } from '../world/chance.js';

/** Ids as processes make them: those of operations begin with the time they are given. */
export class SimulatedIds implements Ids {
  private last = 0;

  constructor(private readonly chance: Chance) {}

  infrastructure(): string {
    return `inf-${this.tail()}`;
  }

  operation(now: number): string {
    this.last = Math.max(now, this.last + 1);
    return `${this.last.toString(16).padStart(12, '0')}-${this.tail()}`;
  }

  resource(): string {
    return this.tail();
  }

  private tail(): string {
    return Math.floor(this.chance.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
}
