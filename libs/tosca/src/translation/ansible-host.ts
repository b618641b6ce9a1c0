import { FeatureSet } from '@im/radl';
import type { NodeTemplate } from '../topology/topology.js';
import { isMap } from '../yaml/values.js';
import { setCredential, setOptionalText } from './features.js';
import { propertyOf } from './properties.js';
import type { TranslationContext } from './translation.js';

/** Makes a node the external Ansible master; of several the last one counts (spec: tosca.md 6.1). @throws ToscaError */
export function translateAnsibleHost(node: NodeTemplate, context: TranslationContext): void {
  const { evaluation, radl, warnings } = context;
  const features = new FeatureSet();
  setOptionalText(features, 'host', propertyOf(node, 'host', evaluation));
  const credential = propertyOf(node, 'credential', evaluation);
  if (isMap(credential)) {
    setCredential(features, 'credentials', credential, warnings);
  }
  if (radl.ansibleHosts.length > 0) {
    warnings.push(`There is more than one Ansible host. Taking ${node.name}.`);
  }
  radl.ansibleHosts = [{ id: 'ansible_host', features, reference: false }];
}
