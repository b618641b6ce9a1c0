import { describe, expect, it } from 'vitest';
import { readToscaYaml } from '../../yaml/read-document.js';
import { DecimalNumber, isMap, textAt } from '../../yaml/values.js';
import type { PropertyDefinition, Schema } from '../definitions.js';
import { normativeTypes } from '../normative-types.js';
import type { NodeType, ToscaType } from '../type-library.js';
import { TypeLibrary } from '../type-library.js';
import type { TypeKind } from '../type-names.js';
import { typeKinds, typeSections } from '../type-names.js';
import { bundledImport, ecosystemDocuments, normativeDocuments } from './index.js';

const normative = normativeTypes();
const published = TypeLibrary.of(ecosystemDocuments.map(readToscaYaml), normative);

const basicKinds = new Set([
  'string',
  'integer',
  'float',
  'boolean',
  'version',
  'range',
  'list',
  'map',
  'scalar-unit.size',
  'scalar-unit.frequency',
]);

/** Names that the published types use although nobody defines them (spec: tosca.md 2). */
const dangling = ['tosca.datatypes.Dataset', 'tosca.datatypes.indigo.User'];

function typeOf(library: TypeLibrary, kind: TypeKind, name: string): ToscaType {
  const other = kind === 'node' || kind === 'data' ? undefined : library.type(kind, name);
  const type = kind === 'node' ? library.node(name) : kind === 'data' ? library.data(name) : other;
  if (type === undefined) {
    throw new Error(`${name} is not known`);
  }
  return type;
}

function nodeType(library: TypeLibrary, name: string): NodeType {
  const type = library.node(name);
  if (type === undefined) {
    throw new Error(`${name} is not known`);
  }
  return type;
}

function typesOf(library: TypeLibrary): ToscaType[] {
  return typeKinds.flatMap((kind) => library.names(kind).map((name) => typeOf(library, kind, name)));
}

function namesIn({ type, entry, key }: Schema): string[] {
  return [type, ...(entry === undefined ? [] : namesIn(entry)), ...(key === undefined ? [] : namesIn(key))];
}

function propertiesOf(type: ToscaType): PropertyDefinition[] {
  return [...type.properties.values(), ...type.attributes.values()];
}

/** Names of data types that are used and not defined. */
function unknownDataTypes(library: TypeLibrary): string[] {
  const used = typesOf(library)
    .flatMap(propertiesOf)
    .flatMap(({ schema }) => namesIn(schema));
  return [...new Set(used)]
    .filter((name) => !basicKinds.has(name) && library.data(name)?.name !== name)
    .sort();
}

/** Texts of the constraints of a property. */
function constraintsOf(type: ToscaType, property: string): unknown[] {
  return (type.properties.get(property)?.schema.constraints ?? []).map((each) => Object.fromEntries(each));
}

describe.each([
  ['normative', normative],
  ['published', published],
])('the %s types', (_, library) => {
  it('derive from types that exist', () => {
    const orphans = typeKinds.flatMap((kind) =>
      library.names(kind).filter((name) => {
        const base = textAt(typeOf(library, kind, name).definition, 'derived_from');
        return base !== undefined && !basicKinds.has(base) && library.nameOf(kind, base) !== base;
      }),
    );

    expect(orphans).toEqual([]);
  });

  it('have a parent unless they are a root', () => {
    const roots = typesOf(library).filter(({ parent }) => parent === undefined);

    expect(roots.map(({ name }) => name).filter((name) => !name.endsWith('.Root'))).toEqual([
      'tosca.datatypes.network.PortDef',
    ]);
  });

  it('have capabilities, requirements and artifacts of types that exist', () => {
    const unknown = library.names('node').flatMap((name) => {
      const { capabilities, requirements, artifacts } = nodeType(library, name);
      return [
        ...[...capabilities.values()].map(({ type }) => library.nameOf('capability', type) ?? type),
        ...requirements.map(({ relationship }) => relationship ?? 'tosca.relationships.Root'),
        ...requirements.map(({ node }) => node ?? 'tosca.nodes.Root'),
        ...[...artifacts.values()].map(({ type }) => type),
      ].filter((each) => typeKinds.every((kind) => library.nameOf(kind, each) !== each));
    });

    expect(unknown).toEqual([]);
  });

  it('say what a value is where they declare a property', () => {
    const wordless = typesOf(library).filter((type) =>
      propertiesOf(type).some(({ schema }) => namesIn(schema).includes('any')),
    );

    expect(wordless.map(({ name }) => name)).toEqual([]);
  });
});

