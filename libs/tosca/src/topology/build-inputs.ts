import { readSchema } from '../types/definitions.js';
import { ValueReader } from '../validation/read-value.js';
import { allowedWords, checkWords } from '../validation/sections.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { DecimalNumber, isMap, textOf } from '../yaml/values.js';
import type { Build } from './build.js';
import type { Input } from './topology.js';

/** Kinds an input may have; data types are none of them (spec: tosca.md 2). */
const inputTypes: ReadonlySet<string> = new Set([
  'integer',
  'string',
  'boolean',
  'float',
  'number',
  'range',
  'timestamp',
  'list',
  'map',
  'version',
  'json',
  'scalar-unit.size',
  'scalar-unit.time',
  'scalar-unit.frequency',
]);

/** The inputs of a document; their values are their defaults (spec: tosca.md 3). */
export function buildInputs(
  section: ToscaMap,
  generated: ReadonlyMap<string, string>,
  build: Build,
): Map<string, Input> {
  const inputs = new Map<string, Input>();
  for (const [name, definition] of section) {
    const input = readInput(name, definition, build);
    const value = generated.get(name);
    inputs.set(name, value === undefined ? input : { ...input, value });
  }
  return inputs;
}

function readInput(name: string, definition: ToscaValue, { library, problems }: Build): Input {
  const path = ['topology_template', 'inputs', name];
  const schema = { ...readSchema(definition), constraints: [] };
  if (!isMap(definition)) {
    problems.value('TypeMismatchError', `Input "${name}" must be of type "dict".`, path);
    return { name, schema, value: null };
  }
  checkWords(definition, allowedWords.input, `Input "${name}"`, path, problems);
  const value = definition.get('default') ?? null;
  const type = definition.get('type');
  if (type === undefined) {
    problems.missingField(`Input "${name}"`, 'type', path);
  } else if (typeof type !== 'string' || !inputTypes.has(type)) {
    problems.value('ValueError', `Invalid type "${textOf(type)}".`, [...path, 'type']);
  } else if (!isEmpty(value)) {
    const reader = new ValueReader(library, (category, kind, message, at) =>
      problems.add(category, kind, message, at),
    );
    const { entry: _entries, key: _keys, ...plain } = schema;
    return { name, schema, value: reader.read(value, plain, name, [...path, 'default']) };
  }
  return { name, schema, value };
}

/** Empty defaults are not checked. */
function isEmpty(value: ToscaValue): boolean {
  if (value instanceof DecimalNumber) {
    return value.value === 0;
  }
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  return isMap(value) ? value.size === 0 : value === null || value === 0 || value === false || value === '';
}
