import type { Lease, Store } from '@im/domain';
import { ImError } from '@im/domain';
import type { Actor } from '../world/actor.js';
import type { Weather } from '../world/weather.js';

/** Who makes a write, for the checks that look at every commit. */
export interface Writer {
  actor: Actor;
  /** What a user wanted; null for workers, which write because of operations. */
  wish: string | null;
  /** The lease the write was made under, if any. */
  lease: Lease | null;
}

/** Called right before a write is done; writes are done one at a time. */
export type OnWrite = (writer: Writer) => void;

const writes: readonly (keyof Store)[] = [
  'transaction',
  'acquireLease',
  'renewLease',
  'releaseLease',
  'expireAllLeases',
  'sweep',
];

/**
 * The database as one process sees it: questions and answers travel, the connection breaks now and then, and a process that dies
 * meanwhile never learns what became of its write. A transaction itself is one moment, as with a database that serializes them: it is
 * done as a whole or not at all.
 */
export function processStore(
  store: Store,
  given: { actor: Actor; wish: string | null; weather: Weather; onWrite: OnWrite },
): Store {
  const { actor, wish, weather, onWrite } = given;
  const call = async (
    name: keyof Store,
    values: readonly unknown[],
    apply: () => unknown,
  ): Promise<unknown> => {
    const isWrite = writes.includes(name);
    if (isWrite) {
      await actor.turn(`asks: ${name}`);
    }
    if (weather.strikes('storeAway')) {
      await actor.turn(`no database: ${name}`);
      throw away();
    }
    if (isWrite) {
      onWrite({ actor, wish, lease: leaseOf(values) });
    }
    const outcome = await settledOutcome(apply);
    await actor.turn(`told: ${name}`);
    if (isWrite && weather.strikes('commitUnknown')) {
      throw away();
    }
    if ('error' in outcome) {
      throw outcome.error;
    }
    return outcome.value;
  };
  return new Proxy(store, {
    get(target, name: keyof Store): unknown {
      const method = target[name];
      return (...values: never[]): unknown =>
        call(name, values, () => Reflect.apply(method, target, values) as unknown);
    },
  });
}

async function settledOutcome(apply: () => unknown): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await apply() };
  } catch (error) {
    return { error };
  }
}

function leaseOf(values: readonly unknown[]): Lease | null {
  return values.find(isLease) ?? null;
}

function isLease(value: unknown): value is Lease {
  return typeof value === 'object' && value !== null && 'fence' in value && 'key' in value;
}

function away(): ImError {
  return new ImError('Unavailable', 'The database cannot be reached now: try again later.');
}
