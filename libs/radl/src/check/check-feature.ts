import type { Feature } from '../model/feature.js';
import { FeatureSet } from '../model/feature-set.js';
import type { Position, RadlErrorCategory } from '../radl-error.js';
import { RadlError } from '../radl-error.js';
import type { FeatureRule } from './feature-rules.js';

export function checkError(category: RadlErrorCategory, text: string, position?: Position): RadlError {
  return new RadlError(category, text, { phase: 'check', position });
}

/** Type, operator, value and unit of one feature, in this order (spec: radl.md 10). @throws RadlError */
export function checkFeature(feature: Feature, rule: FeatureRule): void {
  checkType(feature, rule);
  checkOperator(feature);
  checkValue(feature, rule);
  checkUnit(feature, rule);
}

function checkType(feature: Feature, rule: FeatureRule): void {
  const { value } = feature;
  const fits = {
    text: typeof value === 'string',
    whole: typeof value === 'number' && feature.fraction !== true,
    number: typeof value === 'number',
    group: value instanceof FeatureSet,
    'text or list': typeof value === 'string' || Array.isArray(value),
  }[rule.type];
  if (!fits) {
    throw checkError(
      'type',
      `Invalid type; expected ${rule.type} in property '${feature.name}'.`,
      feature.position,
    );
  }
}

function checkOperator(feature: Feature): void {
  if (feature.value instanceof FeatureSet) {
    if (feature.operator !== 'contains') {
      throw checkError(
        'operator',
        `Invalid operator; expected 'contains' in property '${feature.name}'.`,
        feature.position,
      );
    }
    return;
  }
  const ordered = typeof feature.value === 'number' || feature.name.includes('version');
  if (ordered ? feature.operator === 'contains' : feature.operator !== '=') {
    const expected = ordered ? "'=', '<=', '>=', '>' or '<'" : "'='";
    throw checkError(
      'operator',
      `Invalid operator; expected ${expected} in property '${feature.name}'.`,
      feature.position,
    );
  }
}

function checkValue(feature: Feature, rule: FeatureRule): void {
  for (const value of Array.isArray(feature.value) ? feature.value : [feature.value]) {
    if (value instanceof FeatureSet) {
      continue;
    }
    if (rule.oneOf !== undefined && !rule.oneOf.includes(String(value).toUpperCase())) {
      const list = rule.oneOf.map((known) => `'${known}'`).join(', ');
      throw checkError(
        'value',
        `Invalid value; expected one of [${list}] in property '${feature.name}'.`,
        feature.position,
      );
    }
    const problem = rule.valid?.(value) ?? null;
    if (problem !== null) {
      throw checkError('value', `Invalid value in property '${feature.name}': ${problem}.`, feature.position);
    }
  }
}

function checkUnit(feature: Feature, rule: FeatureRule): void {
  const unit = (feature.unit ?? '').toUpperCase();
  if (rule.units === undefined) {
    if (unit !== '') {
      throw checkError(
        'unit',
        `Invalid unit; expected none in property '${feature.name}'.`,
        feature.position,
      );
    }
  } else if (typeof feature.value === 'number' && !rule.units.includes(unit)) {
    const list = rule.units.filter((known) => known !== '').join(', ');
    throw checkError(
      'unit',
      `Invalid unit; expected one of [${list}] in property '${feature.name}'.`,
      feature.position,
    );
  }
}

/** Every feature of a collection, in order. */
export function allFeatures(features: FeatureSet): Feature[] {
  return [...features.entries()].flatMap(([, entry]): Feature[] => {
    switch (entry.kind) {
      case 'interval':
        return [...new Set([entry.interval.lower, entry.interval.upper])].flatMap((bound) => bound ?? []);
      case 'value':
        return [entry.feature];
      case 'groups':
        return [...entry.groups.values()];
      case 'softs':
        return [];
    }
  });
}
