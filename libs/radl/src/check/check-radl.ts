import type { Aspect, Radl } from '../model/radl.js';
import { nearestWord } from '../nearest-word.js';
import { RadlError } from '../radl-error.js';
import { allFeatures, checkError, checkFeature } from './check-feature.js';
import { checkSystem } from './check-system.js';
import { ansibleRules, networkRules } from './feature-rules.js';
import { cloudInitConfigures, recipeProblem } from './recipe.js';

/** The semantic check of a whole document (spec: radl.md 10). @throws RadlError of phase `check` */
export function checkRadl(radl: Radl): void {
  const known = {
    networks: new Set(radl.networks.map((network) => network.id)),
    ansibleHosts: new Set(radl.ansibleHosts.map((host) => host.id)),
  };
  for (const network of radl.networks) {
    checkRules(network, networkRules);
  }
  for (const host of radl.ansibleHosts) {
    checkAnsibleHost(host);
  }
  for (const system of radl.systems) {
    checkSystem(system, known);
  }
  checkDeploys(radl);
  checkRecipes(radl);
  checkContextualize(radl);
  checkUnique(radl.systems, 'System');
  checkUnique(radl.networks, 'Network');
}

function checkRules(aspect: Aspect, rules: typeof networkRules): void {
  for (const feature of allFeatures(aspect.features)) {
    const rule = rules.get(feature.name);
    if (rule !== undefined) {
      checkFeature(feature, rule);
    }
  }
}

function checkAnsibleHost(host: Aspect): void {
  checkRules(host, ansibleRules);
  for (const name of ['host', 'credentials.username']) {
    if (!host.features.has(name)) {
      throw checkError('incomplete', `Ansible host must have a ${name}`, host.position);
    }
  }
  if (!host.features.has('credentials.password') && !host.features.has('credentials.private_key')) {
    throw checkError(
      'incomplete',
      'Ansible host must have a credentials.password or credentials.private_key',
      host.position,
    );
  }
}

function checkDeploys(radl: Radl): void {
  const systems = new Set(radl.systems.map((system) => system.id));
  for (const deploy of radl.deploys) {
    if (!systems.has(deploy.system)) {
      throw new RadlError('reference', 'Invalid system id in the deploy.', {
        phase: 'check',
        position: deploy.position,
        suggestion: nearestWord(deploy.system, systems),
      });
    }
    if (deploy.vmNumber < 0 || !Number.isInteger(deploy.vmNumber)) {
      throw checkError('value', 'Invalid number of virtual machines to deploy.', deploy.position);
    }
  }
}

/** Every recipe for Ansible is one YAML document (spec: radl.md 4.4). @throws RadlError `recipe` */
export function checkRecipes(radl: Radl): void {
  const onlyCloudInit = cloudInitConfigures(radl.contextualize);
  for (const configure of radl.configures) {
    if (configure.recipe === null || onlyCloudInit.has(configure.id)) {
      continue;
    }
    const problem = recipeProblem(configure.recipe);
    if (problem !== null) {
      throw checkError(
        'recipe',
        `Invalid YAML code: ${problem} (configure ${configure.id}).`,
        configure.position,
      );
    }
  }
}

/**
 * Every item of the contextualize section names a system and a configure of the document and a known tool (spec: radl.md 10, 12).
 * @throws RadlError of phase `check`
 */
export function checkContextualize(radl: Radl): void {
  const section = radl.contextualize;
  if (section === undefined) {
    return;
  }
  if (!Number.isInteger(section.maxTime) || section.maxTime < 0) {
    throw checkError('value', "Invalid 'max time' in 'contextualize': it must be a whole number of seconds.");
  }
  const systems = new Set(radl.systems.map((system) => system.id));
  const configures = new Set(radl.configures.map((configure) => configure.id));
  for (const item of section.items) {
    for (const [kind, id, known] of [
      ['system', item.system, systems],
      ['configure', item.configure, configures],
    ] as const) {
      if (!known.has(id)) {
        throw new RadlError('reference', `Invalid ${kind} id '${id}'`, {
          phase: 'check',
          position: item.position,
          suggestion: nearestWord(id, known),
        });
      }
    }
    if (item.ctxtTool !== undefined && item.ctxtTool !== 'Ansible' && item.ctxtTool !== 'cloud_init') {
      throw new RadlError(
        'value',
        `Invalid tool '${item.ctxtTool}'; expected one of ['Ansible', 'cloud_init'].`,
        {
          phase: 'check',
          position: item.position,
          suggestion: nearestWord(item.ctxtTool, ['Ansible', 'cloud_init']),
        },
      );
    }
  }
}

function checkUnique(aspects: readonly Aspect[], kind: string): void {
  if (new Set(aspects.map((aspect) => aspect.id)).size !== aspects.length) {
    throw checkError('duplicate', `Some ${kind} name duplicated.`);
  }
}
