import { describe, expect, it } from 'vitest';
import { readToscaYaml } from '../yaml/read-document.js';
import { normativeTypes } from './normative-types.js';
import { derivesFrom, nodeTypeLine, rootTypeOf, TypeCycleError, TypeLibrary } from './type-library.js';

/** The normative types with those of documents over them. */
function libraryWith(...texts: string[]): TypeLibrary {
  return TypeLibrary.of(texts.map(readToscaYaml), normativeTypes());
}

const database = `
node_types:
  tosca.nodes.example.Database:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      port: { type: integer, default: 3306 }
    capabilities:
      endpoint: { type: tosca.capabilities.Endpoint.Database }
    requirements:
      - volume:
          node: tosca.nodes.BlockStorage
          relationship: tosca.relationships.AttachesTo
          occurrences: [0, 1]
    artifacts:
      role: { file: example.database, type: tosca.artifacts.AnsibleGalaxy.role }
`;

describe('names of types', () => {
  it.each(['Compute', 'tosca:Compute', 'tosca.nodes.Compute'])('finds the node type under %s', (name) => {
    expect(normativeTypes().node(name)?.name).toBe('tosca.nodes.Compute');
  });

  it('completes a short name by the kind of type that is asked for', () => {
    expect(normativeTypes().nameOf('relationship', 'HostedOn')).toBe('tosca.relationships.HostedOn');
    expect(normativeTypes().nameOf('capability', 'Endpoint.Public')).toBe(
      'tosca.capabilities.Endpoint.Public',
    );
    expect(normativeTypes().data('network.PortSpec')?.name).toBe('tosca.datatypes.network.PortSpec');
  });

  it('finds a type under a name that was defined without the prefix', () => {
    const library = libraryWith('node_types: { MyServer: { derived_from: Compute } }');

    expect(library.node('MyServer')?.parent?.name).toBe('tosca.nodes.Compute');
  });

  it('does not know a name that nobody defines', () => {
    expect(normativeTypes().node('Mainframe')).toBeUndefined();
    expect(normativeTypes().nameOf('node', 'tosca:Mainframe')).toBeUndefined();
  });
});

describe('inheritance', () => {
  it('gives a derived node type the properties, capabilities and requirements of its ancestors', () => {
    const type = libraryWith(database).node('example.Database');

    expect([...(type?.properties.keys() ?? [])]).toEqual(['component_version', 'admin_credential', 'port']);
    expect([...(type?.attributes.keys() ?? [])]).toEqual(['tosca_id', 'tosca_name', 'state']);
    expect([...(type?.capabilities.keys() ?? [])]).toEqual(['feature', 'endpoint']);
    expect(type?.requirements.map(({ name }) => name)).toEqual(['dependency', 'host', 'volume']);
  });

  it('keeps artifacts with the type that declares them', () => {
    const library = libraryWith(
      database,
      'node_types: { tosca.nodes.example.Cluster: { derived_from: tosca.nodes.example.Database } }',
    );
    const type = library.node('example.Cluster');

    expect(type?.artifacts.size).toBe(0);
    expect(type?.parent?.artifacts.get('role')?.file).toBe('example.database');
  });

  it('lets a derived type define a property, a capability and a requirement anew', () => {
    const library = libraryWith(
      database,
      `
node_types:
  tosca.nodes.example.Postgres:
    derived_from: tosca.nodes.example.Database
    properties:
      port: { type: integer, default: 5432 }
    capabilities:
      endpoint: tosca.capabilities.Endpoint.Public
    requirements:
      - volume: { node: tosca.nodes.ObjectStorage, relationship: tosca.relationships.ConnectsTo }
`,
    );
    const type = library.node('example.Postgres');

    expect(type?.properties.get('port')?.default).toBe(5432);
    expect(type?.capabilities.get('endpoint')?.type).toBe('tosca.capabilities.Endpoint.Public');
    expect(type?.requirements.filter(({ name }) => name === 'volume')).toEqual([
      {
        name: 'volume',
        node: 'tosca.nodes.ObjectStorage',
        relationship: 'tosca.relationships.ConnectsTo',
        occurrences: { least: 1, most: Number.POSITIVE_INFINITY },
      },
    ]);
  });

  it('knows the line of ancestors and the root type', () => {
    const type = libraryWith(database).node('example.Database');
    if (type === undefined) {
      throw new Error('not found');
    }

    expect(nodeTypeLine(type).map(({ name }) => name)).toEqual([
      'tosca.nodes.example.Database',
      'tosca.nodes.SoftwareComponent',
      'tosca.nodes.Root',
    ]);
    expect(rootTypeOf(type)).toBe('tosca.nodes.SoftwareComponent');
    expect(derivesFrom(type, 'tosca.nodes.SoftwareComponent')).toBe(true);
    expect(derivesFrom(type, 'tosca.nodes.Compute')).toBe(false);
  });

  it('adds the constraints of a data type to those of the basic kind it stands for', () => {
    const library = libraryWith(`
data_types:
  tosca.datatypes.example.UserPort:
    derived_from: tosca.datatypes.network.PortDef
    constraints: [{ greater_or_equal: 1024 }]
`);
    const basic = library.data('example.UserPort')?.basic;

    expect(basic?.type).toBe('integer');
    expect(basic?.constraints.map((constraint) => Object.fromEntries(constraint))).toEqual([
      { in_range: [1, 65535] },
      { greater_or_equal: 1024 },
    ]);
  });
});

