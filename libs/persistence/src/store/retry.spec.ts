import { VersionConflictError } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { isConflict, retrying } from './retry.js';

const quick = { attempts: 4, firstPauseMs: 1, longestPauseMs: 2, budgetMs: 10_000 };

function failing(times: number): { work: () => Promise<number>; runs: () => number } {
  let runs = 0;
  return {
    work: async () => {
      runs++;
      if (runs <= times) {
        throw new Error(`run ${runs}`);
      }
      return runs;
    },
    runs: () => runs,
  };
}

describe('retrying', () => {
  it('runs work again until it succeeds', async () => {
    expect(await retrying(failing(2).work, () => true, quick)).toBe(3);
  });

  it('gives up after the attempts it may make, with the last error', async () => {
    await expect(retrying(failing(9).work, () => true, quick)).rejects.toThrow('run 4');
  });

  it('begins no attempt after its time', async () => {
    const { work, runs } = failing(9);
    await expect(retrying(work, () => true, { ...quick, budgetMs: 0 })).rejects.toThrow('run 1');
    expect(runs()).toBe(1);
  });

  it('does not repeat what will not pass', async () => {
    const { work, runs } = failing(9);
    await expect(retrying(work, () => false, quick)).rejects.toThrow('run 1');
    expect(runs()).toBe(1);
  });

  it('repeats conflicts of versions a few times only', () => {
    const conflict = new VersionConflictError('x');
    expect([1, 4, 5].map((attempt) => isConflict(conflict, attempt))).toEqual([true, true, false]);
    expect(isConflict(new Error('x'), 1)).toBe(false);
  });
});
