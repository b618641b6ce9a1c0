import { ToscaError } from '../tosca-error.js';
import type { ToscaMap } from '../yaml/values.js';
import { isMap, listAt, mapAt, textAt } from '../yaml/values.js';
import type {
  ArtifactDefinition,
  CapabilityDefinition,
  OperationDefinition,
  PropertyDefinition,
  RequirementDefinition,
  Schema,
} from './definitions.js';
import {
  readArtifacts,
  readCapabilities,
  readOperations,
  readProperties,
  readRequirements,
  readSchema,
} from './definitions.js';
import type { TypeKind } from './type-names.js';
import { fullTypeName, typeKinds, typeSections } from './type-names.js';

/** A type with all it inherits. */
export interface ToscaType {
  name: string;
  parent: ToscaType | undefined;
  properties: ReadonlyMap<string, PropertyDefinition>;
  attributes: ReadonlyMap<string, PropertyDefinition>;
  /** Own operations by interface; what is inherited is found along `parent` (spec: tosca.md 6.2). */
  interfaces: ReadonlyMap<string, ReadonlyMap<string, OperationDefinition>>;
  /** What the type itself says. */
  definition: ToscaMap;
}

/** A node type with all it inherits. */
export interface NodeType extends ToscaType {
  parent: NodeType | undefined;
  capabilities: ReadonlyMap<string, CapabilityDefinition>;
  requirements: readonly RequirementDefinition[];
  /** Own artifacts only; those of the parents are found along `parent`. */
  artifacts: ReadonlyMap<string, ArtifactDefinition>;
}

/** A data type: complex with properties, or a basic kind with constraints. */
export interface DataType extends ToscaType {
  parent: DataType | undefined;
  /** The basic kind it derives from or stands for, e.g. `integer` of PortDef. */
  basic: Schema | undefined;
}

/** A document that uses a type which derives from itself. */
export class TypeCycleError extends ToscaError {
  constructor(readonly typeName: string) {
    super('parse', [
      { category: 'cycle', kind: 'ValidationError', message: `Type "${typeName}" is derived from itself.` },
    ]);
    this.name = 'TypeCycleError';
  }
}

const empty: ToscaMap = new Map();

/**
 * The types that a document can use. Types are read when something asks for them and kept, so a library that is shared by many documents
 * reads each of its types once; names that nobody defines do no harm until they are used (spec: tosca.md 2).
 */
export class TypeLibrary {
  private readonly definitions: Readonly<Record<TypeKind, ReadonlyMap<string, ToscaMap>>>;
  private readonly nodeTypes = new Map<string, NodeType>();
  private readonly dataTypes = new Map<string, DataType>();
  private readonly otherTypes: Readonly<Record<TypeKind, Map<string, ToscaType>>> = {
    node: new Map(),
    relationship: new Map(),
    capability: new Map(),
    artifact: new Map(),
    data: new Map(),
    interface: new Map(),
    policy: new Map(),
    group: new Map(),
  };

  private constructor(definitions: Record<TypeKind, ReadonlyMap<string, ToscaMap>>) {
    this.definitions = definitions;
  }

  /** A library of the types of documents; later documents replace types of earlier ones (spec: tosca.md 4). */
  static of(documents: readonly ToscaMap[], base?: TypeLibrary): TypeLibrary {
    const entries = typeKinds.map((kind) => {
      const all = new Map(base?.definitions[kind] ?? []);
      for (const document of documents) {
        for (const [name, definition] of mapAt(document, typeSections[kind])) {
          all.set(name, isMap(definition) ? definition : empty);
        }
      }
      return all;
    });
    const [node, relationship, capability, artifact, data, interfaces, policy, group] = entries;
    return new TypeLibrary({
      node: node ?? new Map(),
      relationship: relationship ?? new Map(),
      capability: capability ?? new Map(),
      artifact: artifact ?? new Map(),
      data: data ?? new Map(),
      interface: interfaces ?? new Map(),
      policy: policy ?? new Map(),
      group: group ?? new Map(),
    });
  }

  /** This library with the types of a document over it; the library itself when the document defines none. */
  with(document: ToscaMap): TypeLibrary {
    const defines = typeKinds.some((kind) => mapAt(document, typeSections[kind]).size > 0);
    return defines ? TypeLibrary.of([document], this) : this;
  }

  /** Whether a type of that name is defined, and under which full name. */
  nameOf(kind: TypeKind, name: string): string | undefined {
    if (this.definitions[kind].has(name)) {
      return name;
    }
    const full = fullTypeName(kind, name);
    return this.definitions[kind].has(full) ? full : undefined;
  }

  /** Names of all types of a kind, for suggestions. */
  names(kind: TypeKind): string[] {
    return [...this.definitions[kind].keys()];
  }

