import { RadlError } from '../radl-error.js';
import type { AddPolicy, Feature, FeatureValue, NumberFeature } from './feature.js';
import { isNumberFeature, numberIn, printFeature, strictPolicy } from './feature.js';
import type { Interval } from './interval.js';
import { exactInterval, intersect, intervalOf, printInterval } from './interval.js';
import { numberText } from './units.js';

/** Features that should hold if possible; the weight says how much (spec: radl.md 7). */
export interface SoftGroup {
  weight: number;
  features: FeatureSet;
}

/** What a name stands for (spec: radl.md 6). */
export type FeatureEntry =
  | { kind: 'interval'; interval: Interval }
  | { kind: 'value'; feature: Feature }
  /** By the `name` inside the group; the empty text for groups without one. */
  | { kind: 'groups'; groups: Map<string, Feature & { value: FeatureSet }> }
  | { kind: 'softs'; groups: SoftGroup[] };

/** Reserved name of the soft groups; no lexer produces it. */
export const softsName = ' soft';

/** An ordered collection of features; the order of first appearance is kept (spec: radl.md 6). */
export class FeatureSet {
  private readonly map = new Map<string, FeatureEntry>();

  /** Value of a name: a number in bytes, a text, a list, or for groups a collection keyed by their names; undefined when absent. */
  get(name: string): FeatureValue | undefined {
    const feature = this.getFeature(name);
    return feature === undefined ? undefined : isNumberFeature(feature) ? numberIn(feature) : feature.value;
  }

