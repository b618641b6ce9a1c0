import type { Deploy, Radl, System } from '@im/radl';
import { concreteSystem, scoreApplications } from '@im/radl';
import { CloudError, ImError, messageOf } from '../errors.js';
import type { CloudInfo } from '../model/cloud.js';
import { boundedParallel } from '../operations/bounded-parallel.js';
import type { OpenClouds } from '../operations/cloud-access.js';
import { openClouds } from '../operations/cloud-access.js';
import type { Connector } from '../ports/connector.js';
import type { StepContext } from '../ports/operation-handler.js';
import type { ConcreteChoice } from './cloud-choice.js';
import { chooseCloud, noConcreteSystemScore } from './cloud-choice.js';
import type { DeployGroup } from './deploy-groups.js';
import { groupDeploys } from './deploy-groups.js';
import { deployedSystems, imageUrls, systemToMatch } from './requested-systems.js';

/** What the planner may use: no writes. */
export type PlanContext = Pick<StepContext, 'clouds' | 'connectors' | 'options' | 'signal'>;

/** One deploy line with the cloud chosen for it. */
export interface PlannedDeploy {
  deploy: Deploy;
  /** The system as asked. */
  requested: System;
  cloud: CloudInfo;
  /** null when the cloud has nothing that fits: its VMs become failed ones with `failure`. */
  concrete: System | null;
  failure: string | null;
}

export interface DeploymentPlan {
  /** In the order of the document. */
  deploys: PlannedDeploy[];
  /** Private network id -> cloud id, for all networks of the deploys. */
  privateNetworks: Record<string, string>;
}

/**
 * Decides for every deploy of the document which cloud launches which concrete system (spec: lifecycle.md 6.2 to 6.5). Asks clouds
 * for images and sizes, in parallel; a cloud that fails is left out and its reason shown when nothing else fits.
 * @param boundNetworks networks that earlier deploys bound to a cloud
 * @throws ImError with the documented text when a deploy has no cloud
 * @throws CloudError `RateLimited` when the chosen cloud asks to be asked later
 */
export async function planDeployment(
  context: PlanContext,
  radl: Radl,
  boundNetworks: Readonly<Record<string, string>>,
): Promise<DeploymentPlan> {
  const open = openClouds(context);
  const systems = deployedSystems(radl);
  const variants = new Map<string, System[]>();
  for (const [index, outcome] of (
    await boundedParallel(systems, systems.length, (system) => candidateSystems(context, open, system))
  ).entries()) {
    if ('error' in outcome) {
      context.signal.throwIfAborted();
      throw outcome.error;
    }
    variants.set((systems[index] as System).id, outcome.value);
  }
  const choices = await concreteChoices(context, open, systems, variants);
  // Interrupted questions say nothing about their clouds: the plan is made again.
  context.signal.throwIfAborted();
  return assignClouds(context, radl, open, choices, boundNetworks);
}

/** Systems to offer to the clouds: the system itself when it names its image, else one per image found. */
async function candidateSystems(context: PlanContext, open: OpenClouds, system: System): Promise<System[]> {
  const asked = systemToMatch(system, context.options);
  if (
    imageUrls(system).length > 0 ||
    open.connectors.size === 0 ||
    (await isStaticHost(context, open, asked))
  ) {
    return [asked];
  }
  const filters: Record<string, string> = {};
  const distribution = system.features.getText('disk.0.os.flavour');
  const version = system.features.getText('disk.0.os.version');
  if (distribution !== undefined) {
    filters['distribution'] = distribution;
  }
  if (version !== undefined) {
    filters['version'] = version;
  }
  const connectors = [...open.connectors].filter(([, connector]) => connector.capabilities.listImages);
  const lists = await boundedParallel(connectors, 8, ([, connector]) =>
    connector.listImages(filters, context.signal),
  );
  const found: System[] = [];
  const problems = [...open.problems.values()];
  for (const [index, outcome] of lists.entries()) {
    const id = connectors[index]?.[0] ?? '';
    if ('error' in outcome) {
      problems.push(`Error getting images from cloud: ${id} (${messageOf(outcome.error)})`);
    } else if (outcome.value[0] !== undefined) {
      const candidate: System = { ...asked, features: asked.features.clone() };
      candidate.features.set('disk.0.image.url', outcome.value[0].uri);
      found.push(candidate);
    }
  }
  if (found.length === 0) {
    const causes = problems.length === 0 ? '' : `: ${problems.join(' ')}`;
    throw new ImError('InvalidRequest', `No VMI obtained from Sites to system '${system.id}'${causes}`);
  }
  return found;
}

/** Whether the system describes a machine that exists, which runs what it runs (spec: connectors/static-hosts.md 1.1). */
async function isStaticHost(context: PlanContext, open: OpenClouds, asked: System): Promise<boolean> {
  const connectors = [...open.connectors.values()].filter(
    ({ capabilities }) => capabilities.existingMachines,
  );
  const answers = await boundedParallel(connectors, 8, (connector) =>
    connector.concreteSystems(asked, context.signal),
  );
  // One that is refused says so when its cloud is chosen.
  return answers.some((answer) => 'error' in answer || answer.value.length > 0);
}

/** Best concrete system of every cloud for every system. */
interface Choices {
  byCloud: Map<string, Map<string, ConcreteChoice>>;
  /** `<cloud id> <system id>` -> why the cloud could not answer. */
  problems: Map<string, unknown>;
}

