import type { Node } from 'yaml';
import { Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { ToscaMap, ToscaScalar, ToscaValue } from '../yaml/values.js';
import { isMap } from '../yaml/values.js';

/** Keys that every reader of YAML takes for a text without quotes. */
const plainKey = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z_][a-z0-9_.-]*$/i;

/**
 * A value as a part of a recipe. Texts stand in quotes, so no reader of YAML 1.1 takes them for something else; expressions in them stay
 * expressions. Numbers are printed as they were written.
 */
export function recipeValue(value: ToscaValue): Node {
  if (isMap(value)) {
    return recipeMap([...value].map(([key, member]) => [key, recipeValue(member)]));
  }
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    list.items = value.map(recipeValue);
    return list;
  }
  return recipeScalar(value);
}

/** A map of a recipe. */
export function recipeMap(members: readonly (readonly [string, Node])[]): YAMLMap {
  const map = new YAMLMap();
  map.items = members.map(([key, member]) => new Pair(keyOf(key), member));
  return map;
}

/** A text that Ansible does not look for expressions in: one that seems to have some is coded, as readers of a recipe may drop tags. */
export function verbatimText(text: string): Node {
  const coded = Buffer.from(text, 'utf8').toString('base64');
  return recipeScalar(/\{[{%#]/.test(text) ? `{{ '${coded}' | b64decode }}` : text);
}

/** A map of texts and numbers and the like, written as one. */
export function mapValue(members: Readonly<Record<string, ToscaValue>>): ToscaMap {
  return new Map(Object.entries(members));
}

function recipeScalar(value: ToscaScalar): Scalar {
  const scalar = new Scalar(String(value));
  scalar.type = typeof value === 'string' ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN;
  return scalar;
}

function keyOf(key: string): Scalar {
  const scalar = new Scalar(key);
  scalar.type = plainKey.test(key) ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
  return scalar;
}
