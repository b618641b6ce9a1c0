import type { ToscaError as Refusal } from '@im/tosca';
import { readTopology, ToscaError, TypeCache, translate } from '@im/tosca';
import { describe, expect, it } from 'vitest';
import { filesOf, optionsWith, publishedTypes } from './fixtures.js';

const version = 'tosca_definitions_version: tosca_simple_yaml_1_0';

/** A document with nodes, and what stands beside them. */
const withNodes = (nodes: string, others = ''): string =>
  `${version}\n${others}\ntopology_template:\n  node_templates:\n${nodes.replace(/^/gm, '    ')}`;

const server = 'server: { type: tosca.nodes.Compute }';

/** Why a document is refused, while reading or translating it. */
async function refusalOf(text: string, texts: Record<string, string> = {}): Promise<Refusal> {
  const options = optionsWith(filesOf(texts), new TypeCache());
  try {
    const { topology } = await readTopology(text, options);
    await translate({ topology, existing: [], containerId: '0123abcd' }, options.files);
  } catch (error) {
    if (error instanceof ToscaError) {
      return error;
    }
    throw error;
  }
  throw new Error('The document was accepted.');
}

const repeated = (times: number, line: (index: number) => string): string =>
  Array.from({ length: times }, (_unused, index) => line(index)).join('\n');

const manyKeys = (count: number): string => repeated(count, (index) => `  k${index}: ${index}`);

