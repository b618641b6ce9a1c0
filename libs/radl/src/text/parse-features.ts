import type { Feature, Operator } from '../model/feature.js';
import { FeatureSet } from '../model/feature-set.js';
import { maxNumber, unitFactor } from '../model/units.js';
import { RadlError } from '../radl-error.js';
import type { Token } from './token.js';
import type { TokenStream } from './token-stream.js';

/** Makes a random text of letters and digits. */
export type RandomText = (length: number) => string;

/** Groups in groups are of no use; a limit keeps hostile documents away from the call stack. */
const maxDepth = 50;
const maxRandomLength = 1024;
const comparators = new Set(['=', '<', '>', '<=', '>=']);

/** `features = [feature] {"and" feature}`, up to the closing parenthesis, which stays. */
export function parseFeatures(tokens: TokenStream, random: RandomText, depth = 0): FeatureSet {
  if (depth > maxDepth) {
    throw tokens.unexpected(`at most ${maxDepth} groups inside each other`);
  }
  const features = new FeatureSet();
  if (!tokens.at('and') && !tokens.at(')')) {
    parseFeature(tokens, features, random, depth);
  }
  while (!tokens.at(')')) {
    if (!tokens.at('and')) {
      throw tokens.unexpected("'and' before the next feature, or ')'", ['and']);
    }
    tokens.take();
    parseFeature(tokens, features, random, depth);
  }
  return features;
}

function parseFeature(tokens: TokenStream, features: FeatureSet, random: RandomText, depth: number): void {
  if (tokens.accept('soft')) {
    const weight = numberOf(tokens.expectKind('number', 'the weight of the soft features'));
    tokens.expect('(');
    const group = parseFeatures(tokens, random, depth + 1);
    tokens.expect(')');
    features.addSoft({ weight, features: group });
    return;
  }
  const name = tokens.expectKind('name', 'the name of a feature');
  if (tokens.accept('contains')) {
    tokens.expect('(');
    const group = parseFeatures(tokens, random, depth + 1);
    tokens.expect(')');
    features.add({ name: name.text, operator: 'contains', value: group, position: positionOf(name) });
    return;
  }
  const operator = parseComparator(tokens);
  features.add({ ...parseValue(tokens, random), name: name.text, operator, position: positionOf(name) });
}

/** `= < > >= <=` */
export function parseComparator(tokens: TokenStream): Operator {
  const token = tokens.peek();
  if (token.kind !== 'symbol' || !comparators.has(token.text)) {
    throw tokens.unexpected("an operator: '=', '<', '>', '<=', '>=' or 'contains'", ['contains']);
  }
  return tokens.take().text as Operator;
}

function parseValue(tokens: TokenStream, random: RandomText): Pick<Feature, 'value' | 'unit' | 'fraction'> {
  const token = tokens.peek();
  switch (token.kind) {
    case 'number':
      return parseNumber(tokens);
    case 'string':
      return { value: tokens.take().value };
    case 'random':
      return { value: randomText(tokens.take(), random) };
    default:
      if (tokens.at('[')) {
        return { value: parseList(tokens) };
      }
      throw tokens.unexpected("a value: a number, a text in single quotes or a list of texts in '[' and ']'");
  }
}

function parseNumber(tokens: TokenStream): Pick<Feature, 'value' | 'unit' | 'fraction'> {
  const token = tokens.take();
  const value = numberOf(token);
  const unit = tokens.peek().kind === 'name' ? tokens.take().text : undefined;
  if (value * unitFactor(unit ?? '') > maxNumber) {
    throw tooLarge(token);
  }
  return {
    value,
    ...(unit === undefined ? {} : { unit }),
    ...(token.fraction ? { fraction: true } : {}),
  };
}

/** @throws RadlError when the number is too large to be one */
export function numberOf(token: Token): number {
  const value = Number(token.value);
  if (!(value <= maxNumber)) {
    throw tooLarge(token);
  }
  return value;
}

function tooLarge(token: Token): RadlError {
  return new RadlError('syntax', `Parse error in: ${token.text.slice(0, 60)} (the number is too large).`, {
    position: positionOf(token),
  });
}

function parseList(tokens: TokenStream): string[] {
  tokens.expect('[');
  const list: string[] = [];
  if (tokens.peek().kind === 'string') {
    list.push(tokens.take().value);
  }
  while (!tokens.at(']')) {
    tokens.expect(',');
    list.push(tokens.expectKind('string', 'a text in single quotes').value);
  }
  tokens.take();
  // An empty list and a list of one empty text are the same thing (spec: radl.md 5).
  return list.length === 1 && list[0] === '' ? [] : list;
}

function randomText(token: Token, random: RandomText): string {
  const length = Number(token.value);
  if (length < 1 || length > maxRandomLength) {
    throw new RadlError('value', `Parse error in: ${token.text}.`, {
      position: positionOf(token),
      expected: `a length from 1 to ${maxRandomLength}`,
    });
  }
  return random(length);
}

export function positionOf(token: Token): { line: number; column: number } {
  return { line: token.line, column: token.column };
}
