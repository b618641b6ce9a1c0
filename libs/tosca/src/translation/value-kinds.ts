import type { ToscaValue } from '../yaml/values.js';
import { isNumber, numberOf } from '../yaml/values.js';

const numberPattern = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

/** The number that a value is or spells (`"2"` counts, spec: tosca.md 2); undefined when it is none. */
export function asNumber(value: ToscaValue | undefined): number | undefined {
  if (isNumber(value)) {
    return numberOf(value);
  }
  return typeof value === 'string' && numberPattern.test(value) ? Number(value) : undefined;
}

/** The boolean that a value is or spells; undefined when it is none. */
export function asBoolean(value: ToscaValue | undefined): boolean | undefined {
  if (typeof value === 'boolean') {
    return value;
  }
  if (typeof value !== 'string') {
    return undefined;
  }
  const text = value.toLowerCase();
  return ['true', 'yes', 'on'].includes(text)
    ? true
    : ['false', 'no', 'off'].includes(text)
      ? false
      : undefined;
}

/** Whether a value says nothing: none, null or an empty text. */
export function isBlank(value: ToscaValue | undefined): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}
