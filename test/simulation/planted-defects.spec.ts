import { describe, expect, it } from 'vitest';
import { plantedDefects } from './defects/planted-defects.js';
import { simulate } from './simulation.js';

/** Within so many seeds every mistake must show. */
const seeds = 2_000;

describe('the simulator finds a service in which', () => {
  it.each(Object.entries(plantedDefects))(
    '%s',
    async (_name, defect) => {
      let problem: string | null = null;
      for (let seed = 1; seed <= seeds && problem === null; seed++) {
        problem = (await simulate(seed, { defect })).problem;
      }
      expect(problem).not.toBeNull();
    },
    600_000,
  );
});
