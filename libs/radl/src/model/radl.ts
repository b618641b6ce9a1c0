import type { Position } from '../radl-error.js';
import { FeatureSet } from './feature-set.js';

/** A named collection of features. */
export interface Aspect {
  id: string;
  features: FeatureSet;
  /** Only named, not defined: it stands for a stored definition. */
  reference: boolean;
  position?: Position | undefined;
}

export type Network = Aspect;
export type System = Aspect;
export type Description = Aspect;
export type AnsibleHost = Aspect;

/** A named recipe; null is the empty configure, which switches the contextualization of its system off (spec: radl.md 4.4). */
export interface Configure {
  id: string;
  recipe: string | null;
  reference: boolean;
  position?: Position | undefined;
}

export interface Deploy {
  system: string;
  vmNumber: number;
  /** Id of a cloud of the authorization data. */
  cloudId?: string;
  position?: Position | undefined;
}

export interface ContextualizeItem {
  system: string;
  configure: string;
  step: number;
  /** `Ansible` (also when absent) or `cloud_init`. */
  ctxtTool?: string;
  position?: Position | undefined;
}

/** Order of the recipes (spec: radl.md 12). Present without items and options: contextualization is disabled. */
export interface Contextualize {
  /** Seconds; 0: the configured limit. */
  maxTime: number;
  options: FeatureSet;
  items: ContextualizeItem[];
}

/** A whole document. */
export interface Radl {
  description?: Description;
  ansibleHosts: AnsibleHost[];
  networks: Network[];
  systems: System[];
  configures: Configure[];
  deploys: Deploy[];
  contextualize?: Contextualize;
}

/** Option of contextualize with the version of Ansible (spec: radl.md 12). */
export const versionOption = 'ansible_version';

/** The tool of an item by its usual name: `cloud-init` is `cloud_init` (spec: contextualization.md 3, "Better"). */
export function toolNamed(name: string): string {
  return name === 'cloud-init' ? 'cloud_init' : name;
}

export function emptyRadl(): Radl {
  return { ansibleHosts: [], networks: [], systems: [], configures: [], deploys: [] };
}

const cloneAspect = (aspect: Aspect): Aspect => ({ ...aspect, features: aspect.features.clone() });

/** A copy that shares nothing with the original. */
export function cloneRadl(radl: Radl): Radl {
  return {
    ...(radl.description === undefined ? {} : { description: cloneAspect(radl.description) }),
    ansibleHosts: radl.ansibleHosts.map(cloneAspect),
    networks: radl.networks.map(cloneAspect),
    systems: radl.systems.map(cloneAspect),
    configures: radl.configures.map((configure) => ({ ...configure })),
    deploys: radl.deploys.map((deploy) => ({ ...deploy })),
    ...(radl.contextualize === undefined ? {} : { contextualize: cloneContextualize(radl.contextualize) }),
  };
}

export function cloneContextualize(contextualize: Contextualize): Contextualize {
  return {
    maxTime: contextualize.maxTime,
    options: contextualize.options.clone(),
    items: contextualize.items.map((item) => ({ ...item })),
  };
}

export function emptyContextualize(): Contextualize {
  return { maxTime: 0, options: new FeatureSet(), items: [] };
}
