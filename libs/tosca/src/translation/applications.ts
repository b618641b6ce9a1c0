import { FeatureSet } from '@im/radl';
import { artifactsOf } from '../topology/artifacts.js';
import { hostedOn } from '../topology/hosts.js';
import type { NodeTemplate } from '../topology/topology.js';
import { fullTypeName } from '../types/type-names.js';
import { textOf } from '../yaml/values.js';
import { setText } from './features.js';
import type { TranslationContext } from './translation.js';
import { isBlank } from './value-kinds.js';

/** Artifacts that Ansible Galaxy has, and the prefix of the application that each becomes; in this order. */
const galaxyTypes = [
  ['tosca.artifacts.AnsibleGalaxy.collection', 'ansible.collections.'],
  ['tosca.artifacts.AnsibleGalaxy.role', 'ansible.roles.'],
] as const;

/** Sets the roles and collections that a Compute node and all that is hosted on it need, each once (spec: tosca.md 6.6). */
export function setApplications(
  compute: NodeTemplate,
  system: FeatureSet,
  { topology }: TranslationContext,
): void {
  const artifacts = artifactsOf([compute, ...hostedOn(topology, compute)]);
  for (const [type, prefix] of galaxyTypes) {
    for (const artifact of artifacts) {
      if (fullTypeName('artifact', artifact.type) === type && !isBlank(artifact.file)) {
        addApplication(system, `${prefix}${textOf(artifact.file)}`);
      }
    }
  }
}

function addApplication(system: FeatureSet, name: string): void {
  const application = new FeatureSet();
  setText(application, 'name', name);
  system.add({ name: 'disk.0.applications', operator: 'contains', value: application });
}
