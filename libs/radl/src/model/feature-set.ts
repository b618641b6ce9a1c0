import type { Undo } from './addition.js';
import { Addition } from './addition.js';
import type { AddPolicy, Feature, FeatureValue, NumberFeature } from './feature.js';
import { isNumberFeature, numberIn, strictPolicy } from './feature.js';
import type { FeatureEntry, SoftGroup } from './feature-entry.js';
import { cloneEntry, printEntry, softsName } from './feature-entry.js';
import type { Interval } from './interval.js';

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
    new Addition(this.map, strictPolicy).soft(group);
  }

  dropSofts(): void {
    this.map.delete(softsName);
  }

  /** Adds one feature by the rules of spec: radl.md 6. @throws RadlError `conflict` */
  add(feature: Feature, policy: AddPolicy = strictPolicy): void {
    new Addition(this.map, policy).feature(feature);
  }

  /**
   * Adds all of another collection, all or nothing; soft groups are appended. The work grows with `other` only.
   * @throws RadlError
   */
  apply(other: FeatureSet, policy: AddPolicy = strictPolicy): void {
    const undo: Undo = [];
    try {
      this.addAll(other === this ? other.clone() : other, new Addition(this.map, policy, undo));
    } catch (error) {
      for (const takeBack of undo.reverse()) {
        takeBack();
      }
      throw error;
    }
  }

  /** Adds all of another collection in the name of an addition that reaches into this one. */
  extend(other: FeatureSet, policy: AddPolicy, undo: Undo | undefined): void {
    this.addAll(other, new Addition(this.map, policy, undo));
  }

  /** Entries of `other` take the place of those of the same name, whatever they say. */
  replaceBy(other: FeatureSet): void {
    for (const [name, entry] of other.map) {
      this.map.set(name, cloneEntry(entry));
    }
  }

  /** Changes this collection in what differs between two others: what `after` has new or otherwise than `before`, and what it lacks. */
  applyChanges(before: FeatureSet, after: FeatureSet): void {
    const printed = (entry: FeatureEntry | undefined): string =>
      entry === undefined ? '' : printEntry(entry).join(' and ');
    for (const name of new Set([...before.map.keys(), ...after.map.keys()])) {
      const entry = after.map.get(name);
      if (printed(entry) === printed(before.map.get(name))) {
        continue;
      }
      if (entry === undefined) {
        this.map.delete(name);
      } else {
        this.map.set(name, cloneEntry(entry));
      }
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
    return this.printedFeatures().join(' and\n');
  }

  /** Plain text of every feature, in order; an interval of two bounds is two of them. */
  printedFeatures(): string[] {
    return [...this.map.values()].flatMap(printEntry);
  }

  private addAll(other: FeatureSet, addition: Addition): void {
    for (const entry of other.map.values()) {
      addition.entry(entry);
    }
  }
}
