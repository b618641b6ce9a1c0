import { describe, expect, it } from 'vitest';
import { SharedLooks } from './shared-looks.js';

const asFound = (_id: string, found: number | null): Promise<number | null> => Promise.resolve(found);

/** Rows that may change, and the looks at them. */
function watched(...rows: [string, number][]): {
  rows: Map<string, number>;
  looks: (readonly string[])[];
  shared: SharedLooks<number>;
} {
  const present = new Map(rows);
  const looks: (readonly string[])[] = [];
  const shared = new SharedLooks<number>((ids) => {
    looks.push(ids);
    return Promise.resolve(new Map(present));
  }, asFound);
  return { rows: present, looks, shared };
}

describe('SharedLooks', () => {
  it('looks once for all who ask in one turn', async () => {
    const { shared, looks } = watched(['a', 1], ['b', 2]);
    expect(await Promise.all(['a', 'b', 'a', 'none'].map((id) => shared.at(id)))).toEqual([1, 2, 1, null]);
    expect(looks).toEqual([['a', 'b', 'none']]);
  });

  it('shows what changed after somebody else had asked in this turn', async () => {
    const { shared, rows } = watched(['a', 1]);
    const first = shared.at('a');
    rows.set('a', 2);
    expect(await Promise.all([first, shared.at('a')])).toEqual([2, 2]);
  });

  it('looks again for whoever asks while a look is under way', async () => {
    const answers: ((rows: ReadonlyMap<string, number>) => void)[] = [];
    const slow = new SharedLooks<number>(
      () =>
        new Promise((resolve) => {
          answers.push(resolve);
        }),
      asFound,
    );
    const first = slow.at('a');
    await expect.poll(() => answers.length).toBe(1);
    const second = slow.at('a');
    await expect.poll(() => answers.length).toBe(2);
    answers[1]?.(new Map([['a', 2]]));
    expect(await second).toBe(2);
    answers[0]?.(new Map([['a', 1]]));
    expect(await first).toBe(1);
  });

  it('tells everybody why a look failed, and looks again afterwards', async () => {
    let failures = 1;
    const shared = new SharedLooks<number>(async () => {
      if (failures-- > 0) {
        throw new Error('away');
      }
      return new Map([['a', 7]]);
    }, asFound);
    const outcomes = await Promise.allSettled([shared.at('a'), shared.at('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await shared.at('a')).toBe(7);
  });

  it('keeps what is wrong with one row from those who asked for others', async () => {
    const shared = new SharedLooks<number>(
      () => Promise.resolve(new Map([['good', 1]])),
      async (id, found) => {
        if (id === 'old') {
          throw new Error('only a copy that lags behind answers');
        }
        return found;
      },
    );
    const outcomes = await Promise.allSettled([shared.at('old'), shared.at('good')]);
    expect(outcomes).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: 1 }]);
  });
});
