import { describe, expect, it } from 'vitest';
import { ToscaError } from '../tosca-error.js';
import { normativeTypes } from '../types/normative-types.js';
import { readSourceDocument } from '../yaml/read-document.js';
import { buildTopology } from './build-topology.js';
import type { Topology } from './topology.js';

/** @param sections of the topology template @param others sections beside it */
function build(sections: string, others = ''): Topology {
  const { root: document, positionOf } = readSourceDocument(
    `tosca_definitions_version: tosca_simple_yaml_1_0\n${others}\ntopology_template:\n${sections}`,
  );
  const library = normativeTypes().with(document);
  return buildTopology({ document, positionOf, library, generatedInputs: new Map() });
}

/** The problems of a document as `Class: message`. */
function problemsOf(sections: string, others?: string): string[] {
  try {
    build(sections, others);
  } catch (error) {
    if (error instanceof ToscaError) {
      return error.problems.map(({ kind, message }) => `${kind}: ${message}`);
    }
    throw error;
  }
  return [];
}

const nodes = (text: string): string => `  node_templates: { server: { type: Compute }, ${text} }`;

describe('what is not valid is told by class and sentence', () => {
  const refer = 'Refer to the definition to verify valid values.';

  it.each([
    ['  nodes: {}', `UnknownFieldError: Template contains unknown field "nodes". ${refer}`],
    [
      nodes('a: { type: Compute, x: 1 }'),
      `UnknownFieldError: Node template "a" contains unknown field "x". ${refer}`,
    ],
    [
      nodes('a: { type: Compute, properties: { x: 1 } }'),
      `UnknownFieldError: "properties" of template "a" contains unknown field "x". ${refer}`,
    ],
    [
      nodes('a: { type: Compute, capabilities: { x: {} } }'),
      `UnknownFieldError: "capabilities" of template "a" contains unknown field "x". ${refer}`,
    ],
    [
      nodes('a: { type: Compute, requirements: [ { x: server } ] }'),
      `UnknownFieldError: "requirements" of template "a" contains unknown field "x". ${refer}`,
    ],
    [
      nodes('a: { type: Compute, interfaces: { x: { run: a.sh } } }'),
      `UnknownFieldError: "interfaces" of template "a" contains unknown field "x". ${refer}`,
    ],
    [
      nodes('a: { type: Compute, interfaces: { Standard: { x: a.sh } } }'),
      `UnknownFieldError: "interfaces" of template "a" contains unknown field "x". ${refer}`,
    ],
    [
      '  inputs: { i: { type: string, x: 1 } }',
      `UnknownFieldError: Input "i" contains unknown field "x". ${refer}`,
    ],
    [
      '  outputs: { o: { value: 1, x: 1 } }',
      `UnknownFieldError: Output "o" contains unknown field "x". ${refer}`,
    ],
    ['  groups: { g: { x: 1 } }', `UnknownFieldError: Groups "g" contains unknown field "x". ${refer}`],
    [
      '  policies: [ { p: { type: tosca.policies.Placement, x: 1 } } ]',
      `UnknownFieldError: Policy "p" contains unknown field "x". ${refer}`,
    ],
    [
      nodes('a: { properties: {} }'),
      'MissingRequiredFieldError: Template "a" is missing required field "type".',
    ],
    [
      '  inputs: { i: { default: 1 } }',
      'MissingRequiredFieldError: Input "i" is missing required field "type".',
    ],
    ['  outputs: { o: {} }', 'MissingRequiredFieldError: Output "o" is missing required field "value".'],
    ['  policies: [ { p: {} } ]', 'MissingRequiredFieldError: Policy "p" is missing required field "type".'],
    [
      nodes('a: { type: ObjectStorage }'),
      `MissingRequiredFieldError: "properties" of template "a" is missing required field "['name']".`,
    ],
    [nodes('a: { type: my.Thing }'), 'InvalidTypeError: Type "my.Thing" is not a valid type.'],
    [
      nodes('a: { type: WebServer, requirements: [ { host: X } ] }'),
      `KeyError: 'Node template "X" was not found in "a".'`,
    ],
    [
      nodes('a: { type: WebServer, requirements: [ { host: tosca.nodes.Compute } ] }'),
      'NotImplementedError: Lookup by TOSCA types is not supported. Requirement node "tosca.nodes.Compute" for "a" can not be full-filled.',
    ],
    [
      nodes('a: { type: WebApplication }'),
      'ValidationError: Relationship "host" in template "a" has a wrong number of occurrences',
    ],
    [
      nodes('a: { type: Compute, requirements: { dependency: server } }'),
      'TypeMismatchError: "requirements" of template "a" must be of type "list".',
    ],
    [
      nodes('a: { type: Compute, capabilities: { scalable: { properties: { default_instances: 3 } } } }'),
      'ValidationError: "properties" of template "a": "default_instances" value is not between "min_instances" and "max_instances".',
    ],
    [
      `${nodes('')}\n  groups: { g: { type: tosca.groups.Root, members: [ X ] } }`,
      'InvalidGroupTargetException: "Target member "X" is not found in node_templates"',
    ],
    [
      `${nodes('')}\n  groups: { g: { type: tosca.groups.Root, members: [ server, server ] } }`,
      'InvalidGroupTargetException: "Member nodes "server, server" should be >= 1 and not repeated"',
    ],
    [
      `${nodes('')}\n  policies: [ { p: { type: tosca.policies.Placement, targets: [ X ] } } ]`,
      'InvalidGroupTargetException: "Target member "X" is not found in node_templates"',
    ],
    [
      '  inputs: { i: { type: tosca.datatypes.Credential } }',
      'ValueError: Invalid type "tosca.datatypes.Credential".',
    ],
    ['  outputs: { o: { value: { get_input: x } } }', 'UnknownInputError: Unknown input "x".'],
    [
      nodes('a: { type: tosca.nodes.Storage.BlockStorage }'),
      'UnsupportedTypeError: Type "tosca.nodes.Storage.BlockStorage" is valid TOSCA type but not supported at this time.',
    ],
  ])('%s', (sections, problem) => {
    expect(problemsOf(sections)).toEqual([problem]);
  });

  it('all of it at once, with its lines', () => {
    const text =
      '  inputs:\n    i: { type: what }\n  node_templates:\n    a: { type: X }\n    b: { properties: {} }';
    const found = (() => {
      try {
        build(text);
      } catch (error) {
        return error instanceof ToscaError ? error.problems.map(({ position }) => position?.line) : [];
      }
      return [];
    })();
    expect(found).toEqual([5, 7, 8]);
  });
});