  /** A node type, by full or short name; undefined when nobody defines it. @throws TypeCycleError */
  node(name: string): NodeType | undefined {
    return this.resolve('node', name, this.nodeTypes, (common, parent) => ({
      ...common,
      parent,
      capabilities: inherit(parent?.capabilities, readCapabilities(mapAt(common.definition, 'capabilities'))),
      requirements: inheritRequirements(
        parent?.requirements ?? [],
        readRequirements(listAt(common.definition, 'requirements')),
      ),
      artifacts: readArtifacts(mapAt(common.definition, 'artifacts')),
    }));
  }

  /** A data type, by full or short name. @throws TypeCycleError */
  data(name: string): DataType | undefined {
    return this.resolve('data', name, this.dataTypes, (common, parent) => {
      const base = textAt(common.definition, 'derived_from');
      const isBasic = base !== undefined && this.nameOf('data', base) === undefined;
      const own = readSchema(common.definition);
      const basic = isBasic ? { ...own, type: base } : parent?.basic;
      return {
        ...common,
        parent,
        basic:
          basic === undefined || isBasic
            ? basic
            : { ...basic, constraints: [...basic.constraints, ...own.constraints] },
      };
    });
  }

  /** A relationship, capability, artifact, interface, policy or group type. @throws TypeCycleError */
  type(kind: Exclude<TypeKind, 'node' | 'data'>, name: string): ToscaType | undefined {
    return this.resolve(kind, name, this.otherTypes[kind], (common, parent) => ({ ...common, parent }));
  }

  /** Builds what is not known yet of a type and its ancestors, the eldest first. */
  private resolve<T extends ToscaType>(
    kind: TypeKind,
    name: string,
    known: Map<string, T>,
    build: (common: CommonParts, parent: T | undefined) => T,
  ): T | undefined {
    const full = this.nameOf(kind, name);
    if (full === undefined) {
      return undefined;
    }
    let parent: T | undefined;
    for (const each of this.ancestry(kind, full)) {
      const type = known.get(each) ?? build(this.common(kind, each, parent), parent);
      known.set(each, type);
      parent = type;
    }
    return parent;
  }

  /** A type and its ancestors, the eldest first; a parent that nobody defines is left out. */
  private ancestry(kind: TypeKind, full: string): string[] {
    const line = new Set<string>();
    for (let each: string | undefined = full; each !== undefined; ) {
      if (line.has(each)) {
        throw new TypeCycleError(full);
      }
      line.add(each);
      const base: string | undefined = textAt(this.definitions[kind].get(each), 'derived_from');
      each = base === undefined ? undefined : this.nameOf(kind, base);
    }
    return [...line].reverse();
  }

  private common(kind: TypeKind, name: string, parent: ToscaType | undefined): CommonParts {
    const definition = this.definitions[kind].get(name) ?? empty;
    return {
      name,
      definition,
      properties: inherit(parent?.properties, readProperties(mapAt(definition, 'properties'))),
      attributes: inherit(parent?.attributes, readProperties(mapAt(definition, 'attributes'))),
      interfaces: new Map(
        [...mapAt(definition, 'interfaces')].map(([each, value]) => [
          each,
          readOperations(isMap(value) ? value : empty),
        ]),
      ),
    };
  }
}

type CommonParts = Omit<ToscaType, 'parent'>;

/** Own definitions over inherited ones; the inherited map itself when there are no own ones. */
function inherit<T>(
  inherited: ReadonlyMap<string, T> | undefined,
  own: Map<string, T>,
): ReadonlyMap<string, T> {
  if (inherited === undefined || inherited.size === 0) {
    return own;
  }
  return own.size === 0 ? inherited : new Map([...inherited, ...own]);
}

function inheritRequirements(
  inherited: readonly RequirementDefinition[],
  own: readonly RequirementDefinition[],
): readonly RequirementDefinition[] {
  const names = new Set(own.map((requirement) => requirement.name));
  return [...inherited.filter((requirement) => !names.has(requirement.name)), ...own];
}

/** Whether a type is, or derives from, a type of that full name. */
export function derivesFrom(type: ToscaType | undefined, name: string): boolean {
  for (let each = type; each !== undefined; each = each.parent) {
    if (each.name === name) {
      return true;
    }
  }
  return false;
}

/** Name of the root type: the ancestor, or the type itself, whose parent ends in `.Root` (spec: tosca.md 6.1). */
export function rootTypeOf(type: ToscaType): string {
  for (let each: ToscaType | undefined = type; each !== undefined; each = each.parent) {
    if (each.parent === undefined || each.parent.name.endsWith('.Root')) {
      return each.name;
    }
  }
  return type.name;
}

/** A node type and its ancestors, the nearest first. */
export function nodeTypeLine(type: NodeType): NodeType[] {
  const line: NodeType[] = [];
  for (let each: NodeType | undefined = type; each !== undefined; each = each.parent) {
    line.push(each);
  }
  return line;
}

/** A type and its ancestors, the nearest first. */
export function typeLine(type: ToscaType | undefined): ToscaType[] {
  const line: ToscaType[] = [];
  for (let each = type; each !== undefined; each = each.parent) {
    line.push(each);
  }
  return line;
}
