import { FeatureSet } from '@im/radl';
import { setOptionalText } from './features.js';
import type { TranslationContext } from './translation.js';

/** Metadata that become features of the description; all others are for clients (spec: tosca.md 6.12). */
const described = [
  ['infra_name', 'name'],
  ['namespace', 'namespace'],
] as const;

/** Sets the description of the infrastructure, if the metadata have any. @throws ToscaError */
export function setDescription({ topology, evaluation, radl }: TranslationContext): void {
  const features = new FeatureSet();
  for (const [key, feature] of described) {
    setOptionalText(
      features,
      feature,
      evaluation.evaluate(topology.metadata.get(key) ?? null, { kind: 'topology' }),
    );
  }
  if (features.size > 0) {
    radl.description = { id: 'desc', features, reference: false };
  }
}