async function concreteChoices(
  context: PlanContext,
  open: OpenClouds,
  systems: readonly System[],
  variants: ReadonlyMap<string, System[]>,
): Promise<Choices> {
  const pairs = [...open.connectors].flatMap(([cloudId, connector]) =>
    systems.map((system) => ({ cloudId, connector, system })),
  );
  const outcomes = await boundedParallel(pairs, 16, ({ connector, system }) =>
    bestConcreteSystem(connector, system, variants.get(system.id) ?? [], context.signal),
  );
  const choices: Choices = { byCloud: new Map(), problems: new Map() };
  for (const cloudId of open.connectors.keys()) {
    choices.byCloud.set(cloudId, new Map());
  }
  for (const [index, outcome] of outcomes.entries()) {
    const { cloudId, system } = pairs[index] as (typeof pairs)[number];
    if ('error' in outcome) {
      choices.problems.set(`${cloudId} ${system.id}`, outcome.error);
    }
    const choice = 'error' in outcome ? { system: null, score: noConcreteSystemScore } : outcome.value;
    choices.byCloud.get(cloudId)?.set(system.id, choice);
  }
  return choices;
}

async function bestConcreteSystem(
  connector: Connector,
  requested: System,
  variants: readonly System[],
  signal: AbortSignal,
): Promise<ConcreteChoice> {
  const offers = await boundedParallel(variants, 4, (variant) => connector.concreteSystems(variant, signal));
  let best: ConcreteChoice = { system: null, score: noConcreteSystemScore };
  for (const [index, outcome] of offers.entries()) {
    if ('error' in outcome) {
      throw outcome.error;
    }
    const variant = variants[index] as System;
    for (const offer of outcome.value) {
      const choice = scored(requested, variant, offer);
      if (choice.score > best.score) {
        best = choice;
      }
    }
  }
  return best;
}

/** The offer laid over the candidate, its soft features applied and its score (spec: lifecycle.md 6.3). */
function scored(requested: System, variant: System, offer: System): ConcreteChoice {
  const merged: System = { ...variant, features: variant.features.clone() };
  merged.features.apply(offer.features, { conflict: 'other', missing: 'other' });
  const { system, score } = concreteSystem(merged);
  return { system, score: score * 10_000 + scoreApplications(requested, system) };
}

function assignClouds(
  context: PlanContext,
  radl: Radl,
  open: OpenClouds,
  choices: Choices,
  boundNetworks: Readonly<Record<string, string>>,
): DeploymentPlan {
  const systems = new Map(radl.systems.map((system) => [system.id, system]));
  const chosen = new Map<Deploy, string>();
  const privateNetworks: Record<string, string> = {};
  for (const group of groupDeploys(radl)) {
    const cloudId = cloudOfGroup(group, open, choices, boundNetworks);
    for (const network of group.networks) {
      privateNetworks[network] = cloudId;
    }
    for (const deploy of group.deploys) {
      chosen.set(deploy, cloudId);
    }
  }
  const deploys = radl.deploys.flatMap((deploy) => {
    const requested = systems.get(deploy.system);
    const cloudId = chosen.get(deploy);
    if (requested === undefined || cloudId === undefined || deploy.vmNumber === 0) {
      return [];
    }
    return [plannedDeploy(context, deploy, requested, cloudId, choices)];
  });
  return { deploys, privateNetworks };
}

function cloudOfGroup(
  group: DeployGroup,
  open: OpenClouds,
  choices: Choices,
  boundNetworks: Readonly<Record<string, string>>,
): string {
  const pinned = group.networks.flatMap((network) => boundNetworks[network] ?? []);
  const reasons = [...open.problems.entries()];
  const asked = [...group.deploys.flatMap((deploy) => deploy.cloudId ?? []), ...pinned];
  const unusable =
    reasons.find(([id]) => asked.includes(id)) ?? (open.connectors.size === 0 ? reasons[0] : undefined);
  if (unusable !== undefined) {
    throw new ImError('InvalidRequest', unusable[1]);
  }
  return chooseCloud(group, choices.byCloud, pinned);
}

function plannedDeploy(
  context: PlanContext,
  deploy: Deploy,
  requested: System,
  cloudId: string,
  choices: Choices,
): PlannedDeploy {
  const cloud = context.clouds.findLast((access) => access.cloud.id === cloudId)?.cloud;
  if (cloud === undefined) {
    throw new ImError('InvalidRequest', `No auth data for cloud with ID: ${cloudId}`);
  }
  const concrete = choices.byCloud.get(cloudId)?.get(requested.id)?.system ?? null;
  let failure: string | null = null;
  if (concrete === null) {
    const problem = choices.problems.get(`${cloudId} ${requested.id}`);
    if (problem instanceof CloudError && problem.code === 'RateLimited') {
      throw problem;
    }
    failure =
      `Error, no concrete system to deploy: ${requested.id} in cloud: ${cloudId}. ` +
      `Check if a correct image is being used${problem === undefined ? '' : ` (${messageOf(problem)})`}`;
  } else if (concrete.features.getText('disk.0.os.credentials.username') === undefined) {
    failure = `No username for deploy: ${requested.id}`;
  }
  return { deploy, requested, cloud, concrete, failure };
}
