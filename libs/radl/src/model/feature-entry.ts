import type { Feature } from './feature.js';
import { printFeature } from './feature.js';
import type { FeatureSet } from './feature-set.js';
import type { Interval } from './interval.js';
import { printInterval } from './interval.js';
import { numberText } from './units.js';

/** Reserved name of the soft groups; no lexer produces it. */
export const softsName = ' soft';

/** Features that should hold if possible; the weight says how much (spec: radl.md 7). */
export interface SoftGroup {
  weight: number;
  features: FeatureSet;
}

/** A feature `name contains (...)`. */
export type GroupFeature = Feature & { value: FeatureSet };

/** What a name stands for (spec: radl.md 6). */
export type FeatureEntry =
  | { kind: 'interval'; interval: Interval }
  | { kind: 'value'; feature: Feature }
  /** By the `name` inside the group; the empty text for groups without one. */
  | { kind: 'groups'; groups: Map<string, GroupFeature> }
  | { kind: 'softs'; groups: SoftGroup[] };

/** A copy that shares no collection with the original; features themselves never change. */
export function cloneEntry(entry: FeatureEntry): FeatureEntry {
  switch (entry.kind) {
    case 'interval':
      return { kind: 'interval', interval: { ...entry.interval } };
    case 'value':
      return { kind: 'value', feature: { ...entry.feature } };
    case 'groups':
      return {
        kind: 'groups',
        groups: new Map(
          [...entry.groups].map(([key, group]) => [key, { ...group, value: group.value.clone() }]),
        ),
      };
    case 'softs':
      return {
        kind: 'softs',
        groups: entry.groups.map((group) => ({ weight: group.weight, features: group.features.clone() })),
      };
  }
}

/** Plain text of an entry, one text per feature (spec: radl.md 8). */
export function printEntry(entry: FeatureEntry): string[] {
  switch (entry.kind) {
    case 'interval':
      return printInterval(entry.interval);
    case 'value':
      return [printFeature(entry.feature)];
    case 'groups':
      return [...entry.groups.values()].map(printFeature);
    case 'softs':
      return entry.groups.map(
        (group) => `soft ${numberText(group.weight, false)} ( ${group.features.print()} )`,
      );
  }
}