describe('several documents', () => {
  it('replaces a type of an earlier document by that of a later one', () => {
    const library = libraryWith(
      'node_types: { tosca.nodes.example.App: { properties: { old: { type: string } } } }',
      'node_types: { tosca.nodes.example.App: { properties: { new: { type: string } } } }',
    );

    expect([...(library.node('example.App')?.properties.keys() ?? [])]).toEqual(['new']);
  });

  it('replaces a normative type for its descendants too, and leaves the normative types as they are', () => {
    const library = normativeTypes().with(
      readToscaYaml('node_types: { tosca.nodes.Compute: { properties: { rack: { type: string } } } }'),
    );
    const derived = library.with(
      readToscaYaml('node_types: { tosca.nodes.Blade: { derived_from: Compute } }'),
    );

    expect(derived.node('Blade')?.properties.has('rack')).toBe(true);
    expect(normativeTypes().node('Compute')?.properties.has('rack')).toBe(false);
  });

  it('stays the same library when a document defines no types', () => {
    expect(normativeTypes().with(readToscaYaml('topology_template: {}'))).toBe(normativeTypes());
  });
});

describe('faulty types', () => {
  it('reports a type that is derived from itself when it is used', () => {
    const library = libraryWith(`
node_types:
  tosca.nodes.example.Hen: { derived_from: tosca.nodes.example.Egg }
  tosca.nodes.example.Egg: { derived_from: tosca.nodes.example.Hen }
  tosca.nodes.example.Fox: { derived_from: tosca.nodes.Root }
`);

    expect(library.node('example.Fox')?.parent?.name).toBe('tosca.nodes.Root');
    expect(() => library.node('example.Hen')).toThrow(TypeCycleError);
  });

  it('reads a type that names a parent, a data type and a capability type nobody defines', () => {
    const library = libraryWith(`
node_types:
  tosca.nodes.example.App:
    derived_from: tosca.nodes.example.Nowhere
    properties:
      users: { type: list, entry_schema: { type: tosca.datatypes.example.User } }
    capabilities:
      host: { type: tosca.capabilities.example.Compute }
  tosca.nodes.example.Empty:
`);
    const type = library.node('example.App');

    expect(type?.parent).toBeUndefined();
    expect(type?.properties.get('users')?.schema.entry?.type).toBe('tosca.datatypes.example.User');
    expect(library.data('example.User')).toBeUndefined();
    expect(library.node('example.Empty')?.properties.size).toBe(0);
  });
});
