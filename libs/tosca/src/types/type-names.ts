/** The kinds of types that a document may define. */
export const typeKinds = [
  'node',
  'relationship',
  'capability',
  'artifact',
  'data',
  'interface',
  'policy',
  'group',
] as const;

export type TypeKind = (typeof typeKinds)[number];

/** Section of a document that defines types of a kind. */
export const typeSections: Readonly<Record<TypeKind, string>> = {
  node: 'node_types',
  relationship: 'relationship_types',
  capability: 'capability_types',
  artifact: 'artifact_types',
  data: 'data_types',
  interface: 'interface_types',
  policy: 'policy_types',
  group: 'group_types',
};

/** What stands in front of the short name of a type of a kind. */
const prefixes: Readonly<Record<TypeKind, string>> = {
  node: 'tosca.nodes.',
  relationship: 'tosca.relationships.',
  capability: 'tosca.capabilities.',
  artifact: 'tosca.artifacts.',
  data: 'tosca.datatypes.',
  interface: 'tosca.interfaces.',
  policy: 'tosca.policies.',
  group: 'tosca.groups.',
};

/** Data types whose short name leaves out more than the prefix. */
const networkTypes: ReadonlySet<string> = new Set(['PortDef', 'PortSpec', 'PortInfo', 'NetworkInfo']);

/** Full name of a type: `Compute` and `tosca:Compute` are `tosca.nodes.Compute` (spec: tosca.md 2). */
export function fullTypeName(kind: TypeKind, name: string): string {
  const short = name.startsWith('tosca:') ? name.slice('tosca:'.length) : name;
  if (kind === 'data' && networkTypes.has(short)) {
    return `${prefixes.data}network.${short}`;
  }
  return short === name && name.startsWith('tosca') ? name : `${prefixes[kind]}${short}`;
}