  getText(name: string): string | undefined {
    const value = this.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** A number in bytes or in `unit`; of an interval the lower bound, else the upper one. */
  getNumber(name: string, unit?: string): number | undefined {
    const feature = this.getFeature(name);
    return feature !== undefined && isNumberFeature(feature) ? numberIn(feature, unit) : undefined;
  }

  /** The list of a list feature, a text as a list of one, else empty. */
  getList(name: string): string[] {
    const value = this.get(name);
    return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  }

  /** Lower bound, else upper bound, else the text or list; for groups the first of them. */
  getFeature(name: string): Feature | undefined {
    const entry = this.map.get(name);
    switch (entry?.kind) {
      case 'interval':
        return entry.interval.lower ?? entry.interval.upper;
      case 'value':
        return entry.feature;
      case 'groups':
        return entry.groups.values().next().value;
      default:
        return undefined;
    }
  }

  /** Groups under a name, e.g. of `disk.0.applications`. */
  getGroups(name: string): FeatureSet[] {
    const entry = this.map.get(name);
    return entry?.kind === 'groups' ? [...entry.groups.values()].map((group) => group.value) : [];
  }

  getSofts(): readonly SoftGroup[] {
    const entry = this.map.get(softsName);
    return entry?.kind === 'softs' ? entry.groups : [];
  }

  has(name: string): boolean {
    return this.map.has(name);
  }

  /** Whether the collection or one of its soft groups names it. */
  hasAnywhere(name: string): boolean {
    return this.has(name) || this.getSofts().some((group) => group.features.has(name));
  }

  /** Names in order; soft groups are not named. */
  names(): string[] {
    return [...this.map.keys()].filter((name) => name !== softsName);
  }

  /** Everything, in order, for printers and checks. */
  entries(): IterableIterator<[string, FeatureEntry]> {
    return this.map.entries();
  }

  get size(): number {
    return this.map.size;
  }

  /** Makes a value exactly this one (operator `=`); for facts found at run time. */
  set(name: string, value: string | number | string[], unit = ''): void {
    if (typeof value === 'number') {
      const feature: NumberFeature = {
        name,
        operator: '=',
        value,
        fraction: !Number.isInteger(value),
        ...(unit === '' ? {} : { unit }),
      };
      this.map.set(name, { kind: 'interval', interval: { lower: feature, upper: feature } });
    } else {
      this.map.set(name, { kind: 'value', feature: { name, operator: '=', value } });
    }
  }

  /** Puts an interval back as it was stored, without the rules of adding. */
  restoreInterval(name: string, interval: Interval): void {
    this.map.set(name, { kind: 'interval', interval });
  }

  delete(name: string): void {
    this.map.delete(name);
  }

  addSoft(group: SoftGroup): void {
    const entry = this.map.get(softsName);
    if (entry?.kind === 'softs') {
      entry.groups.push(group);
    } else {
      this.map.set(softsName, { kind: 'softs', groups: [group] });
    }
  }

  dropSofts(): void {
    this.map.delete(softsName);
  }

  /** Adds one feature by the rules of spec: radl.md 6. @throws RadlError `conflict` */
  add(feature: Feature, policy: AddPolicy = strictPolicy): void {
    const stored = this.map.get(feature.name);
    if (stored === undefined && policy.missing === 'error') {
      throw new RadlError('conflict', 'Property has not set.', { position: feature.position });
    }
    if (stored === undefined && policy.missing === 'ignore') {
      return;
    }
    if (isNumberFeature(feature)) {
      this.addNumber(feature, stored, policy);
    } else if (feature.value instanceof FeatureSet && feature.operator === 'contains') {
      this.addGroup({ ...feature, value: feature.value }, stored, policy);
    } else {
      this.addValue(feature, stored, policy);
    }
  }

  /** Adds all of another collection, all or nothing; soft groups are appended. @throws RadlError */
  apply(other: FeatureSet, policy: AddPolicy = strictPolicy): void {
    const work = this.clone();
    for (const entry of other.map.values()) {
      work.addEntry(entry, policy);
    }
    this.map.clear();
    for (const [name, entry] of work.map) {
      this.map.set(name, entry);
    }
  }

  clone(): FeatureSet {
    const copy = new FeatureSet();
    for (const [name, entry] of this.map) {
      copy.map.set(name, cloneEntry(entry));
    }
    return copy;
  }

  /** Equality by value: same names and same meaning, in whatever order. */
  equals(other: FeatureSet): boolean {
    const sorted = (set: FeatureSet): string =>
      JSON.stringify([...set.map].map(([name, entry]) => [name, printEntry(entry)]).sort());
    return sorted(this) === sorted(other);
  }

  /** Plain text: the features joined by `and` (spec: radl.md 8). */
  print(): string {
    return [...this.map.values()].flatMap(printEntry).join(' and\n');
  }

  private addNumber(feature: NumberFeature, stored: FeatureEntry | undefined, policy: AddPolicy): void {
    if (stored?.kind !== 'interval') {
      this.replace(feature, stored, policy, { kind: 'interval', interval: intervalOf(feature) });
      return;
    }
    const added = intervalOf(feature);
    const common = intersect(stored.interval, added);
    if (common !== null) {
      this.map.set(feature.name, { kind: 'interval', interval: common });
    } else if (policy.conflict === 'other') {
      this.map.set(feature.name, { kind: 'interval', interval: added });
    } else if (policy.conflict === 'error') {
      const bounds = [stored.interval.lower, stored.interval.upper].map((bound) =>
        bound === undefined ? 'None' : printFeature(bound),
      );
      throw new RadlError('conflict', `Disjoint intervals!. Involved features: ['${bounds.join("', '")}']`, {
        position: feature.position,
      });
    }
  }

  private addGroup(
    feature: Feature & { value: FeatureSet },
    stored: FeatureEntry | undefined,
    policy: AddPolicy,
  ): void {
    if (stored !== undefined && stored.kind !== 'groups') {
      this.replace(feature, stored, policy, {
        kind: 'groups',
        groups: new Map([[groupKey(feature), feature]]),
      });
      return;
    }
    const groups = stored?.groups ?? new Map<string, Feature & { value: FeatureSet }>();
    const known = groups.get(groupKey(feature));
    if (known === undefined) {
      groups.set(groupKey(feature), feature);
    } else {
      known.value.apply(feature.value, policy);
    }
    this.map.set(feature.name, { kind: 'groups', groups });
  }

  private addValue(feature: Feature, stored: FeatureEntry | undefined, policy: AddPolicy): void {
    if (stored?.kind === 'value' && sameValue(stored.feature.value, feature.value)) {
      return;
    }
    this.replace(feature, stored, policy, { kind: 'value', feature });
  }

  /** A different value under a known name: by the policy. */
  private replace(
    feature: Feature,
    stored: FeatureEntry | undefined,
    policy: AddPolicy,
    entry: FeatureEntry,
  ): void {
    if (stored === undefined || policy.conflict === 'other') {
      this.map.set(feature.name, entry);
    } else if (policy.conflict === 'error') {
      const known = printEntry(stored).join(' and ');
      throw new RadlError(
        'conflict',
        `Conflict adding \`${printFeature(feature)}\` because \`${known}\` is already set and conflict is error`,
        { position: feature.position },
      );
    }
  }

  private addEntry(entry: FeatureEntry, policy: AddPolicy): void {
    switch (entry.kind) {
      case 'softs':
        for (const group of entry.groups) {
          this.addSoft({ weight: group.weight, features: group.features.clone() });
        }
        break;
      case 'groups':
        for (const group of entry.groups.values()) {
          this.add({ ...group, value: group.value.clone() }, policy);
        }
        break;
      case 'interval':
        this.addInterval(entry.interval, policy);
        break;
      case 'value':
        this.add(entry.feature, policy);
        break;
    }
  }

  private addInterval(interval: Interval, policy: AddPolicy): void {
    if (exactInterval(interval)) {
      this.add(interval.lower as Feature, policy);
      return;
    }
    for (const bound of [interval.lower, interval.upper]) {
      if (bound !== undefined) {
        this.add(bound, policy);
      }
    }
  }
}

function groupKey(feature: { value: FeatureSet }): string {
  return feature.value.getText('name') ?? '';
}

function sameValue(a: FeatureValue, b: FeatureValue): boolean {
  if (a instanceof FeatureSet && b instanceof FeatureSet) {
    return a.equals(b);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((text, index) => text === b[index]);
  }
  return a === b;
}

function cloneEntry(entry: FeatureEntry): FeatureEntry {
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

function printEntry(entry: FeatureEntry): string[] {
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
