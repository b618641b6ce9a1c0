import type { RequirementDefinition } from '../types/definitions.js';
import type { ToscaType } from '../types/type-library.js';
import { allowedWords, checkWords } from '../validation/sections.js';
import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt, textAt, textOf } from '../yaml/values.js';
import type { Build } from './build.js';
import { interfacesOf } from './template-parts.js';
import type { NodeTemplate, Relationship } from './topology.js';

/**
 * Links the nodes by their requirements: adds to `requirements` of each node, which nobody else has seen yet, and gives all of them in the order
 * of the document (spec: tosca.md 2).
 */
export function buildRelationships(
  nodes: ReadonlyMap<string, NodeTemplate>,
  templates: ToscaMap,
  build: Build,
): Relationship[] {
  const linker = new Linker(nodes, templates, build);
  for (const node of nodes.values()) {
    node.requirements.push(...linker.link(node));
  }
  return [...nodes.values()].flatMap((node) => node.requirements);
}

class Linker {
  constructor(
    private readonly nodes: ReadonlyMap<string, NodeTemplate>,
    private readonly templates: ToscaMap,
    private readonly build: Build,
  ) {}

  link(node: NodeTemplate): Relationship[] {
    const path = ['topology_template', 'node_templates', node.name, 'requirements'];
    const place = `"requirements" of template "${node.name}"`;
    const section = node.template.get('requirements') ?? [];
    if (!Array.isArray(section)) {
      this.build.problems.value('TypeMismatchError', `${place} must be of type "list".`, path);
      return [];
    }
    const counts = new Map<string, number>();
    const definitions = new Map(node.type.requirements.map((each) => [each.name, each]));
    const relationships = section.flatMap((item, index) => {
      if (!isMap(item)) {
        this.build.problems.value('TypeMismatchError', `${place} must be a list of maps.`, [...path, index]);
        return [];
      }
      return [...item].flatMap(([name, value]) => {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        const definition = definitions.get(name);
        if (definition === undefined) {
          this.build.problems.unknownField(place, name, [...path, index, name]);
          return [];
        }
        const at = [...path, index, name];
        return this.build.problems.step(() => this.relationship(node, definition, value, at), at) ?? [];
      });
    });
    this.checkOccurrences(node, counts);
    return relationships;
  }

  private checkOccurrences(node: NodeTemplate, counts: ReadonlyMap<string, number>): void {
    for (const { name, occurrences } of node.type.requirements) {
      const count = counts.get(name) ?? 0;
      if (count < occurrences.least || count > occurrences.most) {
        this.build.problems.add(
          'occurrences',
          'ValidationError',
          `Relationship "${name}" in template "${node.name}" has a wrong number of occurrences`,
          ['topology_template', 'node_templates', node.name, 'requirements'],
        );
      }
    }
  }

  private relationship(
    source: NodeTemplate,
    definition: RequirementDefinition,
    value: ToscaValue,
    path: Path,
  ): Relationship[] {
    if (isMap(value)) {
      checkWords(
        value,
        allowedWords.requirement,
        `"requirements" of template "${source.name}"`,
        path,
        this.build.problems,
      );
    }
    const targetName = isMap(value) ? value.get('node') : value;
    if (targetName === undefined || targetName === null) {
      return [];
    }
    const target = this.target(source, textOf(targetName), path);
    const link = this.linkOf(definition, isMap(value) ? value.get('relationship') : undefined, path);
    return target === undefined || link === undefined
      ? []
      : [{ ...link, requirement: definition.name, source, target }];
  }

  private target(source: NodeTemplate, name: string, path: Path): NodeTemplate | undefined {
    const target = this.nodes.get(name);
    if (target !== undefined) {
      return target;
    }
    if (this.build.library.nameOf('node', name) !== undefined) {
      this.build.problems.add(
        'unknown-node',
        'NotImplementedError',
        `Lookup by TOSCA types is not supported. Requirement node "${name}" for "${source.name}" can not be full-filled.`,
        path,
      );
    } else {
      this.build.problems.add(
        'unknown-node',
        'KeyError',
        `'Node template "${name}" was not found in "${source.name}".'`,
        path,
      );
    }
    return undefined;
  }

  /** The relationship of a requirement; undefined when it has no effect. */
  private linkOf(
    definition: RequirementDefinition,
    given: ToscaValue | undefined,
    path: Path,
  ): Pick<Relationship, 'name' | 'type' | 'properties' | 'interfaces'> | undefined {
    const declared =
      definition.relationship === undefined
        ? undefined
        : this.build.library.type('relationship', definition.relationship);
    if (declared === undefined) {
      return undefined;
    }
    const templateName = typeof given === 'string' && isMap(this.templates.get(given)) ? given : undefined;
    const template =
      templateName === undefined ? (isMap(given) ? given : undefined) : mapAt(this.templates, templateName);
    const typeName =
      template === undefined ? (typeof given === 'string' ? given : undefined) : textAt(template, 'type');
    const type = typeName === undefined ? declared : this.build.library.type('relationship', typeName);
    if (type === undefined || !isOrDerivesDirectly(type, declared)) {
      return undefined;
    }
    return {
      name: templateName ?? type.name.toLowerCase(),
      type,
      properties: this.properties(type, template, path),
      interfaces: interfacesOf(template ?? new Map<string, ToscaValue>()),
    };
  }

  private properties(type: ToscaType, template: ToscaMap | undefined, path: Path): ToscaMap {
    const values = new Map<string, ToscaValue>();
    const given = template === undefined ? new Map<string, ToscaValue>() : mapAt(template, 'properties');
    for (const { name, default: byDefault, required } of type.properties.values()) {
      const value = given.get(name) ?? byDefault;
      if (value !== undefined && value !== null) {
        values.set(name, value);
      } else if (required && template !== undefined) {
        this.build.problems.missingField(`"properties" of template "${type.name}"`, `['${name}']`, path);
      }
    }
    return values;
  }
}

/** Any other relationship than the declared one, or one derived directly from it, silently has no effect. */
function isOrDerivesDirectly(type: ToscaType, declared: ToscaType): boolean {
  return type.name === declared.name || type.parent?.name === declared.name;
}
