import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap } from '../yaml/values.js';
import type { Problems } from './problems.js';

/** Versions of the language that are read (spec: tosca.md 1). */
export const toscaVersions: readonly string[] = [
  'tosca_simple_yaml_1_0',
  'tosca_simple_yaml_1_2',
  'tosca_simple_yaml_1_3',
  'tosca_simple_profile_for_nfv_1_0_0',
  'tosca_simple_profile_for_mec_1_0_0',
];

const typeSectionNames = [
  'node_types',
  'relationship_types',
  'capability_types',
  'artifact_types',
  'data_types',
  'interface_types',
  'policy_types',
  'group_types',
];

const words = (...names: string[]): ReadonlySet<string> => new Set(names);

/** The words of each place of a document (spec: tosca.md 2). */
export const allowedWords = {
  document: words(
    'tosca_definitions_version',
    'tosca_default_namespace',
    'template_name',
    'template_author',
    'template_version',
    'description',
    'metadata',
    'imports',
    'repositories',
    'dsl_definitions',
    'relationship_templates',
    'topology_template',
    ...typeSectionNames,
  ),
  topology: words(
    'description',
    'inputs',
    'node_templates',
    'relationship_templates',
    'outputs',
    'groups',
    'policies',
    'substitution_mappings',
    'workflows',
  ),
  input: words(
    'type',
    'description',
    'default',
    'constraints',
    'required',
    'status',
    'key_schema',
    'entry_schema',
    'metadata',
  ),
  output: words('value', 'description', 'type'),
  node: words(
    'type',
    'derived_from',
    'description',
    'metadata',
    'properties',
    'attributes',
    'requirements',
    'capabilities',
    'interfaces',
    'artifacts',
    'directives',
    'node_filter',
    'copy',
  ),
  requirement: words('node', 'capability', 'relationship', 'occurrences', 'node_filter'),
  operation: words('implementation', 'inputs', 'outputs', 'description'),
  group: words('type', 'metadata', 'description', 'properties', 'members', 'interfaces', 'attributes'),
  policy: words('type', 'metadata', 'description', 'properties', 'targets', 'triggers', 'reservation'),
  nodeType: words(
    'derived_from',
    'metadata',
    'properties',
    'version',
    'description',
    'attributes',
    'requirements',
    'capabilities',
    'interfaces',
    'artifacts',
    'tags',
  ),
} as const;

/** Reports keys of a map that have no place there. */
export function checkWords(
  map: ToscaMap,
  allowed: ReadonlySet<string>,
  place: string,
  path: Path,
  problems: Problems,
): void {
  for (const key of map.keys()) {
    if (!allowed.has(key)) {
      problems.unknownField(place, key, [...path, key]);
    }
  }
}

/** The map under a key; something else there is reported and taken as empty. */
export function sectionAt(
  map: ToscaMap,
  key: string,
  place: string,
  path: Path,
  problems: Problems,
): ToscaMap {
  const value: ToscaValue | undefined = map.get(key);
  if (value === undefined || value === null) {
    return new Map();
  }
  if (isMap(value)) {
    return value;
  }
  problems.value('TypeMismatchError', `${place} must be of type "dict".`, [...path, key]);
  return new Map();
}
