import type { Aspect, FeatureSet, Operator } from '@im/radl';
import { translationError } from '../tosca-error.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, textOf } from '../yaml/values.js';
import { sizeInBytes } from './sizes.js';
import { asNumber, isBlank } from './value-kinds.js';

/** The translation may say a thing twice; the last word counts. */
const lastWord = { conflict: 'other', missing: 'other' } as const;

/** Sets a text feature, whatever it was. */
export function setText(features: FeatureSet, name: string, value: string): void {
  features.add({ name, operator: '=', value }, lastWord);
}

/** Sets a text feature when there is a value. */
export function setOptionalText(features: FeatureSet, name: string, value: ToscaValue | undefined): void {
  if (!isBlank(value)) {
    setText(features, name, textOf(value));
  }
}

/** How a number is compared, and what it is counted in. */
export interface NumberOptions {
  operator?: Operator;
  unit?: string;
}

/** Sets a number feature, whatever it was. */
export function setNumber(
  features: FeatureSet,
  name: string,
  value: number,
  { operator = '=', unit }: NumberOptions = {},
): void {
  features.add(
    {
      name,
      operator,
      value,
      ...(unit === undefined ? {} : { unit }),
      ...(Number.isInteger(value) ? {} : { fraction: true }),
    },
    lastWord,
  );
}

/** Words of a value that is a map of one key and chooses the operator (spec: tosca.md 6.6). */
const operators: ReadonlyMap<string, Operator> = new Map([
  ['equal', '='],
  ['greater_than', '>'],
  ['greater_or_equal', '>='],
  ['less_than', '<'],
  ['less_or_equal', '<='],
]);

/** A value and the operator that it chooses. */
export function readOperator(value: ToscaValue): { operator?: Operator; value: ToscaValue } {
  if (!isMap(value)) {
    return { value };
  }
  for (const [word, operand] of value) {
    const operator = operators.get(word);
    if (operator !== undefined) {
      return { operator, value: operand };
    }
  }
  return { value };
}

/** Bytes of a size; a plain number is bytes. @throws ToscaError `value` */
export function bytesOf(value: ToscaValue): number {
  return asNumber(value) ?? sizeInBytes(textOf(value));
}

/** The number that a property must be. @throws ToscaError `value` */
export function numberValue(property: string, value: ToscaValue): number {
  const number = asNumber(value);
  if (number === undefined) {
    throw translationError(
      'value',
      `The value "${textOf(value)}" of property "${property}" is not a number.`,
    );
  }
  return number;
}

/** Sets user and secret of a credential (`tosca.datatypes.Credential`, evaluated) below a name. */
export function setCredential(
  features: FeatureSet,
  name: string,
  credential: ToscaMap,
  warnings: string[],
): void {
  setOptionalText(features, `${name}.username`, credential.get('user'));
  const type = tokenTypeOf(credential);
  if (type === 'password' || type === 'private_key' || type === 'public_key') {
    setOptionalText(features, `${name}.${type}`, credential.get('token'));
  } else {
    warnings.push(`Credentials of the token type ${type} are not supported. Ignoring them.`);
  }
}

/** Kind of the secret of a credential, a password when it does not say. */
export function tokenTypeOf(credential: ToscaMap): string {
  const type = credential.get('token_type');
  return isBlank(type) ? 'password' : textOf(type);
}

/** Adds an aspect that is defined here. */
export function addAspect(aspects: Aspect[], id: string, features: FeatureSet): Aspect {
  const aspect: Aspect = { id, features, reference: false };
  aspects.push(aspect);
  return aspect;
}
