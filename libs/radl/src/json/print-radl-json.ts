import { numberIn } from '../model/feature.js';
import type { FeatureEntry } from '../model/feature-entry.js';
import type { FeatureSet } from '../model/feature-set.js';
import type { Interval } from '../model/interval.js';
import type { Aspect, Configure, Contextualize, Deploy, Radl } from '../model/radl.js';
import type { JsonObject, JsonValue } from './json-value.js';

/** A document in its JSON form. */
export type RadlJson = JsonObject[];

/** RADL JSON of a document, as values (spec: radl.md 9.2). */
export function printRadlJson(radl: Radl): RadlJson {
  return [
    ...radl.ansibleHosts.map((host) => aspectJson('ansible', host)),
    ...radl.networks.map((network) => aspectJson('network', network)),
    ...radl.systems.map((system) => aspectJson('system', system)),
    ...radl.configures.map(configureJson),
    ...radl.deploys.map(deployJson),
    ...(radl.contextualize === undefined ? [] : [contextualizeJson(radl.contextualize)]),
    ...(radl.description === undefined ? [] : [aspectJson('description', radl.description)]),
  ];
}

function aspectJson(kind: string, aspect: Aspect): JsonObject {
  const head = { class: kind, id: aspect.id };
  // The head comes twice: first for the order, last against features of these names.
  return aspect.reference
    ? { ...head, reference: true }
    : { ...head, ...featuresJson(aspect.features), ...head };
}

/** Features as members of an object. */
export function featuresJson(features: FeatureSet): JsonObject {
  return Object.fromEntries([...features.entries()].flatMap(([name, entry]) => members(name, entry)));
}

function members(name: string, entry: FeatureEntry): [string, JsonValue][] {
  switch (entry.kind) {
    case 'interval':
      return intervalMembers(name, entry.interval);
    case 'value': {
      const { value } = entry.feature;
      return [[name, typeof value === 'object' && !Array.isArray(value) ? featuresJson(value) : value]];
    }
    case 'groups':
      return [[name, [...entry.groups.values()].map((group) => featuresJson(group.value))]];
    case 'softs':
      return [
        [
          'softs',
          entry.groups.map((group) => ({ weight: group.weight, items: featuresJson(group.features) })),
        ],
      ];
  }
}

function intervalMembers(name: string, { lower, upper }: Interval): [string, JsonValue][] {
  if (lower !== undefined && upper !== undefined && numberIn(lower) === numberIn(upper)) {
    return [[name, numberIn(lower)]];
  }
  return [
    ...(lower === undefined ? [] : [[`${name}_min`, numberIn(lower)] as [string, JsonValue]]),
    ...(upper === undefined ? [] : [[`${name}_max`, numberIn(upper)] as [string, JsonValue]]),
  ];
}

function configureJson(configure: Configure): JsonObject {
  const head = { class: 'configure', id: configure.id };
  return configure.reference ? { ...head, reference: true } : { ...head, recipes: configure.recipe };
}

function deployJson(deploy: Deploy): JsonObject {
  const head = { class: 'deploy', system: deploy.system, vm_number: deploy.vmNumber };
  return deploy.cloudId === undefined ? head : { ...head, cloud: deploy.cloudId };
}

function contextualizeJson(contextualize: Contextualize): JsonObject {
  const { maxTime, items, options } = contextualize;
  return {
    class: 'contextualize',
    ...(maxTime === 0 ? {} : { max_time: maxTime }),
    ...(items.length === 0
      ? {}
      : {
          items: items.map((item) => ({
            system: item.system,
            configure: item.configure,
            ...(item.step === 0 ? {} : { step: item.step }),
            ...(item.ctxtTool === undefined ? {} : { ctxt_tool: item.ctxtTool }),
          })),
        }),
    ...(options.size === 0 ? {} : { options: featuresJson(options) }),
  };
}
