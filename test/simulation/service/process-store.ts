import type { Lease, Store, StoreTransaction } from '@im/domain';
import { ImError } from '@im/domain';
import type { Actor } from '../world/actor.js';
import type { Scheduler } from '../world/scheduler.js';
import type { Weather } from '../world/weather.js';
import type { Database, Session } from './database.js';

/** Who makes a write, for the checks that look at every commit. */
export interface Writer {
  actor: Actor;
  /** What a user wanted; null for workers, which write because of operations. */
  wish: string | null;
  /** The lease the write was made under, if any. */
  lease: Lease | null;
}

/** Called right after a write was done. */
export type OnWrite = (writer: Writer) => void;

export interface ProcessStoreParts {
  actor: Actor;
  wish: string | null;
  scheduler: Scheduler;
  weather: Weather;
  onWrite: OnWrite;
}

/** Writes that are no transactions: they change leases, or delete what is old. */
const singleWrites: readonly string[] = [
  'acquireLease',
  'renewLease',
  'releaseLease',
  'expireAllLeases',
  'sweep',
] satisfies (keyof Store)[];

/** Share of the transactions between whose reads and commit others may commit. */
const slowCommits = 0.3;
/** Longest times between the two: usual ones, and those of a database that is busy; in milliseconds. */
const commitGapsMs = [5, 150];

/**
 * The database as one process sees it: questions and answers travel, the connection breaks now and then, and a process that dies
 * meanwhile never learns what became of its write. A transaction is done as a whole or not at all.
 */
export function processStore(database: Database, parts: ProcessStoreParts): Store {
  const connection = new Connection(parts);
  return new Proxy<Store>(database, {
    get(target, name: string): unknown {
      if (name === 'transaction') {
        return <T>(work: (tx: StoreTransaction) => Promise<T>, lease?: Lease): Promise<T> =>
          connection.write(name, () =>
            database.transactionOn(connection.session(lease ?? null), work, lease),
          );
      }
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') {
        return method;
      }
      return (...values: unknown[]): Promise<unknown> => {
        const apply = async (): Promise<unknown> => method.apply(target, values);
        return singleWrites.includes(name)
          ? connection.write(name, async () => {
              const value = await apply();
              parts.onWrite({ actor: parts.actor, wish: parts.wish, lease: null });
              return value;
            })
          : connection.read(name, apply);
      };
    },
  });
}

class Connection {
  constructor(private readonly parts: ProcessStoreParts) {}

  async read<T>(name: string, apply: () => Promise<T>): Promise<T> {
    await this.fail(name);
    return this.told(name, await settled(apply));
  }

  async write<T>(name: string, apply: () => Promise<T>): Promise<T> {
    await this.parts.actor.turn(`asks: ${name}`);
    await this.fail(name);
    const outcome = await settled(apply);
    if (this.parts.weather.strikes('commitUnknown')) {
      await this.parts.actor.turn(`is not told: ${name}`);
      throw away();
    }
    return this.told(name, outcome);
  }

  session(lease: Lease | null): Session {
    const { actor, wish, scheduler, weather, onWrite } = this.parts;
    return {
      beforeCommit: async () => {
        if (weather.chance.happens(slowCommits)) {
          const gapMs = weather.chance.pick(commitGapsMs) * weather.chance.next();
          await scheduler.wait(gapMs, `commit of ${actor.name}`);
        }
      },
      isOpen: () => actor.alive,
      onCommit: () => onWrite({ actor, wish, lease }),
    };
  }

  private async fail(name: string): Promise<void> {
    if (this.parts.weather.strikes('storeAway')) {
      await this.parts.actor.turn(`finds no database: ${name}`);
      throw away();
    }
  }

  private async told<T>(name: string, outcome: Outcome<T>): Promise<T> {
    await this.parts.actor.turn(`told: ${name}`);
    if ('error' in outcome) {
      throw outcome.error;
    }
    return outcome.value;
  }
}

type Outcome<T> = { value: T } | { error: unknown };

async function settled<T>(apply: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await apply() };
  } catch (error) {
    return { error };
  }
}

function away(): ImError {
  return new ImError('Unavailable', 'The database cannot be reached now: try again later.');
}
