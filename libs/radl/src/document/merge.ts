import { checkContextualize } from '../check/check-radl.js';
import { cloudInitConfigures, recipeProblem } from '../check/recipe.js';
import type { Aspect, Configure, Radl } from '../model/radl.js';
import { cloneRadl } from '../model/radl.js';
import { nearestWord } from '../nearest-word.js';
import { RadlError } from '../radl-error.js';
import { mergeContextualize } from './merge-contextualize.js';

/**
 * The request with every reference replaced by a copy of the stored definition (spec: radl.md 11 step 2).
 * @throws RadlError `reference` when there is none
 */
export function completeReferences(request: Radl, stored: Radl): Radl {
  const source = cloneRadl(stored);
  const completed = cloneRadl(request);
  completed.networks = complete('network', completed.networks, source.networks);
  completed.systems = complete('system', completed.systems, source.systems);
  completed.configures = complete('configure', completed.configures, source.configures);
  // Stored networks and ansible hosts that the completed systems name come along, so that the result stands on its own.
  const known = new Set(completed.networks.map((network) => network.id));
  const named = new Set(
    completed.systems.flatMap((system) =>
      system.features
        .names()
        .flatMap((name) => (name.startsWith('net_interface.') ? (system.features.getText(name) ?? []) : [])),
    ),
  );
  completed.networks = [
    ...completed.networks,
    ...source.networks.filter((network) => !known.has(network.id) && named.has(network.id)),
  ];
  const hosts = new Set(completed.ansibleHosts.map((host) => host.id));
  completed.ansibleHosts = [
    ...completed.ansibleHosts,
    ...source.ansibleHosts.filter((host) => !hosts.has(host.id)),
  ];
  return completed;
}

function complete<Kind extends { id: string; reference: boolean }>(
  kind: string,
  asked: Kind[],
  stored: Kind[],
): Kind[] {
  const byId = new Map(stored.map((definition) => [definition.id, definition]));
  return asked.map((aspect) => {
    if (!aspect.reference) {
      return aspect;
    }
    const definition = byId.get(aspect.id);
    if (definition === undefined) {
      throw new RadlError('reference', `Unknown reference in RADL to ${kind} '${aspect.id}'`, {
        phase: 'check',
        suggestion: nearestWord(aspect.id, byId.keys()),
      });
    }
    return definition;
  });
}

/**
 * The stored document with a completed request merged in: the description is replaced, networks and ansible hosts are only added,
 * systems and configures are added or replaced, contextualize is merged, deploys are replaced if there are any (spec: radl.md 11 step 3).
 */
export function mergeRadl(stored: Radl, request: Radl): Radl {
  const merged = cloneRadl(stored);
  const added = cloneRadl(request);
  if (added.description !== undefined) {
    merged.description = added.description;
  }
  merged.networks = withNew(merged.networks, added.networks);
  merged.ansibleHosts = withNew(merged.ansibleHosts, added.ansibleHosts);
  addOrReplace(merged.systems, added.systems);
  addOrReplace(merged.configures, added.configures);
  if (added.contextualize !== undefined) {
    merged.contextualize = mergeContextualize(merged.contextualize, added.contextualize);
  }
  if (added.deploys.length > 0) {
    merged.deploys = added.deploys;
  }
  return merged;
}

function withNew(stored: readonly Aspect[], added: readonly Aspect[]): Aspect[] {
  const known = new Set(stored.map((aspect) => aspect.id));
  return [...stored, ...added.filter((aspect) => !known.has(aspect.id))];
}

function addOrReplace<Kind extends { id: string }>(stored: Kind[], added: readonly Kind[]): void {
  const places = new Map(stored.map((aspect, index) => [aspect.id, index]));
  for (const aspect of added) {
    const place = places.get(aspect.id);
    if (place === undefined) {
      stored.push(aspect);
    } else {
      stored[place] = aspect;
    }
  }
}

const newCredentials = ['password', 'public_key', 'private_key'];

/**
 * The stored document with what a reconfiguration may change: recipes, their order, new credentials and applications of known
 * systems (spec: lifecycle.md 11). Everything is checked before anything is taken over.
 * @throws RadlError `Error parsing YAML: ...`, and for items of contextualize with an unknown system, configure or tool
 */
export function applyReconfiguration(stored: Radl, request: Radl): Radl {
  const merged = cloneRadl(stored);
  const recipes = request.configures.filter((configure) => configure.recipe !== null && !configure.reference);
  addOrReplace(
    merged.configures,
    recipes.map((configure) => ({ ...configure })),
  );
  if (request.contextualize !== undefined) {
    merged.contextualize = mergeContextualize(merged.contextualize, request.contextualize);
    checkContextualize(merged);
  }
  const exempt = cloudInitConfigures(merged.contextualize);
  checkRecipes(recipes.filter(({ id }) => !exempt.has(id)));
  const askedSystems = new Map(request.systems.map((system) => [system.id, system]));
  for (const system of merged.systems) {
    const asked = askedSystems.get(system.id);
    if (asked !== undefined) {
      takeCredentials(system, asked);
      takeApplications(system, asked);
    }
  }
  return merged;
}

function checkRecipes(configures: readonly Configure[]): void {
  for (const configure of configures) {
    const problem = recipeProblem(configure.recipe ?? '');
    if (problem !== null) {
      throw new RadlError('recipe', `Error parsing YAML: ${problem} (configure ${configure.id}).`, {
        phase: 'check',
      });
    }
  }
}

function takeCredentials(system: Aspect, asked: Aspect): void {
  for (const name of newCredentials) {
    const value = asked.features.getText(`disk.0.os.credentials.new.${name}`);
    if (value !== undefined && value !== system.features.getText(`disk.0.os.credentials.${name}`)) {
      system.features.set(`disk.0.os.credentials.new.${name}`, value);
    }
  }
}

/** Names are compared without the part after the first comma; a new entry replaces the old one. */
function takeApplications(system: Aspect, asked: Aspect): void {
  const added = asked.features.getGroups('disk.0.applications');
  if (added.length === 0) {
    return;
  }
  const base = (group: { getText(name: string): string | undefined }): string =>
    (group.getText('name') ?? '').split(',')[0] ?? '';
  const replaced = new Set(added.map(base));
  const kept = system.features.getGroups('disk.0.applications').filter((group) => !replaced.has(base(group)));
  system.features.delete('disk.0.applications');
  for (const group of [...kept, ...added]) {
    system.features.add({ name: 'disk.0.applications', operator: 'contains', value: group.clone() });
  }
}