describe('YAML that grows', () => {
  it.each([
    [
      'lists of aliases of lists of aliases',
      `a0: &a0 [x]\n${repeated(30, (index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`)}`,
      'aliases multiply each other',
    ],
    [
      'merges of one large map',
      `a: &a\n${manyKeys(20_000)}\n${repeated(500, (index) => `b${index}: {<<: *a}`)}`,
      'aliases multiply each other',
    ],
    ['aliases without end', `a: &a 1\nb:\n${repeated(50_000, () => '  - *a')}`, 'more than 2000 aliases'],
    ['a map merged into itself', 'a: &a {<<: *a, b: 1}', 'inside of what it names'],
    ['a list in itself', 'a: &a [*a]', 'inside of what it names'],
    ['a merge of a text', 'a: {<<: text}', 'What is merged must be a map'],
    ['lists in lists', `a: ${'['.repeat(200_000)}`, 'inside each other'],
    ['maps in maps', repeated(2000, (index) => `${' '.repeat(index)}a:`), 'inside each other'],
    ['5 MiB', `description: ${'x'.repeat(5 * 2 ** 20)}`, 'longer than 2097152 characters'],
    ['nothing but mistakes', '} '.repeat(100_000), 'Error parsing TOSCA template: '],
  ])('is refused: %s', async (_name, text, message) => {
    const refusal = await refusalOf(text);

    expect(refusal.category).toBe('yaml');
    expect(refusal.message).toContain(message);
    expect(refusal.message.length).toBeLessThan(1000);
  });

  it('may merge and repeat as much as documents need', async () => {
    const text = `${version}
dsl_definitions: { os: &os { type: linux, distribution: ubuntu } }
topology_template:
  node_templates:
${repeated(300, (index) => `    n${index}: { type: tosca.nodes.Compute, capabilities: { os: { properties: { <<: *os } } } }`)}`;

    const { topology } = await readTopology(text, optionsWith(filesOf()));

    expect(topology.nodes.get('n299')?.capabilities.get('os')?.properties.get('type')).toBe('linux');
  });
});

/** Node types, and whatever they use, of which two derive from each other. */
const ring = (section: string, others = ''): string =>
  `${section}: { my.A: { derived_from: my.B }, my.B: { derived_from: my.A } }\n${others}`;

describe('what leads back to itself is refused as a cycle:', () => {
  it.each([
    [
      'a node type',
      withNodes('one: { type: my.A }', ring('node_types')),
      'Type "my.A" is derived from itself.',
    ],
    [
      'a capability type',
      withNodes(
        'one: { type: my.N }',
        ring(
          'capability_types',
          'node_types: { my.N: { derived_from: tosca.nodes.Root, capabilities: { c: my.A } } }',
        ),
      ),
      'Type "my.A" is derived from itself.',
    ],
    [
      'a data type of a property',
      withNodes(
        'one: { type: my.N, properties: { p: 1 } }',
        ring(
          'data_types',
          'node_types: { my.N: { derived_from: tosca.nodes.Root, properties: { p: { type: my.A } } } }',
        ),
      ),
      'Type "my.A" is derived from itself.',
    ],
    [
      'a data type of an entry',
      withNodes(
        'one: { type: my.N, properties: { p: [ 1 ] } }',
        ring(
          'data_types',
          'node_types: { my.N: { derived_from: tosca.nodes.Root, properties: { p: { type: list, entry_schema: { type: my.A } } } } }',
        ),
      ),
      'Type "my.A" is derived from itself.',
    ],
    [
      'a relationship type',
      withNodes(
        `${server}\none: { type: my.N, requirements: [ { on: server } ] }`,
        ring(
          'relationship_types',
          'node_types: { my.N: { derived_from: tosca.nodes.Root, requirements: [ { on: { relationship: my.A } } ] } }',
        ),
      ),
      'Type "my.A" is derived from itself.',
    ],
    [
      'the relationship type of a requirement',
      withNodes(
        `${server}\none: { type: SoftwareComponent, requirements: [ { host: { node: server, relationship: my.A } } ] }`,
        ring('relationship_types'),
      ),
      'Type "my.A" is derived from itself.',
    ],
    [
      'an interface type',
      withNodes(
        'one: { type: my.N, interfaces: { Own: { run: x.sh } } }',
        ring(
          'interface_types',
          'node_types: { my.N: { derived_from: tosca.nodes.Root, interfaces: { Own: { type: my.A } } } }',
        ),
      ),
      'Type "my.A" is derived from itself.',
    ],
    [
      'an artifact type',
      withNodes(
        `box: { type: tosca.nodes.Container.Runtime.Docker }
one:
  type: tosca.nodes.Container.Application.Docker
  requirements: [ { host: box } ]
  artifacts: { image: { file: x, type: my.A } }`,
        ring('artifact_types', `imports: [ ${publishedTypes} ]`),
      ),
      'Type "my.A" is derived from itself.',
    ],
    [
      'components hosted on each other',
      withNodes(
        'one: { type: SoftwareComponent, requirements: [ { host: two } ] }\ntwo: { type: SoftwareComponent, requirements: [ { host: one } ] }',
        '',
      ),
      'is hosted on itself',
    ],
    [
      'components that depend on each other',
      withNodes(
        ['one', 'two']
          .map(
            (name, index) => `${name}:
  type: SoftwareComponent
  requirements: [ { host: server }, { dependency: ${['two', 'one'][index]} } ]
  interfaces: { Standard: { configure: https://a.example/x.yml } }`,
          )
          .concat(server)
          .join('\n'),
      ),
      'requires itself, by way of',
    ],
    [
      'properties that name each other',
      withNodes(
        `one:
  type: SoftwareComponent
  properties: { component_version: { get_property: [ two, component_version ] } }
  requirements: [ { host: server } ]
  interfaces:
    Standard:
      configure: { implementation: https://a.example/x.yml, inputs: { v: { get_property: [ SELF, component_version ] } } }
two:
  type: SoftwareComponent
  properties: { component_version: { get_property: [ one, component_version ] } }
  requirements: [ { host: server } ]
${server}`,
      ),
      'leads back to itself',
    ],
    [
      'attributes that name each other',
      withNodes(
        `one:
  type: my.N
  requirements: [ { host: server } ]
  interfaces:
    Standard:
      configure: { implementation: https://a.example/x.yml, inputs: { v: { get_attribute: [ SELF, a ] } } }
${server}`,
        `node_types:
  my.N:
    derived_from: tosca.nodes.SoftwareComponent
    attributes:
      a: { type: string, default: { get_attribute: [ SELF, b ] } }
      b: { type: string, default: { get_attribute: [ SELF, a ] } }`,
      ),
      'leads back to itself',
    ],
  ])('%s', async (_name, text, message) => {
    const refusal = await refusalOf(text, { 'https://a.example/x.yml': '- hosts: all\n  tasks: []\n' });

    expect(refusal.category).toBe('cycle');
    expect(refusal.message).toContain(message);
  });

  it('but not types that nobody uses', async () => {
    const text = withNodes(server, ring('node_types'));

    await expect(readTopology(text, optionsWith(filesOf()))).resolves.toBeDefined();
  });

  it('a data type may hold values of itself', async () => {
    const text = withNodes(
      'one: { type: my.N, properties: { p: { next: { next: {} } } } }',
      `data_types: { my.D: { properties: { next: { type: my.D, required: false } } } }
node_types: { my.N: { derived_from: tosca.nodes.Root, properties: { p: { type: my.D } } } }`,
    );

    await expect(readTopology(text, optionsWith(filesOf()))).resolves.toBeDefined();
  });
});

