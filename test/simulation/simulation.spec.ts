import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readKeptSeeds } from './kept-seeds.js';
import { simulate } from './simulation.js';

/** Played at every run; `npm run simulate -- --seeds 10000` plays more. */
const seeds = 2_000;
/** Seeds of one test, so that a report says where it was. */
const portion = 100;
const kept = readKeptSeeds(fileURLToPath(new URL('failing-seeds.json', import.meta.url)));

describe('the service under the simulator', () => {
  it.each(Array.from({ length: seeds / portion }, (_, index) => index * portion + 1))(
    `keeps its invariants whatever fails and when (${portion} seeds from %i)`,
    async (first) => {
      const problems: string[] = [];
      for (let seed = first; seed < first + portion; seed++) {
        const { problem } = await simulate(seed);
        if (problem !== null) {
          problems.push(`npm run simulate -- --seed ${seed}: ${problem}`);
        }
      }
      expect(problems).toEqual([]);
    },
  );

  it.each(kept)('does not do again what seed $seed found: $problem', async ({ seed }) => {
    expect((await simulate(seed)).problem).toBeNull();
  });
});

describe('a seed', () => {
  it('is always the same story', async () => {
    const stories = [await simulate(7, { trace: true }), await simulate(7, { trace: true })];
    expect(stories[0]?.trace.length).toBeGreaterThan(100);
    expect(stories[1]).toEqual(stories[0]);
  });
});
