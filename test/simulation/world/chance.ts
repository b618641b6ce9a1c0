import { SeededRandom } from '../../fakes/work-ports.js';

/** Everything random in a simulation comes from here, so that a seed is a whole story. */
export class Chance extends SeededRandom {
  /** True with this probability. Draws nothing when it cannot happen, so that switched-off faults leave the rest as it is. */
  happens(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  /** One of the items. @throws Error when there is none */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) {
      throw new Error('There is nothing to pick from.');
    }
    return item;
  }
}
