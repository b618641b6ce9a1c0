import type { Position } from '../radl-error.js';
import type { FeatureSet } from './feature-set.js';
import { convertUnit, numberText } from './units.js';

export type Operator = '=' | '<' | '>' | '<=' | '>=' | 'contains';

export type FeatureValue = string | number | string[] | FeatureSet;

/** `name operator value [unit]` (spec: radl.md 1). */
export interface Feature {
  name: string;
  operator: Operator;
  value: FeatureValue;
  /** As written, for numbers. */
  unit?: string;
  /** The number was written with a point; it prints with one. */
  fraction?: boolean;
  position?: Position | undefined;
}

/** A feature with a number. */
export interface NumberFeature extends Feature {
  value: number;
}

export function isNumberFeature(feature: Feature): feature is NumberFeature {
  return typeof feature.value === 'number';
}

/** Value of a number in bytes, or in `unit`; the plain number when neither has a unit (spec: radl.md 5). */
export function numberIn(feature: NumberFeature, unit?: string): number {
  return convertUnit(feature.value, feature.fraction === true, feature.unit ?? '', unit);
}

/** What to do with a feature that contradicts what is there, and with one that is not there yet (spec: radl.md 6). */
export interface AddPolicy {
  conflict: 'error' | 'me' | 'other' | 'ignore';
  missing: 'error' | 'me' | 'other' | 'ignore';
}

/** The policy of reading a document. */
export const strictPolicy: AddPolicy = { conflict: 'error', missing: 'other' };

/** Plain text of a feature (spec: radl.md 8). */
export function printFeature(feature: Feature): string {
  const { name, operator, value } = feature;
  if (typeof value === 'number') {
    return `${name} ${operator} ${numberText(value, feature.fraction === true)}${printedUnit(feature)}`;
  }
  if (typeof value === 'string') {
    return `${name} ${operator} ${quote(value)}`;
  }
  if (Array.isArray(value)) {
    return `${name} ${operator} [${value.map(quote).join(',')}]`;
  }
  return `${name} contains (${value.print()})`;
}

/** The unit behind the number, without a blank unless its point would be read as that of the number. */
function printedUnit({ unit = '', fraction }: Feature): string {
  return unit.startsWith('.') && fraction !== true ? ` ${unit}` : unit;
}

/** Text in single quotes; only the apostrophe is escaped, as only its escape is decoded. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
