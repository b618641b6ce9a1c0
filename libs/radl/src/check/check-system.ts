import type { Feature } from '../model/feature.js';
import type { FeatureSet } from '../model/feature-set.js';
import { FeatureSet as Features } from '../model/feature-set.js';
import type { System } from '../model/radl.js';
import { nearestWord } from '../nearest-word.js';
import { RadlError } from '../radl-error.js';
import { allFeatures, checkError, checkFeature } from './check-feature.js';
import { applicationRules, indexedName, systemRule } from './feature-rules.js';

/** Ids that a system may refer to. */
export interface KnownIds {
  networks: ReadonlySet<string>;
  ansibleHosts: ReadonlySet<string>;
}

/** Rules over a system (spec: radl.md 10). @throws RadlError */
export function checkSystem(system: System, known: KnownIds): void {
  checkFeatures(system.features, known);
  checkIndices(system.features);
  for (const soft of system.features.getSofts()) {
    checkFeatures(soft.features, known);
  }
}

function checkFeatures(features: FeatureSet, known: KnownIds): void {
  for (const feature of allFeatures(features)) {
    const indexed = indexedName.exec(feature.name);
    if (indexed !== null && indexed[2] === undefined) {
      throw checkError('index', 'Invalid property name; expected an index.', feature.position);
    }
    const rule = systemRule(feature.name);
    if (rule !== undefined) {
      checkFeature(feature, rule);
    }
    checkReference(feature, known);
    if (rule?.type === 'group' && feature.value instanceof Features) {
      checkApplication(feature.value);
    }
  }
}

function checkApplication(application: FeatureSet): void {
  for (const feature of allFeatures(application)) {
    const rule = applicationRules.get(feature.name);
    if (rule !== undefined) {
      checkFeature(feature, rule);
    }
  }
}

function checkReference(feature: Feature, known: KnownIds): void {
  const ids = feature.name === 'ansible_host' ? known.ansibleHosts : known.networks;
  const isReference =
    feature.name === 'ansible_host' || /^net_interface\.\d+\.connection$/.test(feature.name);
  const { value } = feature;
  if (isReference && !(typeof value === 'string' && ids.has(value))) {
    const what = feature.name === 'ansible_host' ? 'ansible host' : 'network';
    throw new RadlError(
      'reference',
      `Invalid value in property '${feature.name}': there is no such ${what}.`,
      {
        phase: 'check',
        position: feature.position,
        suggestion: typeof value === 'string' ? nearestWord(value, ids) : undefined,
      },
    );
  }
}

/** Numbers of interfaces and disks go up from 0 without gaps, and every interface has a connection; only checked features count. */
function checkIndices(features: FeatureSet): void {
  for (const prefix of ['net_interface', 'disk']) {
    const found = new Set<number>();
    for (const name of features.names()) {
      const indexed = indexedName.exec(name);
      if (indexed?.[1] === prefix && indexed[2] !== undefined && systemRule(name) !== undefined) {
        found.add(Number(indexed[2]));
      }
    }
    for (let index = 0; index < found.size; index++) {
      if (!found.has(index)) {
        const numbers = [...found].sort((a, b) => a - b);
        const named = numbers.slice(0, 10).join(', ') + (numbers.length > 10 ? '...' : '');
        throw checkError(
          'index',
          `Invalid indices values in properties '${prefix}': found ${named}, but ${index} is missing.`,
        );
      }
      if (prefix === 'net_interface' && !features.has(`net_interface.${index}.connection`)) {
        throw checkError(
          'incomplete',
          `Some net_interface does not have a connection: net_interface.${index}.connection is missing.`,
        );
      }
    }
  }
}
