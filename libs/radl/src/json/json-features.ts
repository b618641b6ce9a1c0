import type { Feature, FeatureValue } from '../model/feature.js';
import { FeatureSet } from '../model/feature-set.js';
import { maxNumber } from '../model/units.js';
import { RadlError } from '../radl-error.js';
import { isName, nameRule } from '../text/token.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { isObject } from './json-value.js';

const maxDepth = 50;

/** Members of an object as features, in their order (spec: radl.md 9.1). @throws RadlError */
export function jsonFeatures(
  object: JsonObject,
  where: string,
  skip: readonly string[],
  depth = 0,
): FeatureSet {
  if (depth > maxDepth) {
    throw new RadlError('structure', `${where}: at most ${maxDepth} objects inside each other.`);
  }
  const features = new FeatureSet();
  for (const [name, value] of Object.entries(object)) {
    if (skip.includes(name)) {
      continue;
    }
    try {
      addMember(features, name, value, where, depth);
    } catch (error) {
      if (error instanceof RadlError && error.category === 'conflict' && !error.message.includes(where)) {
        throw new RadlError('conflict', `${error.message} (${where})`, { cause: error });
      }
      throw error;
    }
  }
  return features;
}

function addMember(features: FeatureSet, name: string, value: JsonValue, where: string, depth: number): void {
  if (!isName(name)) {
    throw new RadlError('structure', `${where}: "${name.slice(0, 60)}" is not ${nameRule}.`);
  }
  if (name === 'softs' && Array.isArray(value)) {
    for (const soft of value) {
      addSoft(features, soft, where, depth);
    }
  } else if (Array.isArray(value)) {
    addList(features, name, value, where, depth);
  } else if (isObject(value)) {
    const group = jsonFeatures(value, `${where}, ${name}`, [], depth + 1);
    features.add({ name, operator: '=', value: group });
  } else {
    features.add(scalarFeature(name, value, where));
  }
}

function addSoft(features: FeatureSet, soft: JsonValue, where: string, depth: number): void {
  if (!isObject(soft)) {
    throw new RadlError(
      'structure',
      `${where}: "softs" must be a list of objects with "weight" and "items".`,
    );
  }
  const weight = soft['weight'] ?? 0;
  const items = soft['items'] ?? {};
  if (typeof weight !== 'number' || !isAmount(weight) || !isObject(items)) {
    throw new RadlError(
      'structure',
      `${where}: a soft group needs a number as "weight" and an object as "items".`,
    );
  }
  features.addSoft({ weight, features: jsonFeatures(items, `${where}, softs`, [], depth + 1) });
}

/** A list of texts is a list value; a list of objects is one group per element. */
function addList(features: FeatureSet, name: string, list: JsonValue[], where: string, depth: number): void {
  const texts = list.filter((element): element is string => typeof element === 'string');
  if (texts.length === list.length) {
    const value = texts.length === 1 && texts[0] === '' ? [] : texts;
    if (value.length > 0 || !isGroupName(name)) {
      features.add({ name, operator: '=', value });
    }
    return;
  }
  for (const element of list) {
    if (!isObject(element)) {
      throw new RadlError('structure', `${where}: "${name}" must be a list of texts or a list of objects.`);
    }
    features.add({
      name,
      operator: 'contains',
      value: jsonFeatures(element, `${where}, ${name}`, [], depth + 1),
    });
  }
}

function scalarFeature(name: string, value: JsonValue, where: string): Feature {
  if (typeof value === 'boolean') {
    return { name, operator: '=', value: value ? 'yes' : 'no' };
  }
  if (typeof value === 'string') {
    return { name, operator: '=', value };
  }
  if (typeof value !== 'number') {
    throw new RadlError(
      'structure',
      `${where}: "${name}" must be a text, a number, a list or an object, not null.`,
    );
  }
  if (!isAmount(value)) {
    throw new RadlError('structure', `${where}: "${name}" must be a number from 0 to 1e21.`);
  }
  const number: { value: FeatureValue; fraction?: boolean } = Number.isInteger(value)
    ? { value }
    : { value, fraction: true };
  return { ...bound(name), ...number };
}

/** Names that hold groups only, so that an empty list is none of them. */
function isGroupName(name: string): boolean {
  return /^disk\.\d+\.applications$/.test(name);
}

function isAmount(value: number): boolean {
  return value >= 0 && value <= maxNumber;
}

/** `x_min` and `x_max` of numbers are bounds of `x`. */
function bound(name: string): Pick<Feature, 'name' | 'operator'> {
  if (name.endsWith('_min')) {
    return { name: name.slice(0, -'_min'.length), operator: '>=' };
  }
  if (name.endsWith('_max')) {
    return { name: name.slice(0, -'_max'.length), operator: '<=' };
  }
  return { name, operator: '=' };
}
