import type { TagDefinition } from 'js-yaml';
import {
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  Schema,
  strTag,
} from 'js-yaml';
import type { ToscaMap, ToscaValue } from './values.js';
import { DecimalNumber } from './values.js';

const digits = [...'0123456789'];

const booleanText = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;

const boolean = defineScalarTag('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: [...'yYnNtTfFoO'],
  resolve: (text) => (booleanText.test(text) ? /^(?:yes|true|on)$/i.test(text) : NOT_RESOLVED),
  identify: () => false,
});

const integerText = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/;

/** Decimal, octal (`0755`), hexadecimal, binary and base 60 (`22:22`). */
const integer = defineScalarTag('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: ['-', '+', ...digits],
  resolve: (text) => (integerText.test(text) ? integerOf(text.replaceAll('_', '')) : NOT_RESOLVED),
  identify: () => false,
});

const decimalText =
  /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$/;

const decimal = defineScalarTag('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: ['-', '+', '.', ...digits],
  resolve: (text) => (decimalText.test(text) ? decimalOf(text) : NOT_RESOLVED),
  identify: () => false,
});

/** Maps whose keys are texts, in the order of the document. As it is finished at its end, the library lets no alias stand inside of what it names. */
const map = mappingTag('tag:yaml.org,2002:map', false);

const list = sequenceTag('tag:yaml.org,2002:seq', false);

/** Further tags of YAML 1.1, e.g. `!!binary`, `!!timestamp` and `!!set`, mean what their value would be without them; tags of others are refused. */
const otherTags: readonly TagDefinition[] = [
  defineScalarTag('tag:yaml.org,2002:', {
    matchByTagPrefix: true,
    resolve: (text) => text,
    identify: () => false,
  }),
  mappingTag('tag:yaml.org,2002:', true),
  sequenceTag('tag:yaml.org,2002:', true),
];

/** How the scalars, maps and lists of a document become values: the rules of YAML 1.1 as PyYAML has them (spec: tosca.md 1). */
export const yaml11Schema = new Schema([
  strTag,
  nullYaml11Tag,
  boolean,
  integer,
  decimal,
  mergeTag,
  map,
  list,
  ...otherTags,
]);

function mappingTag(name: string, matchByTagPrefix: boolean): TagDefinition {
  return defineMappingTag<ToscaMap, ToscaMap>(name, {
    matchByTagPrefix,
    create: () => new Map<string, ToscaValue>(),
    addPair: (carrier, key, value) => {
      const text = keyText(key);
      if (text === undefined) {
        return 'A key of a map is a list or a map.';
      }
      carrier.set(text, valueOf(value));
      return '';
    },
    has: (carrier, key) => carrier.has(keyText(key) ?? ''),
    keys: (result) => result.keys(),
    get: (result, key) => result.get(keyText(key) ?? ''),
    finalize: (carrier) => carrier,
    identify: () => false,
  });
}

function sequenceTag(name: string, matchByTagPrefix: boolean): TagDefinition {
  return defineSequenceTag<ToscaValue[], ToscaValue[]>(name, {
    matchByTagPrefix,
    create: () => [],
    addItem: (carrier, item) => {
      carrier.push(valueOf(item));
    },
    finalize: (carrier) => carrier,
    identify: () => false,
  });
}

/** What the tags above made; the library hands it on without its type. */
export function valueOf(made: unknown): ToscaValue {
  switch (typeof made) {
    case 'string':
    case 'number':
    case 'boolean':
      return made;
    default:
      return made instanceof Map || Array.isArray(made) || made instanceof DecimalNumber ? made : null;
  }
}

function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') {
    return key;
  }
  if (typeof key === 'boolean') {
    return key ? 'True' : 'False';
  }
  return key instanceof Map || Array.isArray(key) ? undefined : String(key);
}

function integerOf(text: string): number | string {
  const negative = text.startsWith('-');
  const unsigned = text.replace(/^[-+]/, '');
  const size = unsigned.startsWith('0b')
    ? Number.parseInt(unsigned.slice(2), 2)
    : unsigned.startsWith('0x')
      ? Number.parseInt(unsigned.slice(2), 16)
      : /^0./.test(unsigned)
        ? Number.parseInt(unsigned, 8)
        : unsigned.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number.isSafeInteger(size) ? (negative ? -size : size) : text;
}

function decimalOf(text: string): DecimalNumber | string {
  const plain = text.replaceAll('_', '').replace(/^\+/, '');
  const value = Number(plain);
  return Number.isFinite(value) ? new DecimalNumber(value, plain) : text;
}