describe('what needs no word', () => {
  it.each([
    ['a topology without nodes', ''],
    ['sections that are null', '  inputs:\n  outputs:\n  node_templates:\n  policies:\n  groups:'],
  ])('%s is an empty one', (_name, sections) => {
    expect(build(sections).nodes.size).toBe(0);
  });

  it('a short, a prefixed and a full name are the same type', () => {
    const { nodes: built } = build(nodes('b: { type: tosca:Compute }, c: { type: tosca.nodes.Compute }'));
    expect([...built.values()].map(({ type }) => type.name)).toEqual(Array(3).fill('tosca.nodes.Compute'));
  });
});

describe('a requirement', () => {
  const types = `
relationship_types:
  my.Near: { derived_from: tosca.relationships.HostedOn }
  my.Far: { derived_from: my.Near }
node_types:
  my.Bare: { derived_from: tosca.nodes.Root, requirements: [ { near: { capability: tosca.capabilities.Node, occurrences: [ 0, 1 ] } } ] }
`;
  const relationshipsOf = (node: string, templates = ''): string[] =>
    build(`${nodes(`a: ${node}`)}\n${templates}`, types).relationships.map(
      ({ name, source, target }) => `${source.name} -${name}-> ${target.name}`,
    );

  it('has the relationship that the type of its node declares', () => {
    expect(relationshipsOf('{ type: WebServer, requirements: [ { host: server } ] }')).toEqual([
      'a -tosca.relationships.hostedon-> server',
    ]);
  });

  it('may name one that derives directly from it, by short name or as a template', () => {
    expect(
      relationshipsOf(
        '{ type: WebServer, requirements: [ { host: { node: server, relationship: my.Near } } ] }',
      ),
    ).toEqual(['a -my.near-> server']);
    expect(
      relationshipsOf(
        '{ type: WebServer, requirements: [ { host: { node: server, relationship: { type: my.Near } } } ] }',
      ),
    ).toEqual(['a -my.near-> server']);
    expect(
      relationshipsOf(
        '{ type: WebServer, requirements: [ { host: { node: server, relationship: mine } } ] }',
        '  relationship_templates: { mine: { type: HostedOn } }',
      ),
    ).toEqual(['a -mine-> server']);
  });

  it.each([
    ['with a relationship that derives from it over another', '{ node: server, relationship: my.Far }'],
    ['with another relationship', '{ node: server, relationship: AttachesTo }'],
    ['without a node', '{ capability: tosca.capabilities.Container }'],
  ])('%s has no effect', (_name, requirement) => {
    expect(relationshipsOf(`{ type: WebServer, requirements: [ { host: ${requirement} } ] }`)).toEqual([]);
  });

  it('that the type declares without a relationship has no effect', () => {
    expect(relationshipsOf('{ type: my.Bare, requirements: [ { near: server } ] }')).toEqual([]);
  });

  it('may not be there more often than the type allows', () => {
    expect(
      problemsOf(nodes('a: { type: my.Bare, requirements: [ { near: server }, { near: server } ] }'), types),
    ).toEqual(['ValidationError: Relationship "near" in template "a" has a wrong number of occurrences']);
  });
});

describe('a policy', () => {
  it('is about its targets, or about the members of its groups when one target is a group', () => {
    const text = `${nodes('a: { type: Compute }, b: { type: Compute }')}
  groups: { g: { type: tosca.groups.Root, members: [ a, b ] } }
  policies:
    - one: { type: tosca.policies.Placement, targets: [ server ] }
    - two: { type: tosca.policies.Placement, targets: [ server, g ] }`;
    expect(build(text).policies.map(({ name, nodes: about }) => [name, about])).toEqual([
      ['one', ['server']],
      ['two', ['a', 'b']],
    ]);
  });
});
