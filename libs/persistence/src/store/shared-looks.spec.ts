import { describe, expect, it } from 'vitest';
import { SharedLooks } from './shared-looks.js';

/** Looks at a value that changes, and counts them. */
class Watched {
  value = 0;
  looks: string[] = [];
  readonly shared = new SharedLooks(async (id) => {
    this.looks.push(id);
    return this.value;
  });
}

describe('SharedLooks', () => {
  it('looks once for all who ask for the same in one turn', async () => {
    const watched = new Watched();
    await Promise.all(['a', 'b', 'a', 'a'].map((id) => watched.shared.at(id)));
    expect(watched.looks).toEqual(['a', 'b']);
  });

  it('shows what changed after somebody else had asked in this turn', async () => {
    const watched = new Watched();
    const first = watched.shared.at('a');
    watched.value = 1;
    expect(await Promise.all([first, watched.shared.at('a')])).toEqual([1, 1]);
  });

  it('looks again for whoever asks while a look is under way', async () => {
    const watched = new Watched();
    let finish = (): void => undefined;
    const slow = new SharedLooks((id) => {
      const seen = watched.value;
      watched.looks.push(id);
      return new Promise<number>((resolve) => {
        finish = () => resolve(seen);
      });
    });
    const first = slow.at('a');
    await expect.poll(() => watched.looks.length).toBe(1);
    const finishFirst = finish;
    watched.value = 1;
    const second = slow.at('a');
    await expect.poll(() => watched.looks.length).toBe(2);
    finish();
    expect(await second).toBe(1);
    finishFirst();
    expect(await first).toBe(0);
  });

  it('tells everybody why a look failed, and looks again afterwards', async () => {
    let failures = 1;
    const shared = new SharedLooks(async () => {
      if (failures-- > 0) {
        throw new Error('away');
      }
      return 7;
    });
    const outcomes = await Promise.allSettled([shared.at('a'), shared.at('a')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await shared.at('a')).toBe(7);
  });
});
