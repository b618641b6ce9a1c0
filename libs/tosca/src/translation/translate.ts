import { emptyRadl, FeatureSet, isPublicNetwork } from '@im/radl';
import type { ToscaFiles } from '../document/files.js';
import { makeEvaluation } from '../functions/make-evaluation.js';
import { computeRoot, rootOf } from '../topology/hosts.js';
import type { NodeTemplate } from '../topology/topology.js';
import { ansibleAttributes } from './ansible-attributes.js';
import { translateAnsibleHost } from './ansible-host.js';
import { translateCompute } from './compute.js';
import type { NodeRuns } from './configure.js';
import { allRuns, ConfigureWriter } from './configure.js';
import { containerFiles } from './container-artifacts.js';
import { translateContainer } from './containers.js';
import { orderDeploys } from './deploy-order.js';
import { setDescription } from './description.js';
import { translateFunction } from './faas-functions.js';
import { addAspect, setText } from './features.js';
import { NetworkPlan } from './network-plan.js';
import { translateNetwork } from './networks.js';
import { warnOfPolicies } from './placement.js';
import { splitPrivateNetworks } from './private-networks.js';
import type { NeededFile } from './read-files.js';
import { readFiles } from './read-files.js';
import { RecipeWriter } from './recipe.js';
import type { Translation, TranslationContext, TranslationInput } from './translation.js';

const networkRoot = 'tosca.nodes.network.Network';

/**
 * Makes RADL of a topology (spec: tosca.md 6). All files that it names are read first.
 * @throws ToscaError `translate`
 */
export async function translate(input: TranslationInput, files: ToscaFiles): Promise<Translation> {
  const { topology } = input;
  const evaluation = makeEvaluation(topology, ansibleAttributes(input.containerId));
  const warnings: string[] = [];
  const runs = allRuns(topology, warnings);
  const needed: NeededFile[] = [
    ...runs.flatMap((each) => each.runs.map(({ implementation }) => implementation)),
    ...containerFiles(topology, evaluation).map((url) => ({
      url,
      missing: (reason: string) => `Error downloading file ${url}: ${reason}`,
    })),
  ];
  const context: TranslationContext = {
    ...input,
    evaluation,
    files: await readFiles(needed, files),
    radl: emptyRadl(),
    remove: [],
    warnings,
  };
  translateNodes(context, runs);
  const { radl, remove } = context;
  radl.contextualize ??= { maxTime: 0, options: new FeatureSet(), items: [] };
  orderDeploys(radl);
  splitPrivateNetworks(radl, input.existing);
  setDescription(context);
  connectTheRest(context);
  return { radl, remove, warnings };
}

/** Networks first, then all other nodes in the order of the document (spec: tosca.md 6.1). */
function translateNodes(context: TranslationContext, runs: readonly NodeRuns[]): void {
  const nodes = [...context.topology.nodes.values()];
  warnOfPolicies(context);
  for (const node of nodes.filter((each) => rootOf(each) === networkRoot)) {
    translateNetwork(node, context);
  }
  const plan = new NetworkPlan(context);
  const configures = new ConfigureWriter(context, new RecipeWriter(context.files, context.evaluation));
  const runsByNode = new Map(runs.map((each) => [each.node, each]));
  for (const node of nodes) {
    translateNode(node, context, plan);
    const own = runsByNode.get(node);
    if (own !== undefined) {
      configures.add(own);
    }
  }
  plan.finish();
}

function translateNode(node: NodeTemplate, context: TranslationContext, plan: NetworkPlan): void {
  switch (rootOf(node)) {
    case computeRoot:
      translateCompute(node, context, plan);
      break;
    case 'tosca.nodes.im.AnsibleHost':
      translateAnsibleHost(node, context);
      break;
    case 'tosca.nodes.aisprint.FaaS.Function':
      translateFunction(node, context);
      break;
    case 'tosca.nodes.Container.Application':
      translateContainer(node, context);
      break;
    default:
      break;
  }
}

/** A document without networks gets a public one; systems that are in no network go to the first public one, else to the last. */
function connectTheRest({ radl }: TranslationContext): void {
  if (radl.networks.length === 0) {
    const features = new FeatureSet();
    setText(features, 'outbound', 'yes');
    addAspect(radl.networks, 'public', features);
  }
  const network = radl.networks.find(isPublicNetwork) ?? radl.networks.at(-1);
  for (const { features } of radl.systems) {
    if (network !== undefined && !features.has('net_interface.0.connection')) {
      setText(features, 'net_interface.0.connection', network.id);
    }
  }
}
