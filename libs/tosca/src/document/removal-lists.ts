import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap } from '../yaml/values.js';

const toNodes = ['topology_template', 'node_templates'];
const toList = ['capabilities', 'scalable', 'properties'];

/**
 * A kept document without the `removal_list` of its nodes: they name VMs that an earlier update removed, and must not meet the next one
 * (spec: tosca.md 9).
 */
export function withoutRemovalLists(document: ToscaMap): ToscaMap {
  return changedAt(document, toNodes, (nodes) =>
    mapped(nodes, (node) => (isMap(node) ? changedAt(node, toList, withoutList) : node)),
  );
}

function withoutList(properties: ToscaMap): ToscaMap {
  return new Map([...properties].filter(([key]) => key !== 'removal_list'));
}

function mapped(map: ToscaMap, change: (value: ToscaValue) => ToscaValue): ToscaMap {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

/** A copy with the map at a path changed; the map itself when there is none. */
function changedAt(
  map: ToscaMap,
  [key, ...rest]: readonly string[],
  change: (map: ToscaMap) => ToscaMap,
): ToscaMap {
  if (key === undefined) {
    return change(map);
  }
  const inner = map.get(key);
  return isMap(inner) ? new Map([...map, [key, changedAt(inner, rest, change)]]) : map;
}
