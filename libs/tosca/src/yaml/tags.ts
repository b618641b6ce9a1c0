import type { ScalarTag, Tags } from 'yaml';
import { DecimalNumber } from './values.js';

const boolean: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|true|on)$/i.test(text),
};

/** Decimal, octal (`0755`), hexadecimal, binary and base 60 (`22:22`). */
const integer: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/,
  resolve: (text) => integerOf(text.replaceAll('_', '')),
};

const decimal: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$/,
  resolve: decimalOf,
};

const kept: ReadonlySet<string> = new Set(['map', 'seq', 'str', 'null', 'merge']);

/**
 * The scalars that YAML 1.1 readers such as PyYAML know; dates stay texts (spec: tosca.md 1).
 * @param tags those the library has for YAML 1.1
 */
export function yaml11Tags(tags: Tags): Tags {
  const plain = tags.filter(
    (tag) => typeof tag !== 'string' && kept.has(tag.tag.replace('tag:yaml.org,2002:', '')),
  );
  return [...plain, boolean, integer, decimal];
}

function integerOf(text: string): number | string {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  const size = digits.startsWith('0b')
    ? Number.parseInt(digits.slice(2), 2)
    : digits.startsWith('0x')
      ? Number.parseInt(digits.slice(2), 16)
      : /^0./.test(digits)
        ? Number.parseInt(digits, 8)
        : digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number.isSafeInteger(size) ? (negative ? -size : size) : text;
}

function decimalOf(text: string): DecimalNumber | string {
  const plain = text.replaceAll('_', '').replace(/^\+/, '');
  const value = Number(plain);
  return Number.isFinite(value) ? new DecimalNumber(value, plain) : text;
}
