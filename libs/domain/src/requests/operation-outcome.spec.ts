import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../test/fakes/memory-store.js';
import { ImError } from '../errors.js';
import { operationOutcome } from './operation-outcome.js';

/** Somebody waits for an operation in a store that is away for so many milliseconds. */
function waitDuringOutage(outageMs: number): Promise<unknown> {
  let now = 0;
  const store = new MemoryStore(() => now);
  const known = store.operation.bind(store);
  store.operation = async (id) => {
    if (now < outageMs) {
      throw new ImError('Unavailable', 'The database cannot be reached now: try again later.');
    }
    return known(id);
  };
  return operationOutcome(
    {
      store,
      notifier: { publish: async () => undefined, subscribe: () => () => undefined },
      clock: { now: () => now },
      pause: async (delayMs) => {
        now += delayMs;
      },
    },
    'operation',
    3_600_000,
  );
}

describe('the wait for the end of an operation', () => {
  it('bears a database that is away for a while', async () => {
    // It was asked again afterwards, and knows no such operation.
    await expect(waitDuringOutage(30_000)).rejects.toThrow('The operation is not known any more.');
  });

  it('ends with the reason when the database stays away', async () => {
    await expect(waitDuringOutage(300_000)).rejects.toThrow('The database cannot be reached now');
  });
});
