/** A number that was written with a point or an exponent: its text is kept, so that a version `18.10` stays what the author wrote. */
export class DecimalNumber {
  constructor(
    readonly value: number,
    readonly text: string,
  ) {}

  toString(): string {
    return this.text;
  }
}

/** A scalar of a document read by the rules of YAML 1.1. */
export type ToscaScalar = string | number | boolean | null | DecimalNumber;

/** A map of a document, in the order of the text. */
export type ToscaMap = Map<string, ToscaValue>;

/** Any value of a document. */
export type ToscaValue = ToscaScalar | ToscaValue[] | ToscaMap;

/** A step of a path into a document: a key or a list index. */
export type PathStep = string | number;

/** Where a value stands in a document, from its root. */
export type Path = readonly PathStep[];

export function isMap(value: ToscaValue | undefined): value is ToscaMap {
  return value instanceof Map;
}

export function isNumber(value: ToscaValue | undefined): value is number | DecimalNumber {
  return typeof value === 'number' || value instanceof DecimalNumber;
}

/** The number itself, without the way it was written. */
export function numberOf(value: number | DecimalNumber): number {
  return typeof value === 'number' ? value : value.value;
}

/** The map under a key; an empty one when there is none. */
export function mapAt(map: ToscaMap | undefined, key: string): ToscaMap {
  const value = map?.get(key);
  return isMap(value) ? value : new Map<string, ToscaValue>();
}

/** The text under a key, undefined when there is none or it is of another kind. */
export function textAt(map: ToscaMap | undefined, key: string): string | undefined {
  const value = map?.get(key);
  return typeof value === 'string' ? value : undefined;
}

/** The list under a key; an empty one when there is none. */
export function listAt(map: ToscaMap | undefined, key: string): ToscaValue[] {
  const value = map?.get(key);
  return Array.isArray(value) ? value : [];
}

/** Text of a value as messages, `concat` and clouds see it: booleans are `True` and `False`, null is `None` (spec: tosca.md 5.2). */
export function textOf(value: ToscaValue): string {
  if (value === null) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  return Array.isArray(value) || isMap(value) ? JSON.stringify(jsonOf(value)) : String(value);
}

/** A value as JSON sees it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export function jsonOf(value: ToscaValue): Json {
  if (value instanceof DecimalNumber) {
    return value.value;
  }
  if (Array.isArray(value)) {
    return value.map(jsonOf);
  }
  return isMap(value) ? Object.fromEntries([...value].map(([key, member]) => [key, jsonOf(member)])) : value;
}

/** The value of parsed JSON. */
export function valueOfJson(json: Json): ToscaValue {
  if (Array.isArray(json)) {
    return json.map(valueOfJson);
  }
  return typeof json === 'object' && json !== null
    ? new Map(Object.entries(json).map(([key, member]) => [key, valueOfJson(member)]))
    : json;
}
