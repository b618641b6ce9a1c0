import { describe, expect, it } from 'vitest';
import { buildTopology } from '../topology/build-topology.js';
import { ToscaError } from '../tosca-error.js';
import { normativeTypes } from '../types/normative-types.js';
import { readToscaYaml } from '../yaml/read-document.js';

/** Problems of a document with a function as an output, and as an input of an operation of `app`. */
function problemsOf(call: string, place: 'output' | 'input'): string[] {
  const document = readToscaYaml(`
tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  inputs: { word: { type: string } }
  node_templates:
    server: { type: Compute }
    app:
      type: WebServer
      properties: { component_version: 1.0 }
      requirements: [ { host: server } ]
      interfaces: { Standard: { configure: { implementation: a.yml, inputs: { i: ${place === 'input' ? call : 1} } } } }
  outputs: { o: { value: ${place === 'output' ? call : 1} } }
`);
  try {
    buildTopology({ document, library: normativeTypes(), generatedInputs: new Map() });
  } catch (error) {
    if (error instanceof ToscaError) {
      return error.problems.map(({ kind, message }) => `${kind}: ${message}`);
    }
    throw error;
  }
  return [];
}

describe('a function that stands directly as a value', () => {
  it.each([
    '{ get_input: word }',
    '{ get_property: [ SELF, component_version ] }',
    '{ get_property: [ app, component_version ] }',
    '{ get_property: [ HOST, host, num_cpus ] }',
    '{ get_property: [ server, host, num_cpus ] }',
    '{ get_attribute: [ SELF, tosca_name ] }',
    '{ get_attribute: [ HOST, endpoint, tls_certificates ] }',
    '{ get_attribute: [ server, public_address, 0 ] }',
    '{ get_attribute: [ SELF, host, public_address ] }',
    '{ get_attribute: [ { get_input: word }, x ] }',
    '{ token: [ { get_input: word }, "-", 0 ] }',
    '{ concat: [ { get_property: [ nobody, x ] } ] }',
    '{ get_operation_output: [ a, b, c, d ] }',
  ])('%s is fine', (call) => {
    expect(problemsOf(call, 'input')).toEqual([]);
  });

  it.each([
    ['{ get_input: x }', 'UnknownInputError: Unknown input "x".'],
    [
      '{ get_input: [ word, word ] }',
      'ValueError: Expected one argument for function "get_input" but received "word, word".',
    ],
    ['{ get_property: [ nobody, x ] }', `KeyError: 'Node template "nobody" was not found.'`],
    ['{ get_property: [ SELF, x ] }', `KeyError: 'Property "x" was not found in node template "app".'`],
    ['{ get_property: [ HOST, x ] }', `KeyError: 'Property "x" was not found in node template "app".'`],
    [
      '{ get_property: [ SELF ] }',
      'ValueError: Expected arguments: "node-template-name", "req-or-cap" (optional), "property name".',
    ],
    ['{ get_attribute: [ nobody, x ] }', `KeyError: 'Node template "nobody" was not found.'`],
    [
      '{ get_attribute: [ server, x ] }',
      `KeyError: 'Attribute "x" was not found in node template "server".'`,
    ],
    [
      '{ get_attribute: [ server ] }',
      'ValueError: Illegal arguments for function "get_attribute". Expected arguments: "node-template-name", "req-or-cap" (optional), "attribute name".',
    ],
    [
      '{ token: [ a, b ] }',
      'ValueError: Invalid arguments for function "token". Expected at least three arguments.',
    ],
    [
      '{ token: [ a, "--", 0 ] }',
      'ValueError: Invalid arguments for function "token". Expected single char value as second argument.',
    ],
    [
      '{ token: [ a, "-", b ] }',
      'ValueError: Invalid arguments for function "token". Expected integer value as third argument.',
    ],
  ])('%s is refused', (call, problem) => {
    expect(problemsOf(call, 'input')).toEqual([problem]);
  });

  it('may not name HOST in an output', () => {
    expect(problemsOf('{ get_attribute: [ HOST, public_address ] }', 'output')).toEqual([
      'ValueError: "get_attribute: [ HOST, ... ]" is not allowed in "outputs" section of the TOSCA template.',
    ]);
  });
});