describe('the bundled documents', () => {
  it('define every type once', () => {
    for (const documents of [normativeDocuments, ecosystemDocuments]) {
      const names = documents.map(readToscaYaml).flatMap((document) =>
        typeKinds.flatMap((kind) => {
          const section = document.get(typeSections[kind]);
          return isMap(section) ? [...section.keys()] : [];
        }),
      );

      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('define as many types as are published', () => {
    const count = (library: TypeLibrary) =>
      typeKinds.map((kind) => library.names(kind).length).reduce((sum, each) => sum + each, 0);

    expect(count(normative)).toBe(68);
    // 78, of which three replace normative ones.
    expect(count(published) - count(normative)).toBe(75);
  });

  it('use no data type that nobody defines but those that are known to dangle', () => {
    expect(unknownDataTypes(normative)).toEqual([]);
    expect(unknownDataTypes(published)).toEqual(dangling);
  });

  it('are read when they are first asked for, and once', () => {
    expect(normativeTypes()).toBe(normative);
  });
});

describe('the normative types', () => {
  it('bound ports, sizes and names as the specification does', () => {
    const container = typeOf(normative, 'capability', 'Container');
    const endpoint = typeOf(normative, 'capability', 'Endpoint');

    expect(normative.data('network.PortDef')?.basic?.type).toBe('integer');
    expect(constraintsOf(typeOf(normative, 'data', 'network.PortSpec'), 'source_range')).toEqual([
      { in_range: [1, 65535] },
    ]);
    expect(constraintsOf(container, 'cpu_frequency')).toEqual([{ greater_or_equal: '0.1 GHz' }]);
    expect(constraintsOf(endpoint, 'initiator')).toEqual([{ valid_values: ['source', 'target', 'peer'] }]);
    expect(constraintsOf(endpoint, 'ports')).toEqual([{ min_length: 1 }]);
    expect(constraintsOf(typeOf(normative, 'capability', 'Endpoint.Admin'), 'secure')).toEqual([
      { equal: true },
    ]);
  });

  it('require what has no default and is not optional', () => {
    const { properties } = nodeType(normative, 'BlockStorage');

    expect(properties.get('size')).toMatchObject({ required: true, schema: { type: 'scalar-unit.size' } });
    expect(properties.get('size')?.default).toBeUndefined();
    expect(properties.get('volume_id')?.required).toBe(false);
    expect(typeOf(normative, 'relationship', 'AttachesTo').properties.get('location')?.required).toBe(true);
  });

  it('give every node and every relationship its operations with nothing to run', () => {
    const standard = normative.node('Root')?.interfaces.get('Standard');
    const configure = normative.type('relationship', 'Root')?.interfaces.get('Configure');

    expect([...(standard?.keys() ?? [])]).toEqual(['create', 'configure', 'start', 'stop', 'delete']);
    expect(configure?.size).toBe(8);
    expect([...(standard?.values() ?? [])].some(({ implementation }) => implementation !== undefined)).toBe(
      false,
    );
  });

  it('let a compute have any number of volumes', () => {
    expect(nodeType(normative, 'Compute').requirements.find(({ name }) => name === 'local_storage')).toEqual({
      name: 'local_storage',
      node: 'tosca.nodes.BlockStorage',
      relationship: 'tosca.relationships.AttachesTo',
      occurrences: { least: 0, most: Number.POSITIVE_INFINITY },
    });
  });
});

describe('the published types', () => {
  it('keep versions, quotes and decimal numbers as they are written', () => {
    const { properties } = nodeType(published, 'indigo.OSCAR');

    expect(properties.get('dns_host')?.default).toBe("''");
    expect(properties.get('minio_quota_buckets')?.default).toBe('5');
    expect(nodeType(published, 'indigo.OneProvider').properties.get('version')?.default).toBe('19.02.1');
    expect(nodeType(published, 'aisprint.FaaS.Function').properties.get('cpu')?.default).toEqual(
      new DecimalNumber(1, '1.0'),
    );
  });

  it('hand addresses and properties to what configures a Slurm front end', () => {
    const operation = nodeType(published, 'indigo.LRMS.FrontEnd.Slurm')
      .interfaces.get('Standard')
      ?.get('configure');

    expect(operation?.implementation).toBe(
      'https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/slurm_fe_install.yml',
    );
    expect(operation?.inputs.get('front_end_ip')).toEqual(
      new Map([['get_attribute', ['HOST', 'private_address', 0]]]),
    );
    expect(operation?.inputs.get('max_number_of_nodes')).toEqual(
      new Map([['get_property', ['wn_node', 'wn', 'max_instances']]]),
    );
    expect(operation?.inputs.size).toBe(10);
  });

  it('name the roles and collections that a node needs', () => {
    const { artifacts } = nodeType(published, 'indigo.LRMS.WorkerNode.HTCondor');

    expect([...artifacts.values()].map(({ type, file }) => [type, file])).toEqual([
      ['tosca.artifacts.AnsibleGalaxy.collection', 'ansible.posix'],
      ['tosca.artifacts.AnsibleGalaxy.role', 'grycap.htcondor'],
      ['tosca.artifacts.AnsibleGalaxy.role', 'grycap.nfs'],
    ]);
  });

  it('replace the normative container types', () => {
    expect(nodeType(published, 'Container.Runtime').parent?.name).toBe('tosca.nodes.Root');
    expect(typeOf(published, 'capability', 'Container.Docker').properties.get('num_cpus')?.schema.type).toBe(
      'float',
    );
  });
});

describe('imports that need no network', () => {
  it.each([
    'https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml',
    'https://raw.githubusercontent.com/grycap/ec3/tosca/tosca/custom_types.yaml',
    'https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml',
    'https://raw.githubusercontent.com/indigo-dc/tosca-types/refs/tags/v4.0.0/custom_types.yaml',
  ])('has a copy of %s', (url) => {
    expect(bundledImport(url)).toBe(ecosystemDocuments);
  });

  it.each([
    'https://raw.githubusercontent.com/grycap/tosca/my-branch/custom_types.yaml',
    'https://raw.githubusercontent.com/indigo-dc/tosca-types/master/other.yaml',
    'https://types.example.org/grycap/tosca/main/custom_types.yaml',
  ])('has no copy of %s', (url) => {
    expect(bundledImport(url)).toBeUndefined();
  });
});
