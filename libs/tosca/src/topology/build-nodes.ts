import { nearestWord } from '@im/radl';
import type { PropertyDefinition } from '../types/definitions.js';
import type { NodeType, TypeLibrary } from '../types/type-library.js';
import type { TypeKind } from '../types/type-names.js';
import { checkInterfaces } from '../validation/check-interfaces.js';
import { ValueReader } from '../validation/read-value.js';
import { allowedWords, checkWords, sectionAt } from '../validation/sections.js';
import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt, textOf } from '../yaml/values.js';
import type { Build } from './build.js';
import { artifactsOf, interfacesOf } from './template-parts.js';
import type { Capability, NodeTemplate } from './topology.js';

/** Types that the reader knows and does not deploy (spec: tosca.md 2). */
const refusedTypes: ReadonlySet<string> = new Set([
  'tosca.nodes.Storage.BlockStorage',
  'tosca.nodes.Storage.ObjectStorage',
]);

/** The nodes of a document, without their requirements. A node that cannot be built is reported and left out. */
export function buildNodes(section: ToscaMap, build: Build): Map<string, NodeTemplate> {
  const nodes = new Map<string, NodeTemplate>();
  for (const [name, template] of section) {
    const path = ['topology_template', 'node_templates', name];
    if (!isMap(template)) {
      build.problems.missingField(`Template "${name}"`, 'type', path);
      continue;
    }
    checkWords(template, allowedWords.node, `Node template "${name}"`, path, build.problems);
    const type = nodeTypeOf(name, template, path, build);
    const node =
      type === undefined
        ? undefined
        : build.problems.step(() => buildNode(name, template, type, path, build), path);
    if (node !== undefined) {
      nodes.set(name, node);
    }
  }
  return nodes;
}

function nodeTypeOf(name: string, template: ToscaMap, path: Path, build: Build): NodeType | undefined {
  const type = template.get('type');
  const typePath = [...path, 'type'];
  if (type === undefined || type === null) {
    build.problems.missingField(`Template "${name}"`, 'type', path);
    return undefined;
  }
  if (typeof type === 'string' && refusedTypes.has(type)) {
    build.problems.add(
      'unknown-type',
      'UnsupportedTypeError',
      `Type "${type}" is valid TOSCA type but not supported at this time.`,
      typePath,
    );
    return undefined;
  }
  return build.problems.step(() => {
    const found = typeof type === 'string' ? build.library.node(type) : undefined;
    if (found === undefined) {
      reportUnknownType(textOf(type), 'node', typePath, build);
    }
    return found;
  }, typePath);
}

/** Reports a type that nobody defines. */
export function reportUnknownType(
  name: string,
  kind: TypeKind,
  path: Path,
  { library, problems }: Build,
): void {
  problems.add(
    'unknown-type',
    'InvalidTypeError',
    `Type "${name}" is not a valid type.${suggestion(name, kind, library)}`,
    path,
  );
}

function suggestion(name: string, kind: TypeKind, library: TypeLibrary): string {
  const near = nearestWord(name, library.names(kind));
  return near === undefined ? '' : ` Did you mean "${near}"?`;
}

function buildNode(name: string, template: ToscaMap, type: NodeType, path: Path, build: Build): NodeTemplate {
  const { problems } = build;
  const place = (key: string): string => `"${key}" of template "${name}"`;
  const given = sectionAt(template, 'properties', place('properties'), path, problems);
  const properties = buildProperties(
    given,
    type.properties,
    place('properties'),
    [...path, 'properties'],
    build,
  );
  checkInterfaces(
    name,
    sectionAt(template, 'interfaces', place('interfaces'), path, problems),
    type,
    path,
    build,
  );
  return {
    name,
    type,
    properties,
    capabilities: buildCapabilities(name, template, type, path, build),
    requirements: [],
    artifacts: artifactsOf(template),
    interfaces: interfacesOf(template),
    metadata: mapAt(template, 'metadata'),
    template,
  };
}

/** Given values of known properties, checked and converted, and the defaults of those that are not given. */
function buildProperties(
  given: ToscaMap,
  definitions: ReadonlyMap<string, PropertyDefinition>,
  place: string,
  path: Path,
  { library, problems }: Build,
): ToscaMap {
  const reader = new ValueReader(library, (category, kind, message, at) =>
    problems.add(category, kind, message, at),
  );
  const values = new Map<string, ToscaValue>();
  const missing: string[] = [];
  for (const definition of definitions.values()) {
    const { name, schema } = definition;
    const value = given.get(name);
    if (value !== undefined && value !== null) {
      values.set(name, reader.read(value, schema, name, [...path, name]));
    } else if (definition.default !== undefined && definition.default !== null) {
      values.set(name, definition.default);
    } else if (definition.required && !given.has(name)) {
      missing.push(name);
    }
  }
  for (const key of given.keys()) {
    if (!definitions.has(key)) {
      problems.unknownField(place, key, [...path, key]);
    }
  }
  if (missing.length > 0) {
    problems.missingField(place, `[${missing.map((name) => `'${name}'`).join(', ')}]`, path);
  }
  return values;
}

function buildCapabilities(
  name: string,
  template: ToscaMap,
  type: NodeType,
  path: Path,
  build: Build,
): Map<string, Capability> {
  const place = `"capabilities" of template "${name}"`;
  const section = sectionAt(template, 'capabilities', place, path, build.problems);
  for (const key of section.keys()) {
    if (!type.capabilities.has(key)) {
      build.problems.unknownField(place, key, [...path, 'capabilities', key]);
    }
  }
  const capabilities = new Map<string, Capability>();
  for (const definition of type.capabilities.values()) {
    const capabilityType = build.library.type('capability', definition.type);
    const given = section.get(definition.name);
    const givenProperties = isMap(given) ? mapAt(given, 'properties') : new Map<string, ToscaValue>();
    const definitions = new Map([...(capabilityType?.properties ?? []), ...definition.properties]);
    const capabilityPath = [...path, 'capabilities', definition.name, 'properties'];
    const properties =
      given === undefined || capabilityType === undefined
        ? defaultsOf(definitions)
        : buildProperties(
            givenProperties,
            definitions,
            `"properties" of template "${name}"`,
            capabilityPath,
            build,
          );
    capabilities.set(definition.name, {
      name: definition.name,
      type: capabilityType,
      // Of a type that nobody defines nobody knows the properties.
      properties: capabilityType === undefined ? givenProperties : properties,
    });
  }
  checkInstances(name, capabilities.get('scalable'), path, build);
  return capabilities;
}

function defaultsOf(definitions: ReadonlyMap<string, PropertyDefinition>): ToscaMap {
  const values = new Map<string, ToscaValue>();
  for (const { name, default: value } of definitions.values()) {
    if (value !== undefined && value !== null) {
      values.set(name, value);
    }
  }
  return values;
}

function checkInstances(
  name: string,
  scalable: Capability | undefined,
  path: Path,
  { problems }: Build,
): void {
  const [least, most, wanted] = ['min_instances', 'max_instances', 'default_instances'].map((key) =>
    scalable?.properties.get(key),
  );
  if (
    typeof least === 'number' &&
    typeof most === 'number' &&
    typeof wanted === 'number' &&
    (wanted < least || wanted > most)
  ) {
    problems.value(
      'ValidationError',
      `"properties" of template "${name}": "default_instances" value is not between "min_instances" and "max_instances".`,
      [...path, 'capabilities', 'scalable', 'properties', 'default_instances'],
    );
  }
}
