import type { Evaluation } from '../functions/evaluate.js';
import { hostOf } from '../topology/hosts.js';
import type { NodeTemplate } from '../topology/topology.js';
import { textOf } from '../yaml/values.js';
import { propertyOf } from './properties.js';

/** User of an OSCAR that a document deploys. */
export const oscarUser = 'oscar';

/** The OSCAR that a function is put on, and the Compute node below. */
export interface OscarHost {
  component: NodeTemplate;
  compute: NodeTemplate;
}

/** The OSCAR of a function that is hosted on one; undefined for a function that stands for itself (spec: tosca.md 6.8). */
export function oscarHostOf(node: NodeTemplate, { topology }: Evaluation): OscarHost | undefined {
  const component = hostOf(topology, node, 'tosca.nodes.SoftwareComponent');
  const compute = component === undefined ? undefined : hostOf(topology, component);
  return component === undefined || compute === undefined ? undefined : { component, compute };
}

/** URL of an OSCAR with a DNS name; undefined without one. Types give the name as two quotes when there is none. @throws ToscaError */
export function oscarDnsUrl({ component }: OscarHost, evaluation: Evaluation): string | undefined {
  const name = propertyOf(component, 'dns_host', evaluation);
  return name === null || name === '' || name === "''" || name === '""'
    ? undefined
    : `https://${textOf(name)}`;
}

/** Password of an OSCAR. @throws ToscaError */
export function oscarPassword({ component }: OscarHost, evaluation: Evaluation): string {
  const password = propertyOf(component, 'password', evaluation);
  return password === null ? '' : textOf(password);
}
