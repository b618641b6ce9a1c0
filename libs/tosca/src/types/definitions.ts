import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, listAt, mapAt, textAt, textOf } from '../yaml/values.js';

/** Type of a value: of a property, an attribute, an input, an entry of a list or map. */
export interface Schema {
  /** Name as written: a basic kind (`integer`, `scalar-unit.size`) or a data type. */
  type: string;
  constraints: readonly ToscaMap[];
  /** Of the entries of a list or map. */
  entry?: Schema;
  /** Of the keys of a map. */
  key?: Schema;
}

/** A property or attribute that a type declares (spec: tosca.md 2; required unless it says otherwise). */
export interface PropertyDefinition {
  name: string;
  schema: Schema;
  required: boolean;
  /** Undefined: none. */
  default?: ToscaValue;
}

/** A requirement that a node type declares. */
export interface RequirementDefinition {
  name: string;
  /** Node type or capability type of the target, as written. */
  capability?: string;
  node?: string;
  /** Relationship type; without one the requirement has no effect (spec: tosca.md 2). */
  relationship?: string;
  occurrences: { least: number; most: number };
}

/** A capability that a node type declares. */
export interface CapabilityDefinition {
  name: string;
  type: string;
  /** Properties that the node type adds to those of the capability type. */
  properties: ReadonlyMap<string, PropertyDefinition>;
}

/** What an operation runs. */
export interface OperationDefinition {
  name: string;
  /** Undefined: nothing to run. A text, or a map of an inline artifact. */
  implementation?: ToscaValue;
  inputs: ToscaMap;
}

/** An artifact of a node or type. */
export interface ArtifactDefinition {
  name: string;
  /** As written; short names are allowed. */
  type: string;
  file: ToscaValue;
  /** Name of a repository of the document. */
  repository?: string;
  deployPath?: string;
  properties: ToscaMap;
}

const unbounded = Number.POSITIVE_INFINITY;

/** The schema of a property, attribute, input or entry definition; a plain text is the name of the type. */
export function readSchema(definition: ToscaValue | undefined): Schema {
  if (!isMap(definition)) {
    return { type: typeof definition === 'string' ? definition : 'any', constraints: [] };
  }
  const entry = definition.get('entry_schema');
  const key = definition.get('key_schema');
  return {
    type: textAt(definition, 'type') ?? 'any',
    constraints: listAt(definition, 'constraints').filter(isMap),
    ...(entry === undefined || entry === null ? {} : { entry: readSchema(entry) }),
    ...(key === undefined || key === null ? {} : { key: readSchema(key) }),
  };
}

export function readProperties(section: ToscaMap): Map<string, PropertyDefinition> {
  return new Map(
    [...section].map(([name, definition]) => {
      const map = isMap(definition) ? definition : new Map<string, ToscaValue>();
      const byDefault = map.get('default');
      return [
        name,
        {
          name,
          schema: readSchema(definition),
          required: map.get('required') !== false,
          ...(byDefault === undefined ? {} : { default: byDefault }),
        },
      ];
    }),
  );
}

/** Requirements are a list of maps with one name each. */
export function readRequirements(section: ToscaValue[]): RequirementDefinition[] {
  return section
    .filter(isMap)
    .flatMap((item) => [...item].map(([name, value]) => readRequirement(name, value)));
}

function readRequirement(name: string, value: ToscaValue): RequirementDefinition {
  if (!isMap(value)) {
    return {
      name,
      occurrences: { least: 1, most: unbounded },
      ...(typeof value === 'string' ? { node: value } : {}),
    };
  }
  const [least, most] = listAt(value, 'occurrences');
  const relationship = value.get('relationship');
  const relationshipType = isMap(relationship) ? textAt(relationship, 'type') : textAt(value, 'relationship');
  const node = textAt(value, 'node');
  const capability = textAt(value, 'capability');
  return {
    name,
    ...(node === undefined ? {} : { node }),
    ...(capability === undefined ? {} : { capability }),
    ...(relationshipType === undefined ? {} : { relationship: relationshipType }),
    occurrences: {
      least: typeof least === 'number' ? least : 1,
      most: typeof most === 'number' ? most : unbounded,
    },
  };
}

export function readCapabilities(section: ToscaMap): Map<string, CapabilityDefinition> {
  return new Map(
    [...section].map(([name, value]) => [
      name,
      {
        name,
        type: isMap(value) ? (textAt(value, 'type') ?? '') : textOf(value),
        properties: readProperties(isMap(value) ? mapAt(value, 'properties') : new Map<string, ToscaValue>()),
      },
    ]),
  );
}

/**
 * Operations of one interface, which stand in it or under its `operations`.
 * @param known words of the interface that are no operations
 */
export function readOperations(interfaceMap: ToscaMap): Map<string, OperationDefinition> {
  const nested = interfaceMap.get('operations');
  const operations = isMap(nested) ? nested : interfaceMap;
  return new Map(
    [...operations]
      .filter(([name]) => !interfaceWords.has(name))
      .map(([name, value]) => [name, readOperation(name, value)]),
  );
}

/** Words of an interface that are no operations. */
export const interfaceWords: ReadonlySet<string> = new Set([
  'type',
  'inputs',
  'notifications',
  'operations',
  'derived_from',
  'version',
  'metadata',
  'description',
]);

function readOperation(name: string, value: ToscaValue): OperationDefinition {
  if (!isMap(value)) {
    return {
      name,
      inputs: new Map<string, ToscaValue>(),
      ...(value === null ? {} : { implementation: value }),
    };
  }
  const implementation = value.get('implementation');
  return {
    name,
    inputs: mapAt(value, 'inputs'),
    ...(implementation === undefined || implementation === null ? {} : { implementation }),
  };
}

/** Artifacts of a node or type: a text is the file. */
export function readArtifacts(section: ToscaMap): Map<string, ArtifactDefinition> {
  return new Map(
    [...section].map(([name, value]) => {
      const map = isMap(value) ? value : new Map<string, ToscaValue>([['file', value]]);
      const repository = textAt(map, 'repository');
      const deployPath = textAt(map, 'deploy_path');
      return [
        name,
        {
          name,
          type: textAt(map, 'type') ?? 'tosca.artifacts.Root',
          file: map.get('file') ?? null,
          ...(repository === undefined ? {} : { repository }),
          ...(deployPath === undefined ? {} : { deployPath }),
          properties: mapAt(map, 'properties'),
        },
      ];
    }),
  );
}
