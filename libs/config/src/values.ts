import type { IntegerOption, JsonOption, ListOption, OptionDefinition, TextOption } from './option.js';

/** The outcome of reading a text as the value of an option. */
export type ParsedValue = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

const TRUE_WORDS = ['1', 'yes', 'true', 'on'];
const FALSE_WORDS = ['0', 'no', 'false', 'off'];

/** Reads the text of an option by its type. spec: configuration.md 1.2 */
export function parseValue(option: OptionDefinition, given: string): ParsedValue {
  switch (option.kind) {
    case 'text':
      return matches(option.form, given) ? { ok: true, value: given } : { ok: false };
    case 'choice': {
      const value = option.choices.find((one) => one.toLowerCase() === given.trim().toLowerCase());
      return value === undefined ? { ok: false } : { ok: true, value };
    }
    case 'integer':
      return parseInteger(option, given);
    case 'boolean':
      return parseBoolean(given);
    case 'list':
      return parseList(option, given);
    case 'json':
      return parseJson(option, given);
  }
}

/** What an option takes, as the end of "it must be ...". */
export function allowedValues(option: OptionDefinition): string {
  switch (option.kind) {
    case 'text':
      return option.form?.allowed ?? 'a text';
    case 'choice':
      return `one of ${option.choices.join(', ')}`;
    case 'integer':
      return allowedIntegers(option);
    case 'boolean':
      return 'yes, true, on, 1, no, false, off or 0';
    case 'list':
      return option.form === undefined
        ? 'a list separated by commas'
        : `a list of ${option.form.allowed}, separated by commas`;
    case 'json':
      return option.allowed;
  }
}

function allowedIntegers({ minimum, maximum }: IntegerOption): string {
  if (maximum < Number.MAX_SAFE_INTEGER) {
    return `a whole number from ${String(minimum)} to ${String(maximum)}`;
  }
  return minimum > Number.MIN_SAFE_INTEGER
    ? `a whole number of ${String(minimum)} or more`
    : 'a whole number';
}

function matches(form: TextOption['form'], value: string): boolean {
  return form === undefined || form.pattern.test(value);
}

function parseInteger(option: IntegerOption, given: string): ParsedValue {
  const trimmed = given.trim();
  const value = Number(trimmed);
  const fits =
    /^[+-]?\d+$/u.test(trimmed) &&
    Number.isSafeInteger(value) &&
    value >= option.minimum &&
    value <= option.maximum;
  return fits ? { ok: true, value } : { ok: false };
}

function parseBoolean(given: string): ParsedValue {
  const word = given.trim().toLowerCase();
  if (TRUE_WORDS.includes(word)) {
    return { ok: true, value: true };
  }
  return FALSE_WORDS.includes(word) ? { ok: true, value: false } : { ok: false };
}

function parseList(option: ListOption, given: string): ParsedValue {
  const elements = given
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
  return elements.every((element) => matches(option.form, element))
    ? { ok: true, value: elements }
    : { ok: false };
}

function parseJson(option: JsonOption<unknown>, given: string): ParsedValue {
  if (given.trim() === '') {
    return { ok: true, value: option.default };
  }
  let document: unknown;
  try {
    document = JSON.parse(given);
  } catch {
    return { ok: false };
  }
  const parsed = option.schema.safeParse(document);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false };
}

/** Whether a value is of the type its option promises. */
export function fitsOption(option: OptionDefinition, value: unknown): boolean {
  switch (option.kind) {
    case 'text':
      return typeof value === 'string';
    case 'choice':
      return option.choices.some((one) => one === value);
    case 'integer':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value) && value.every((element) => typeof element === 'string');
    case 'json':
      return option.schema.safeParse(value).success;
  }
}
