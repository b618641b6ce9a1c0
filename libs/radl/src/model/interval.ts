import type { NumberFeature } from './feature.js';
import { numberIn, printFeature } from './feature.js';

/** Bounds of a number; the same feature on both sides is an exact value (spec: radl.md 6). */
export interface Interval {
  lower?: NumberFeature | undefined;
  upper?: NumberFeature | undefined;
}

/** The interval that one feature means. Strictness is not part of it; the operator stays in the feature. */
export function intervalOf(feature: NumberFeature): Interval {
  switch (feature.operator) {
    case '<':
    case '<=':
      return { upper: feature };
    case '>':
    case '>=':
      return { lower: feature };
    default:
      return { lower: feature, upper: feature };
  }
}

/** Both bounds are one exact value. */
export function exactInterval(interval: Interval): boolean {
  const { lower, upper } = interval;
  return (
    lower !== undefined &&
    upper !== undefined &&
    lower.operator === '=' &&
    upper.operator === '=' &&
    numberIn(lower) === numberIn(upper)
  );
}

/** What both allow, null when there is nothing; touching bounds count (spec: radl.md 6). */
export function intersect(stored: Interval, added: Interval): Interval | null {
  const low = tighter(stored.lower, added.lower, (a, b) => a > b);
  const high = tighter(stored.upper, added.upper, (a, b) => a < b);
  if (low !== undefined && high !== undefined && numberIn(low) > numberIn(high)) {
    return null;
  }
  // An exact value replaces the looser bounds around it on both sides.
  if (added.lower !== undefined && added.lower === added.upper) {
    return added;
  }
  return { lower: low, upper: high };
}

/** Of two bounds the one that allows less; the stored one when they are equal. */
function tighter(
  stored: NumberFeature | undefined,
  added: NumberFeature | undefined,
  isTighter: (added: number, stored: number) => boolean,
): NumberFeature | undefined {
  if (stored === undefined || added === undefined) {
    return stored ?? added;
  }
  return isTighter(numberIn(added), numberIn(stored)) ? added : stored;
}

/** The features that make an interval, lower bound first; an exact value is one of them. */
export function boundsOf(interval: Interval): NumberFeature[] {
  const bounds = exactInterval(interval) ? [interval.lower] : [interval.lower, interval.upper];
  return bounds.filter((bound) => bound !== undefined);
}

/** Lower then upper bound, an exact value once. */
export function printInterval(interval: Interval): string[] {
  return boundsOf(interval).map(printFeature);
}
