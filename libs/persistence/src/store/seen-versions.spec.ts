import { describe, expect, it } from 'vitest';
import { SeenVersions } from './seen-versions.js';

describe('SeenVersions', () => {
  it('takes for old what is older than what was seen, or gone', () => {
    const seen = new SeenVersions();
    expect(seen.isOld('a', null)).toBe(false);
    seen.saw('a', 3);
    seen.saw('a', 2);
    expect([4, 3, 2, null].map((version) => seen.isOld('a', version))).toEqual([false, false, true, true]);
  });

  it('takes for old what was seen before this process changed it', () => {
    const seen = new SeenVersions();
    seen.saw('a', 3);
    seen.raised('a');
    expect(seen.isOld('a', 3)).toBe(true);
    expect(seen.isOld('a', 4)).toBe(false);
  });

  it('believes the truth, even when it is older', () => {
    const seen = new SeenVersions();
    seen.saw('a', 3);
    seen.correct('a', 2);
    expect(seen.isOld('a', 2)).toBe(false);
    seen.correct('a', null);
    expect(seen.isOld('a', null)).toBe(false);
  });

  it('forgets those first that were not asked for lately', () => {
    const seen = new SeenVersions(2);
    seen.saw('a', 3);
    seen.saw('b', 3);
    seen.saw('a', 3);
    seen.saw('c', 3);
    expect(['a', 'b', 'c'].map((id) => seen.isOld(id, 1))).toEqual([true, false, true]);
  });
});