describe('functions that double each other', () => {
  const doubling = (name: string): string => `{ concat: [ { ${name} }, { ${name} } ] }`;

  it('come to an end as properties', async () => {
    const text = withNodes(
      `${server}
n: { type: my.N, interfaces: { Standard: { configure: { implementation: https://a.example/x.yml, inputs: { v: { get_property: [ SELF, p60 ] } } } } }, requirements: [ { host: server } ] }`,
      `node_types:
  my.N:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      p0: { type: string, default: x }
${repeated(60, (index) => `      p${index + 1}: { type: string, default: ${doubling(`get_property: [ SELF, p${index} ]`)} }`)}`,
    );

    const refusal = await refusalOf(text, { 'https://a.example/x.yml': '- tasks: []\n' });

    expect(refusal.category).toBe('value');
    expect(refusal.message).toContain('The functions of the document lead to each other without end.');
  });

  it('come to an end as attributes', async () => {
    const text = withNodes(
      `${server}
n: { type: my.N, interfaces: { Standard: { configure: { implementation: https://a.example/x.yml, inputs: { v: { get_attribute: [ SELF, a30 ] } } } } }, requirements: [ { host: server } ] }`,
      `node_types:
  my.N:
    derived_from: tosca.nodes.SoftwareComponent
    attributes:
      a0: { type: string, default: x }
${repeated(30, (index) => `      a${index + 1}: { type: string, default: ${doubling(`get_attribute: [ SELF, a${index} ]`)} }`)}`,
    );

    const refusal = await refusalOf(text, { 'https://a.example/x.yml': '- tasks: []\n' });

    expect(refusal.category).toBe('value');
    expect(refusal.message).toContain('The functions of the document lead to each other without end.');
  });
});

describe('imports', () => {
  it('that import each other are read once each', async () => {
    const files = filesOf({
      'https://a.example/1.yaml': 'imports: [ 2.yaml ]\nnode_types: { my.One: { derived_from: my.Two } }',
      'https://a.example/2.yaml':
        'imports: [ 1.yaml ]\nnode_types: { my.Two: { derived_from: tosca.nodes.Compute } }',
    });

    const text = withNodes('one: { type: my.One }', 'imports: [ https://a.example/1.yaml ]');

    await expect(readTopology(text, optionsWith(files))).resolves.toBeDefined();
  });

  it('of something that is no YAML are refused with the address', async () => {
    const text = withNodes(server, 'imports: [ https://a.example/1.yaml ]');

    const refusal = await refusalOf(text, { 'https://a.example/1.yaml': 'a: [' });

    expect(refusal.category).toBe('import');
    expect(refusal.message).toContain('https://a.example/1.yaml');
  });
});

describe('what nobody knows or is of the wrong kind is refused with its line:', () => {
  it.each([
    [
      'a type',
      withNodes('one: { type: tosca.nodes.Computer }'),
      'unknown-type',
      5,
      'Did you mean "tosca.nodes.Compute"?',
    ],
    [
      'a property',
      withNodes(
        'one:\n  type: SoftwareComponent\n  properties:\n    colour: red\n  requirements: [ { host: server } ]\nserver: { type: Compute }',
      ),
      'unknown-field',
      8,
      '"properties" of template "one" contains unknown field "colour".',
    ],
    [
      'a word of the document',
      `${version}\ntopology: {}`,
      'unknown-field',
      2,
      'Template contains unknown field "topology". Refer to the definition to verify valid values.',
    ],
    [
      'an input of the wrong type',
      `${version}\ntopology_template:\n  inputs:\n    n:\n      type: integer\n      default: many`,
      'value',
      6,
      'ValueError: "many" is not an integer.',
    ],
    [
      'an input that is no map',
      `${version}\ntopology_template:\n  inputs:\n    n: 5`,
      'value',
      4,
      'Input "n" must be of type "dict".',
    ],
    [
      'an input that is not declared',
      withNodes(
        'server:\n  type: Compute\n  capabilities:\n    host:\n      properties:\n        num_cpus: { get_input: cpus }',
      ),
      'unknown-input',
      10,
      'UnknownInputError: Unknown input "cpus".',
    ],
    [
      'a version',
      'tosca_definitions_version: tosca_1\ntopology_template: {}',
      'version',
      1,
      'The template version "tosca_1" is invalid.',
    ],
  ])('%s', async (_name, text, category, line, message) => {
    const refusal = await refusalOf(text);

    expect(refusal.category).toBe(category);
    expect(refusal.line).toBe(line);
    expect(refusal.message).toContain(message);
  });

  it('a hundred things at once, of which fifty are listed', async () => {
    const refusal = await refusalOf(withNodes(repeated(100, (index) => `n${index}: { type: my.Missing }`)));

    expect(refusal.problems.length).toBe(51);
    expect(refusal.message).toContain('50 more problems are not listed.');
  });

  it('a value of any length, which is shortened', async () => {
    const long = 'x'.repeat(500_000);
    const refusal = await refusalOf(
      withNodes(`server: { type: Compute, capabilities: { host: { properties: { num_cpus: ${long} } } } }`),
    );

    expect(refusal.category).toBe('value');
    expect(refusal.message.length).toBeLessThan(2000);
  });
});
