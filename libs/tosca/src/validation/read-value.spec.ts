import { describe, expect, it } from 'vitest';
import { readSchema } from '../types/definitions.js';
import { normativeTypes } from '../types/normative-types.js';
import { readToscaYaml } from '../yaml/read-document.js';
import { jsonOf } from '../yaml/values.js';
import { ValueReader } from './read-value.js';

const types = `
data_types:
  my.Port: { derived_from: tosca.datatypes.network.PortDef, constraints: [ { greater_than: 1023 } ] }
  my.User: { properties: { name: { type: string }, age: { type: integer, required: false }, shell: { type: string, default: sh } } }
`;

/** What is read of a value, as JSON, and the problems; both are written in YAML. */
function read(value: string, schema: string): { value: unknown; problems: string[] } {
  const document = readToscaYaml(`value: ${value}\nschema: ${schema}\n${types}`);
  const problems: string[] = [];
  const reader = new ValueReader(normativeTypes().with(document), (_category, kind, message, path) =>
    problems.push(`${kind} at ${path.join('.')}: ${message}`),
  );
  const given = document.get('value') ?? null;
  return { value: jsonOf(reader.read(given, readSchema(document.get('schema')), 'p', ['p'])), problems };
}

describe('a value', () => {
  it.each([
    ['"2"', '{ type: integer }', 2],
    ['"True"', '{ type: boolean }', true],
    ['yes', '{ type: boolean }', true],
    ['0.5', '{ type: float }', 0.5],
    ['3', '{ type: number }', 3],
    ['1.2.3.alpha-4', '{ type: version }', '1.2.3.alpha-4'],
    ['[ 1, UNBOUNDED ]', '{ type: range }', [1, 'UNBOUNDED']],
    ['2024-05-06', '{ type: timestamp }', '2024-05-06'],
    ['[ "1", "2" ]', '{ type: list, entry_schema: { type: integer } }', [1, 2]],
    ['{ a: "1" }', '{ type: map, entry_schema: integer }', { a: 1 }],
    ['"8080"', '{ type: my.Port }', 8080],
    ['{ name: a, age: "3" }', '{ type: my.User }', { name: 'a', age: 3 }],
    ['anything', '{ type: nobody.defines.it }', 'anything'],
    ['{ get_input: x }', '{ type: integer }', { get_input: 'x' }],
    ['[ { get_input: x } ]', '{ type: list, entry_schema: { type: integer } }', [{ get_input: 'x' }]],
    ['null', '{ type: integer }', null],
  ])('%s as %s becomes %j', (value, schema, expected) => {
    expect(read(value, schema)).toEqual({ value: expected, problems: [] });
  });

  it.each([
    ['many', '{ type: integer }', 'ValueError at p: "many" is not an integer.'],
    ['1', '{ type: float }', 'ValueError at p: "1" is not a float.'],
    ['1', '{ type: string }', 'ValueError at p: "1" is not a string.'],
    ['maybe', '{ type: boolean }', 'ValueError at p: "maybe" is not a boolean.'],
    ['a', '{ type: list }', 'ValueError at p: "a" is not a list.'],
    ['a', '{ type: map }', 'ValueError at p: "a" is not a map.'],
    ['a', '{ type: my.User }', 'ValueError at p: "a" is not a map.'],
    ['[ 5, 1 ]', '{ type: range }', 'ValueError at p: "[5,1]" is not a valid range.'],
    ['big', '{ type: scalar-unit.size }', 'ValueError at p: "big" is not a valid scalar-unit.'],
    [
      '1.x',
      '{ type: version }',
      'InvalidTOSCAVersionPropertyException at p: Value of TOSCA version property "1.x" is invalid.',
    ],
    [
      '70000',
      '{ type: PortDef }',
      'ValidationError at p: The value "70000" of property "p" is out of range "(min:1, max:65535)".',
    ],
    [
      '80',
      '{ type: my.Port }',
      'ValidationError at p: The value "80" of property "p" must be greater than "1023".',
    ],
    [
      '{ age: 1 }',
      '{ type: my.User }',
      `MissingRequiredFieldError at p: Data value of type "my.User" is missing required field "['name']".`,
    ],
    [
      '{ name: a, colour: red }',
      '{ type: my.User }',
      'UnknownFieldError at p.colour: Data value of type "my.User" contains unknown field "colour". Refer to the definition to verify valid values.',
    ],
    [
      '[ 1, x ]',
      '{ type: list, entry_schema: { type: integer } }',
      'ValueError at p.1: "x" is not an integer.',
    ],
  ])('%s as %s is refused', (value, schema, problem) => {
    expect(read(value, schema).problems).toEqual([problem]);
  });
});
