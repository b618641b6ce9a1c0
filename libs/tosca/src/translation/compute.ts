import { FeatureSet } from '@im/radl';
import type { NodeTemplate } from '../topology/topology.js';
import { isMap, textOf } from '../yaml/values.js';
import { setApplications } from './applications.js';
import { connectCompute } from './compute-networks.js';
import { setDisks } from './disks.js';
import { addAspect, setOptionalText, setText } from './features.js';
import { setMachineFeatures } from './machine-features.js';
import type { NetworkPlan } from './network-plan.js';
import { placementOf } from './placement.js';
import { propertyOf } from './properties.js';
import { deploy, wantedNumber } from './scaling.js';
import type { TranslationContext } from './translation.js';
import { isBlank } from './value-kinds.js';

/** Adds the system of a Compute node and its deploy (spec: tosca.md 6.6). @throws ToscaError */
export function translateCompute(
  compute: NodeTemplate,
  context: TranslationContext,
  plan: NetworkPlan,
): void {
  const system = new FeatureSet();
  setNames(compute, system, context);
  setMachineFeatures(compute, system, context);
  setDisks(compute, system, context);
  setApplications(compute, system, context);
  setOptionalText(system, 'availability_zone', placementOf(compute, 'availability_zone', context));
  connectCompute(compute, system, context, plan);
  addAspect(context.radl.systems, compute.name, system);
  deploy(compute, compute.name, wantedNumber(compute, context.evaluation), context);
}

function setNames(compute: NodeTemplate, system: FeatureSet, { evaluation }: TranslationContext): void {
  const name = propertyOf(compute, 'instance_name', evaluation);
  setText(system, 'instance_name', isBlank(name) ? compute.name : textOf(name));
  const tags = propertyOf(compute, 'tags', evaluation);
  if (isMap(tags) && tags.size > 0) {
    const texts = [...tags].map(([key, value]) => `${key}=${value === null ? '' : textOf(value)}`);
    setText(system, 'instance_tags', texts.join(','));
  }
}
