import { RadlError } from '../radl-error.js';
import type { AddPolicy, Feature, FeatureValue, NumberFeature } from './feature.js';
import { isNumberFeature, printFeature } from './feature.js';
import type { FeatureEntry, GroupFeature, SoftGroup } from './feature-entry.js';
import { printEntry, softsName } from './feature-entry.js';
import { boundsOf, intersect, intervalOf } from './interval.js';

/** How to take back what was done so far, oldest first. */
export type Undo = (() => void)[];

/**
 * Adds to the entries of a collection by the rules of spec: radl.md 6. Every method throws RadlError `conflict` where the policy says so.
 */
export class Addition {
  /** @param undo notes how to take back each change; absent when nobody will ask for it */
  constructor(
    private readonly entries: Map<string, FeatureEntry>,
    private readonly policy: AddPolicy,
    private readonly undo?: Undo,
  ) {}

  feature(feature: Feature): void {
    const stored = this.entries.get(feature.name);
    if (stored === undefined && this.policy.missing === 'error') {
      throw new RadlError('conflict', 'Property has not set.', { position: feature.position });
    }
    if (stored === undefined && this.policy.missing === 'ignore') {
      return;
    }
    if (isNumberFeature(feature)) {
      this.number(feature, stored);
    } else if (isGroupFeature(feature)) {
      this.group(feature, stored);
    } else if (!(stored?.kind === 'value' && sameValue(stored.feature.value, feature.value))) {
      this.replace(feature, stored, { kind: 'value', feature });
    }
  }

  /** Everything that another collection holds under one name; the other one shares nothing with the result. */
  entry(entry: FeatureEntry): void {
    switch (entry.kind) {
      case 'softs':
        for (const { weight, features } of entry.groups) {
          this.soft({ weight, features: features.clone() });
        }
        break;
      case 'groups':
        for (const group of entry.groups.values()) {
          this.feature({ ...group, value: group.value.clone() });
        }
        break;
      case 'interval':
        for (const bound of boundsOf(entry.interval)) {
          this.feature(bound);
        }
        break;
      case 'value':
        this.feature(entry.feature);
        break;
    }
  }

  soft(group: SoftGroup): void {
    const entry = this.entries.get(softsName);
    if (entry?.kind === 'softs') {
      entry.groups.push(group);
      this.undo?.push(() => entry.groups.pop());
    } else {
      this.put(softsName, { kind: 'softs', groups: [group] });
    }
  }

  private number(feature: NumberFeature, stored: FeatureEntry | undefined): void {
    const added = intervalOf(feature);
    if (stored?.kind !== 'interval') {
      this.replace(feature, stored, { kind: 'interval', interval: added });
      return;
    }
    const common = intersect(stored.interval, added);
    if (common !== null) {
      this.put(feature.name, { kind: 'interval', interval: common });
    } else if (this.policy.conflict === 'other') {
      this.put(feature.name, { kind: 'interval', interval: added });
    } else if (this.policy.conflict === 'error') {
      const bounds = [stored.interval.lower, stored.interval.upper].map((bound) =>
        bound === undefined ? 'None' : printFeature(bound),
      );
      throw new RadlError('conflict', `Disjoint intervals!. Involved features: ['${bounds.join("', '")}']`, {
        position: feature.position,
      });
    }
  }

  private group(feature: GroupFeature, stored: FeatureEntry | undefined): void {
    const key = feature.value.getText('name') ?? '';
    if (stored?.kind !== 'groups') {
      this.replace(feature, stored, { kind: 'groups', groups: new Map([[key, feature]]) });
      return;
    }
    const known = stored.groups.get(key);
    if (known === undefined) {
      stored.groups.set(key, feature);
      this.undo?.push(() => stored.groups.delete(key));
    } else {
      known.value.extend(feature.value, this.policy, this.undo);
    }
  }

  /** A different value under a known name: by the policy. */
  private replace(feature: Feature, stored: FeatureEntry | undefined, entry: FeatureEntry): void {
    if (stored === undefined || this.policy.conflict === 'other') {
      this.put(feature.name, entry);
    } else if (this.policy.conflict === 'error') {
      const known = printEntry(stored).join(' and ');
      throw new RadlError(
        'conflict',
        `Conflict adding \`${printFeature(feature)}\` because \`${known}\` is already set and conflict is error`,
        { position: feature.position },
      );
    }
  }

  private put(name: string, entry: FeatureEntry): void {
    const before = this.entries.get(name);
    this.entries.set(name, entry);
    this.undo?.push(() => {
      if (before === undefined) {
        this.entries.delete(name);
      } else {
        this.entries.set(name, before);
      }
    });
  }
}

function isGroupFeature(feature: Feature): feature is GroupFeature {
  const { value } = feature;
  return feature.operator === 'contains' && typeof value === 'object' && !Array.isArray(value);
}

function sameValue(a: FeatureValue, b: FeatureValue): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((text, index) => text === b[index]);
  }
  if (typeof a === 'object' && typeof b === 'object' && !Array.isArray(a) && !Array.isArray(b)) {
    return a.equals(b);
  }
  return a === b;
}
