import { describe, expect, it } from 'vitest';
import { buildTopology } from '../topology/build-topology.js';
import { ToscaError } from '../tosca-error.js';
import { normativeTypes } from '../types/normative-types.js';
import { readToscaYaml } from '../yaml/read-document.js';
import type { ToscaValue } from '../yaml/values.js';
import { jsonOf, textOf } from '../yaml/values.js';
import type { Owner } from './evaluate.js';
import { makeEvaluation } from './make-evaluation.js';

const topology = (() => {
  const document = readToscaYaml(`
tosca_definitions_version: tosca_simple_yaml_1_0
node_types:
  my.App:
    derived_from: tosca.nodes.WebApplication
    properties:
      list: { type: list, default: [ a, { get_input: word } ] }
      map: { type: map, default: { k: { get_property: [ SELF, list, 1 ] } } }
      left: { type: string, default: { get_property: [ SELF, right ] } }
      right: { type: string, default: { get_property: [ SELF, left ] } }
      big: { type: string, default: { concat: [ ${'{ get_property: [ SELF, huge ] }, '.repeat(40)} ] } }
      huge: { type: string, default: ${'x'.repeat(400_000)} }
topology_template:
  inputs:
    word: { type: string, default: hello }
    none: { type: string }
  node_templates:
    app: { type: my.App, requirements: [ { host: web } ] }
    web: { type: WebServer, properties: { component_version: 1.10 }, requirements: [ { host: server } ] }
    server: { type: Compute, capabilities: { host: { properties: { num_cpus: 4 } } } }
`);
  const library = normativeTypes().with(document);
  return buildTopology({ document, library, generatedInputs: new Map() });
})();

function valueOf(text: string): ToscaValue {
  return readToscaYaml(`value: ${text}`).get('value') ?? null;
}

function ownerNamed(name: string): Owner {
  const node = topology.nodes.get(name);
  return node === undefined ? { kind: 'topology' } : { kind: 'node', node };
}

const evaluation = makeEvaluation(topology, (args) => args.map(textOf).join('/'));

const evaluated = (text: string, owner = 'app'): unknown =>
  jsonOf(evaluation.evaluate(valueOf(text), ownerNamed(owner)));

function problemOf(text: string): string {
  try {
    evaluated(text);
  } catch (error) {
    if (error instanceof ToscaError) {
      return `${error.category}: ${error.message}`;
    }
    throw error;
  }
  return '';
}

describe('a function', () => {
  it.each([
    ['{ get_input: word }', 'hello'],
    ['{ get_input: [ word ] }', 'hello'],
    ['{ get_input: none }', null],
    ['{ get_property: [ web, component_version ] }', 1.1],
    ['{ get_property: [ SELF, list ] }', ['a', 'hello']],
    ['{ get_property: [ SELF, list, 1 ] }', 'hello'],
    ['{ get_property: [ SELF, list, 7 ] }', null],
    ['{ get_property: [ SELF, map, k ] }', 'hello'],
    ['{ get_property: [ HOST, component_version ] }', 1.1],
    ['{ get_property: [ HOST, host, num_cpus ] }', 4],
    ['{ get_property: [ server, host, num_cpus ] }', 4],
    ['{ get_attribute: [ HOST, { get_input: word }, 0 ] }', 'HOST/hello/0'],
    ['{ concat: [ a, true, 2, null, 1.10, { get_input: word } ] }', 'aTrue2None1.10hello'],
    ['{ token: [ "a:b:c", ":", 1 ] }', 'b'],
    ['{ token: [ "a:b:c", ":", 3 ] }', null],
    ['{ get_operation_output: [ SELF, Standard, configure, x ] }', null],
    ['{ get_nodes_of_type: Compute }', { get_nodes_of_type: 'Compute' }],
    ['[ { deep: [ { concat: [ { token: [ { get_input: word }, l, 0 ] }, y ] } ] } ]', [{ deep: ['hey'] }]],
    ['{ get_input: word, other: 1 }', { get_input: 'word', other: 1 }],
  ])('%s gives %j', (text, expected) => {
    expect(evaluated(text)).toEqual(expected);
  });

  it.each([
    ['{ get_input: nothing }', 'unknown-input: Unknown input "nothing".'],
    ['{ get_input: [ word, word ] }', 'unknown-input: Unknown input "word, word".'],
    ['{ get_property: [ nobody, x ] }', 'unknown-node: Node template "nobody" was not found.'],
    ['{ get_property: [ SELF, x ] }', 'unknown-property: Property "x" was not found in node template "app".'],
    ['{ get_property: [ SELF, left ] }', 'cycle: The function "get_property" leads back to itself.'],
    ['{ get_property: [ SELF, big ] }', 'value: The function "concat" makes a text that is too long.'],
  ])('%s is refused', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it('changes nothing', () => {
    const value = valueOf('{ a: [ { get_input: word } ] }');
    const before = JSON.stringify(jsonOf(value));
    evaluation.evaluate(value, ownerNamed('app'));
    expect(JSON.stringify(jsonOf(value))).toBe(before);
  });
});
