import type { Feature, NumberFeature } from '../model/feature.js';
import type { FeatureEntry } from '../model/feature-entry.js';
import { FeatureSet } from '../model/feature-set.js';
import type { Aspect, Radl } from '../model/radl.js';
import { RadlError } from '../radl-error.js';

/**
 * The lossless form in which documents are stored: unlike plain text and RADL JSON it keeps every value, unit, operator and bound
 * (spec: radl.md 8, "Better"). Its readers are this service only.
 */
interface StoredRadl {
  v: 1;
  description?: StoredAspect;
  ansible: StoredAspect[];
  networks: StoredAspect[];
  systems: StoredAspect[];
  configures: { id: string; recipe: string | null; ref?: true }[];
  deploys: { system: string; n: number; cloud?: string }[];
  ctxt?: { time: number; options: StoredFeatures; items: { s: string; c: string; n: number; t?: string }[] };
}

interface StoredAspect {
  id: string;
  ref?: true;
  f: StoredFeatures;
}

type StoredNumber = [operator: Feature['operator'], value: number, unit: string, fraction: 0 | 1];

type StoredFeatures = [
  name: string,
  entry:
    | { i: [StoredNumber | 0, StoredNumber | 0] }
    | { e: StoredNumber }
    | { t: string | string[]; o: Feature['operator'] }
    | { x: StoredFeatures }
    | { g: StoredFeatures[] }
    | { s: [number, StoredFeatures][] },
][];

/** Text of a document for storage. */
export function serializeRadl(radl: Radl): string {
  const stored: StoredRadl = {
    v: 1,
    ...(radl.description === undefined ? {} : { description: storedAspect(radl.description) }),
    ansible: radl.ansibleHosts.map(storedAspect),
    networks: radl.networks.map(storedAspect),
    systems: radl.systems.map(storedAspect),
    configures: radl.configures.map(({ id, recipe, reference }) => ({
      id,
      recipe,
      ...(reference ? { ref: true as const } : {}),
    })),
    deploys: radl.deploys.map(({ system, vmNumber, cloudId }) => ({
      system,
      n: vmNumber,
      ...(cloudId === undefined ? {} : { cloud: cloudId }),
    })),
  };
  if (radl.contextualize !== undefined) {
    const { maxTime, options, items } = radl.contextualize;
    stored.ctxt = {
      time: maxTime,
      options: storedFeatures(options),
      items: items.map((item) => ({
        s: item.system,
        c: item.configure,
        n: item.step,
        ...(item.ctxtTool === undefined ? {} : { t: item.ctxtTool }),
      })),
    };
  }
  return JSON.stringify(stored);
}

/** Reads what `serializeRadl` wrote. @throws RadlError `structure` for anything else */
export function deserializeRadl(text: string): Radl {
  let stored: Partial<StoredRadl> | null;
  try {
    stored = JSON.parse(text) as Partial<StoredRadl> | null;
  } catch (cause) {
    throw new RadlError('structure', 'The stored document is damaged.', { cause });
  }
  if (stored?.v !== 1) {
    throw new RadlError(
      'structure',
      'The stored document has an unknown form: it was written by a newer version.',
    );
  }
  const whole = stored as StoredRadl;
  return {
    ...(whole.description === undefined ? {} : { description: aspectOf(whole.description) }),
    ansibleHosts: whole.ansible.map(aspectOf),
    networks: whole.networks.map(aspectOf),
    systems: whole.systems.map(aspectOf),
    configures: whole.configures.map(({ id, recipe, ref }) => ({ id, recipe, reference: ref === true })),
    deploys: whole.deploys.map(({ system, n, cloud }) => ({
      system,
      vmNumber: n,
      ...(cloud === undefined ? {} : { cloudId: cloud }),
    })),
    ...(whole.ctxt === undefined
      ? {}
      : {
          contextualize: {
            maxTime: whole.ctxt.time,
            options: featuresOf(whole.ctxt.options),
            items: whole.ctxt.items.map(({ s, c, n, t }) => ({
              system: s,
              configure: c,
              step: n,
              ...(t === undefined ? {} : { ctxtTool: t }),
            })),
          },
        }),
  };
}

function storedAspect(aspect: Aspect): StoredAspect {
  return {
    id: aspect.id,
    ...(aspect.reference ? { ref: true as const } : {}),
    f: storedFeatures(aspect.features),
  };
}

function aspectOf(stored: StoredAspect): Aspect {
  return { id: stored.id, features: featuresOf(stored.f), reference: stored.ref === true };
}

function storedFeatures(features: FeatureSet): StoredFeatures {
  return [...features.entries()].map(([name, entry]) => [name, storedEntry(entry)]);
}

function storedEntry(entry: FeatureEntry): StoredFeatures[number][1] {
  switch (entry.kind) {
    case 'interval': {
      const { lower, upper } = entry.interval;
      return lower !== undefined && lower === upper
        ? { e: storedNumber(lower) }
        : {
            i: [lower === undefined ? 0 : storedNumber(lower), upper === undefined ? 0 : storedNumber(upper)],
          };
    }
    case 'value': {
      const { value, operator } = entry.feature;
      return value instanceof FeatureSet
        ? { x: storedFeatures(value) }
        : { t: typeof value === 'number' ? String(value) : value, o: operator };
    }
    case 'groups':
      return { g: [...entry.groups.values()].map((group) => storedFeatures(group.value)) };
    case 'softs':
      return { s: entry.groups.map((group) => [group.weight, storedFeatures(group.features)]) };
  }
}

function storedNumber(feature: NumberFeature): StoredNumber {
  return [feature.operator, feature.value, feature.unit ?? '', feature.fraction === true ? 1 : 0];
}

function numberOf(name: string, [operator, value, unit, fraction]: StoredNumber): NumberFeature {
  return {
    name,
    operator,
    value,
    ...(unit === '' ? {} : { unit }),
    ...(fraction === 1 ? { fraction: true } : {}),
  };
}

function featuresOf(stored: StoredFeatures): FeatureSet {
  const features = new FeatureSet();
  for (const [name, entry] of stored) {
    restore(features, name, entry);
  }
  return features;
}

function restore(features: FeatureSet, name: string, entry: StoredFeatures[number][1]): void {
  if ('e' in entry) {
    const exact = numberOf(name, entry.e);
    features.restoreInterval(name, { lower: exact, upper: exact });
  } else if ('i' in entry) {
    const [lower, upper] = entry.i;
    features.restoreInterval(name, {
      lower: lower === 0 ? undefined : numberOf(name, lower),
      upper: upper === 0 ? undefined : numberOf(name, upper),
    });
  } else if ('t' in entry) {
    features.add({ name, operator: entry.o, value: entry.t });
  } else if ('x' in entry) {
    features.add({ name, operator: '=', value: featuresOf(entry.x) });
  } else if ('g' in entry) {
    for (const group of entry.g) {
      features.add({ name, operator: 'contains', value: featuresOf(group) });
    }
  } else {
    for (const [weight, group] of entry.s) {
      features.addSoft({ weight, features: featuresOf(group) });
    }
  }
}
