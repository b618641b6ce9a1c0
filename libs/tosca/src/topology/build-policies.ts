import { allowedWords, checkWords } from '../validation/sections.js';
import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, listAt, mapAt, textOf } from '../yaml/values.js';
import type { Build } from './build.js';
import { reportUnknownType } from './build-nodes.js';
import type { NodeTemplate, Policy } from './topology.js';

/** The policies of a document: a list of maps with one name each, or a map (spec: tosca.md 2, 6.6). */
export function buildPolicies(
  section: ToscaValue,
  groupSection: ToscaMap,
  nodes: ReadonlyMap<string, NodeTemplate>,
  build: Build,
): Policy[] {
  const groups = buildGroups(groupSection, nodes, build);
  return policyEntries(section, build).flatMap(({ name, policy, path }) => {
    const place = `Policy "${name}"`;
    if (!isMap(policy) || policy.get('type') === undefined) {
      build.problems.missingField(place, 'type', path);
      return [];
    }
    checkWords(policy, allowedWords.policy, place, path, build.problems);
    const type = textOf(policy.get('type') ?? null);
    const full = build.library.nameOf('policy', type);
    if (full === undefined) {
      reportUnknownType(type, 'policy', [...path, 'type'], build);
    }
    const targets = listAt(policy, 'targets').map(textOf);
    checkMembers(targets, (each) => nodes.has(each) || groups.has(each), [...path, 'targets'], build);
    const members = targets.flatMap((target) => groups.get(target) ?? []);
    const nodeNames = targets.some((target) => groups.has(target)) ? members : targets;
    return [{ name, type: full ?? type, properties: mapAt(policy, 'properties'), nodes: nodeNames }];
  });
}

interface PolicyEntry {
  name: string;
  policy: ToscaValue;
  path: Path;
}

function policyEntries(section: ToscaValue, { problems }: Build): PolicyEntry[] {
  const path = ['topology_template', 'policies'];
  if (isMap(section)) {
    return [...section].map(([name, policy]) => ({ name, policy, path: [...path, name] }));
  }
  if (!Array.isArray(section)) {
    if (section !== null) {
      problems.value('TypeMismatchError', '"policies" of template must be of type "list".', path);
    }
    return [];
  }
  return section.flatMap((item, index) =>
    isMap(item) ? [...item].map(([name, policy]) => ({ name, policy, path: [...path, index, name] })) : [],
  );
}

function buildGroups(
  section: ToscaMap,
  nodes: ReadonlyMap<string, NodeTemplate>,
  build: Build,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, group] of section) {
    const path = ['topology_template', 'groups', name];
    const map = isMap(group) ? group : new Map<string, ToscaValue>();
    checkWords(map, allowedWords.group, `Groups "${name}"`, path, build.problems);
    const type = map.get('type');
    if (typeof type === 'string' && build.library.nameOf('group', type) === undefined) {
      reportUnknownType(type, 'group', [...path, 'type'], build);
    }
    const members = listAt(map, 'members').map(textOf);
    if (map.has('members') && (members.length === 0 || new Set(members).size < members.length)) {
      build.problems.add(
        'unknown-target',
        'InvalidGroupTargetException',
        `"Member nodes "${members.join(', ')}" should be >= 1 and not repeated"`,
        [...path, 'members'],
      );
    }
    checkMembers(members, (each) => nodes.has(each), [...path, 'members'], build);
    groups.set(name, members);
  }
  return groups;
}

function checkMembers(
  names: readonly string[],
  known: (name: string) => boolean,
  path: Path,
  build: Build,
): void {
  for (const name of names) {
    if (!known(name)) {
      build.problems.add(
        'unknown-target',
        'InvalidGroupTargetException',
        `"Target member "${name}" is not found in node_templates"`,
        path,
      );
    }
  }
}
