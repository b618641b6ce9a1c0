import { RE2JS, RE2JSException } from 're2js';
import type { ToscaValue } from '../yaml/values.js';
import { isMap, isNumber, numberOf, textOf } from '../yaml/values.js';
import { isScalarUnitKind, readScalarUnit } from './scalar-units.js';

/** One rule for one value (spec: tosca.md 2, constraints). */
export interface ConstraintCheck {
  rule: string;
  limit: ToscaValue;
  value: ToscaValue;
  /** Name of the property. */
  name: string;
  /** Basic kind of the value. */
  kind: string;
}

/** Why a value breaks a rule, undefined when it holds. A rule that nobody knows holds. */
export function constraintProblem(check: ConstraintCheck): string | undefined {
  const { rule, limit, value, name } = check;
  const subject = `The value "${textOf(value)}" of property "${name}"`;
  switch (rule) {
    case 'equal':
      return same(check, limit) ? undefined : `${subject} is not equal to "${textOf(limit)}".`;
    case 'greater_than':
    case 'greater_or_equal':
    case 'less_than':
    case 'less_or_equal':
      return compared(check, comparisons[rule])
        ? undefined
        : `${subject} must be ${comparisons[rule].words} "${textOf(limit)}".`;
    case 'in_range':
      return inRange(check) ? undefined : `${subject} is out of range ${rangeText(limit)}.`;
    case 'valid_values':
      return !Array.isArray(limit) || limit.some((each) => same(check, each))
        ? undefined
        : `${subject} is not valid. Expected a value from "[${limit.map(textOf).join(', ')}]".`;
    case 'length':
    case 'min_length':
    case 'max_length':
      return lengthProblem(check, rule);
    case 'pattern':
      return patternProblem(check, subject);
    default:
      return undefined;
  }
}

interface Comparison {
  holds: (difference: number) => boolean;
  words: string;
}

const comparisons: Readonly<
  Record<'greater_than' | 'greater_or_equal' | 'less_than' | 'less_or_equal', Comparison>
> = {
  greater_than: { holds: (difference) => difference > 0, words: 'greater than' },
  greater_or_equal: { holds: (difference) => difference >= 0, words: 'greater than or equal to' },
  less_than: { holds: (difference) => difference < 0, words: 'less than' },
  less_or_equal: { holds: (difference) => difference <= 0, words: 'less than or equal to' },
};

function compared(check: ConstraintCheck, comparison: Comparison): boolean {
  const difference = differenceTo(check, check.limit);
  return difference === undefined || comparison.holds(difference);
}

/** Value minus limit in the base of their unit; undefined when they cannot be compared. */
function differenceTo({ value, kind }: ConstraintCheck, limit: ToscaValue): number | undefined {
  const amount = amountOf(value, kind);
  const bound = amountOf(limit, kind);
  return amount === undefined || bound === undefined ? undefined : amount - bound;
}

function amountOf(value: ToscaValue, kind: string): number | undefined {
  if (isNumber(value)) {
    return numberOf(value);
  }
  if (typeof value !== 'string') {
    return undefined;
  }
  if (isScalarUnitKind(kind)) {
    const read = readScalarUnit(value, kind);
    return 'problem' in read ? undefined : read.amount;
  }
  return kind === 'timestamp' ? Date.parse(value) : undefined;
}

function same(check: ConstraintCheck, limit: ToscaValue): boolean {
  const difference = differenceTo(check, limit);
  return difference === undefined ? textOf(check.value) === textOf(limit) : difference === 0;
}

function inRange(check: ConstraintCheck): boolean {
  const [least, most] = Array.isArray(check.limit) ? check.limit : [];
  const bounds = Array.isArray(check.value) ? check.value : [check.value];
  return bounds.every((value) => {
    const above = least === undefined ? undefined : differenceTo({ ...check, value }, least);
    const below = most === undefined ? undefined : differenceTo({ ...check, value }, most);
    return (above === undefined || above >= 0) && (below === undefined || below <= 0);
  });
}

function rangeText(limit: ToscaValue): string {
  const [least, most] = Array.isArray(limit) ? limit : [];
  return `"(min:${textOf(least ?? null)}, max:${textOf(most ?? null)})"`;
}

const lengthWords = {
  length: 'equal to',
  min_length: 'at least',
  max_length: 'no greater than',
} as const;

function lengthProblem(check: ConstraintCheck, rule: keyof typeof lengthWords): string | undefined {
  const { value, limit, name } = check;
  const length = lengthOf(value);
  if (length === undefined || typeof limit !== 'number') {
    return undefined;
  }
  const holds =
    rule === 'length' ? length === limit : rule === 'min_length' ? length >= limit : length <= limit;
  return holds
    ? undefined
    : `Length of value "${textOf(value)}" of property "${name}" must be ${lengthWords[rule]} "${limit}".`;
}

function lengthOf(value: ToscaValue): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) {
    return value.length;
  }
  return isMap(value) ? value.size : undefined;
}

/** The pattern comes from the document, so it is matched in linear time. */
function patternProblem({ value, limit }: ConstraintCheck, subject: string): string | undefined {
  const pattern = textOf(limit);
  const problem = `${subject} does not match pattern "${pattern}".`;
  try {
    return RE2JS.compile(pattern).matcher(textOf(value)).matches() ? undefined : problem;
  } catch (error) {
    if (error instanceof RE2JSException) {
      return `${problem} The pattern is no regular expression: ${error.message}`;
    }
    throw error;
  }
}
