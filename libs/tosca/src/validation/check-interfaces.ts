import type { Build } from '../topology/build.js';
import { interfaceWords } from '../types/definitions.js';
import type { NodeType } from '../types/type-library.js';
import { typeLine } from '../types/type-library.js';
import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, mapAt } from '../yaml/values.js';
import { allowedWords } from './sections.js';

const standard = new Set(['create', 'configure', 'start', 'stop', 'delete']);

const configure = new Set([
  'pre_configure_source',
  'pre_configure_target',
  'post_configure_source',
  'post_configure_target',
  'add_target',
  'add_source',
  'remove_target',
  'target_changed',
]);

/** Operations of the interfaces that every node knows, by their short and full names (spec: tosca.md 2). */
const knownOperations: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Standard', standard],
  ['tosca.interfaces.node.lifecycle.Standard', standard],
  ['Configure', configure],
  ['tosca.interfaces.relationship.Configure', configure],
]);

/** Reports interfaces and operations of a node template that its type does not know. */
export function checkInterfaces(
  name: string,
  section: ToscaMap,
  type: NodeType,
  path: Path,
  build: Build,
): void {
  const place = `"interfaces" of template "${name}"`;
  for (const [interfaceName, value] of section) {
    const interfacePath = [...path, 'interfaces', interfaceName];
    const operations = operationsOf(interfaceName, type, build);
    if (operations === undefined) {
      build.problems.unknownField(place, interfaceName, interfacePath);
      continue;
    }
    for (const [operation, body] of given(value)) {
      if (interfaceWords.has(operation)) {
        continue;
      }
      if (!operations.has(operation)) {
        build.problems.unknownField(place, operation, [...interfacePath, operation]);
      }
      for (const word of isMap(body) ? body.keys() : []) {
        if (!allowedWords.operation.has(word)) {
          build.problems.unknownField(place, word, [...interfacePath, operation, word]);
        }
      }
    }
  }
}

function given(value: ToscaValue): ToscaMap {
  const map = isMap(value) ? value : new Map<string, ToscaValue>();
  return isMap(map.get('operations')) ? mapAt(map, 'operations') : map;
}

/** Operations an interface may have on a node of the type; undefined when the type does not know the interface. */
function operationsOf(name: string, type: NodeType, { library }: Build): ReadonlySet<string> | undefined {
  const operations = new Set(knownOperations.get(name) ?? []);
  let known = knownOperations.has(name);
  for (const each of typeLine(type)) {
    const declared = each.interfaces.get(name);
    if (declared === undefined) {
      continue;
    }
    known = true;
    for (const operation of declared.keys()) {
      operations.add(operation);
    }
    const definition = mapAt(mapAt(each.definition, 'interfaces'), name);
    const typeName = definition.get('type');
    const interfaceType = typeof typeName === 'string' ? library.type('interface', typeName) : undefined;
    for (const ancestor of typeLine(interfaceType)) {
      for (const operation of given(ancestor.definition).keys()) {
        operations.add(operation);
      }
    }
  }
  return known ? operations : undefined;
}
