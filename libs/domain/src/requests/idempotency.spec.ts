import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../test/fakes/memory-store.js';
import { MemoryTransaction } from '../../../../test/fakes/memory-transaction.js';
import { ImError } from '../errors.js';
import type { ImIdentity } from '../model/cloud.js';
import type { Sealer } from '../ports/sealer.js';
import { acceptOnce } from './idempotency.js';

const sealer: Sealer = { seal: (text) => text, open: (text) => text, fingerprint: (value) => `#${value}` };
let store: MemoryStore;
let accepted: string[];
beforeEach(() => {
  store = new MemoryStore(() => 1000);
  accepted = [];
});

/** Asks with a key; each acceptance is a new answer. */
function ask(
  key: string | undefined,
  requestHash = 'POST /x',
  identities: ImIdentity[] = [{ username: 'ana', password: 'a', admin: false }],
): Promise<string> {
  const context = {
    requester: { identities, clouds: [], items: [] },
    ...(key === undefined ? {} : { idempotency: { key, requestHash } }),
  };
  return store.transaction((tx) =>
    acceptOnce(tx, sealer, context, async () => {
      const answer = `answer ${accepted.length + 1}`;
      accepted.push(answer);
      return { accepted: { operationId: answer, infrastructureId: 'inf' }, response: answer };
    }),
  );
}

describe('an Idempotency-Key', () => {
  it('gives the same request the first answer, without doing it again', async () => {
    expect(await ask('k')).toBe('answer 1');
    expect(await ask('k')).toBe('answer 1');
    expect(accepted).toHaveLength(1);
  });

  it('is refused for another request', async () => {
    await ask('k', 'POST /x');

    await expect(ask('k', 'POST /y')).rejects.toThrow(
      'This Idempotency-Key was already used for another request: choose a new one.',
    );
    await expect(ask('k', 'POST /y')).rejects.toMatchObject({ code: 'Conflict', status: 409 });
    expect(accepted).toHaveLength(1);
  });

  it('belongs to its user', async () => {
    await ask('k');

    expect(await ask('k', 'POST /x', [{ username: 'bob', password: 'b', admin: false }])).toBe('answer 2');
    expect(await ask('k', 'POST /x', [{ username: 'ana', password: 'other', admin: false }])).toBe(
      'answer 3',
    );
    expect(await ask('k', 'POST /x', [{ username: 'ana', admin: false }])).toBe('answer 4');
  });

  it('is not needed, and then nothing is remembered', async () => {
    expect([await ask(undefined), await ask(undefined)]).toEqual(['answer 1', 'answer 2']);
  });

  it('is not used up by a request that fails', async () => {
    const context = {
      requester: { identities: [], clouds: [], items: [] },
      idempotency: { key: 'k', requestHash: 'h' },
    };
    const failing = store.transaction((tx) =>
      acceptOnce(tx, sealer, context, async () => {
        throw new ImError('InvalidRequest', 'No.');
      }),
    );

    await expect(failing).rejects.toThrow('No.');
    expect(
      await store.transaction((tx) =>
        acceptOnce(tx, sealer, context, async () => ({ accepted: null, response: 'yes' })),
      ),
    ).toBe('yes');
  });

  it.each(['', 'x'.repeat(256)])('has 1 to 255 characters', async (key) => {
    await expect(ask(key)).rejects.toThrow('The header Idempotency-Key takes 1 to 255 characters.');
    expect(accepted).toEqual([]);
  });

  it('answers two requests that come at the same moment alike', async () => {
    const { insertIdempotency } = MemoryTransaction.prototype;
    let raced = false;
    // The other replica commits between the look-up and the insertion of this one.
    MemoryTransaction.prototype.insertIdempotency = async function (record) {
      if (raced) {
        return insertIdempotency.call(this, record);
      }
      raced = true;
      throw new ImError('Conflict', 'The idempotency key exists.');
    };
    try {
      const answer = await ask('k');
      expect(answer).toBe('answer 2');
      expect(await ask('k')).toBe(answer);
    } finally {
      MemoryTransaction.prototype.insertIdempotency = insertIdempotency;
    }
  });
});
