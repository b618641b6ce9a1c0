import type { Radl } from '@im/radl';

/** Name that lists show: feature `name` of the description, when there is one. */
export function infrastructureName(radl: Radl): string | null {
  return radl.description?.features.getText('name') ?? null;
}
