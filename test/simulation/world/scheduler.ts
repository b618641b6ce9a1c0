import type { Actor } from './actor.js';
import type { Chance } from './chance.js';

/** Something that is going to happen at a moment of the virtual time. */
export interface Happening {
  at: number;
  /** Decides among happenings of the same moment. */
  order: number;
  /** Whose it is: it does not happen once that one is dead, and not before it is awake. null: the outside world. */
  actor: Actor | null;
  label: string;
  isTimer: boolean;
  run: () => void;
}

/**
 * Virtual time and the one order of all that happens. Everything that takes time (an answer of the database, a wake-up, a timer) is a
 * happening with a moment drawn from the seed; between two happenings all code runs until it waits for another one.
 */
export class Scheduler {
  /** Milliseconds since the epoch: the clock of the database. */
  now = 1_750_000_000_000;
  /** Happenings so far. */
  steps = 0;
  private readonly heap: Happening[] = [];
  private deferred = 0;

  constructor(private readonly chance: Chance) {}

  /** @returns cancels it */
  after(
    delayMs: number,
    happening: Pick<Happening, 'actor' | 'label' | 'run'> & { isTimer?: boolean },
  ): () => void {
    const entry: Happening = {
      isTimer: false,
      ...happening,
      at: this.now + Math.max(delayMs, 0),
      order: 1 + this.chance.next(),
    };
    this.push(entry);
    return () => {
      entry.run = nothing;
    };
  }

  /** Ends after a while, whoever is dead or asleep then. */
  wait(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, { actor: null, label, run: resolve });
    });
  }

  /**
   * Takes the next happening and moves the clock to it; those of the dead are passed over, those of sleepers are put off until they wake.
   * undefined: nothing is going to happen any more.
   */
  take(): Happening | undefined {
    for (;;) {
      const next = this.pop();
      if (next === undefined) {
        return undefined;
      }
      if (next.run === nothing || next.actor?.alive === false) {
        continue;
      }
      if (next.actor !== null && next.actor.asleepUntil > next.at) {
        this.defer(next, next.actor);
        continue;
      }
      this.now = next.at;
      return next;
    }
  }

  /** Lets a happening happen, and all code that waited for it run until it waits again. */
  async happen(happening: Happening): Promise<void> {
    this.steps++;
    happening.run();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Who wakes from a long sleep handles its timers first (they decide whether its lease is still good), or the messages that came
   * meanwhile: Node does either, depending on where it was stopped.
   */
  defer(happening: Happening, actor: Actor): void {
    const until = actor.asleepUntil;
    happening.order = (happening.isTimer === actor.wakesWithTimers ? 0 : 0.5) + ++this.deferred * 1e-9;
    happening.at = until;
    this.push(happening);
  }

  private push(entry: Happening): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) {
        break;
      }
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  private pop(): Happening | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || first === undefined || heap.length === 0) {
      return first;
    }
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, last)) {
        break;
      }
      heap[index] = child;
      index = child === left ? 2 * index + 1 : 2 * index + 2;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function nothing(): void {}
