import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/** A seed that failed once. It is played in every run of the tests, so that what it found does not come back. */
export interface KeptSeed {
  seed: number;
  /** What it found. */
  problem: string;
}

const keptSeeds = z.array(z.object({ seed: z.number().int(), problem: z.string() }));

export function readKeptSeeds(path: string): KeptSeed[] {
  return existsSync(path) ? keptSeeds.parse(JSON.parse(readFileSync(path, 'utf8'))) : [];
}

/** Adds a seed; one that is known stays as it is. */
export function keepSeed(path: string, seed: KeptSeed): void {
  const known = readKeptSeeds(path);
  if (known.every((kept) => kept.seed !== seed.seed)) {
    writeFileSync(path, `${JSON.stringify([...known, seed], null, 2)}\n`);
  }
}
