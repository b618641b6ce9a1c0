import { hostedOn } from '../topology/hosts.js';
import type { Capability, NodeTemplate } from '../topology/topology.js';
import { rootTypeOf } from '../types/type-library.js';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import { isMap, textOf } from '../yaml/values.js';
import { capabilityProperties, propertyOf } from './properties.js';
import type { TranslationContext } from './translation.js';
import { asBoolean, isBlank } from './value-kinds.js';

/** What the endpoints of a Compute node and of all that is hosted on it ask of its networks (spec: tosca.md 6.6.1). */
export interface Endpoints {
  isPublic: boolean;
  /** Whether a public node has a private interface as well. */
  privateIp: boolean;
  /** Network of the provider. */
  provider?: string;
  /** Pool of public addresses of the provider. */
  pool?: string;
  dnsName?: string;
  additionalDnsNames: readonly string[];
  additionalIp?: string;
  tls: boolean;
  /** Evaluated port specifications. */
  ports: ToscaMap[];
}

/** Gathers the endpoints of a Compute node; of several words about one thing the last one counts. @throws ToscaError */
export function gatherEndpoints(compute: NodeTemplate, context: TranslationContext): Endpoints {
  const gathered: Endpoints = {
    isPublic: false,
    privateIp: true,
    additionalDnsNames: [],
    tls: false,
    ports: [],
  };
  for (const node of hostedOn(context.topology, compute)) {
    for (const capability of node.capabilities.values()) {
      if (isEndpoint(capability)) {
        gather(gathered, capabilityProperties(node, capability, context.evaluation));
      }
    }
  }
  gather(gathered, capabilityProperties(compute, compute.capabilities.get('endpoint'), context.evaluation));
  if (asBoolean(propertyOf(compute, 'public_ip', context.evaluation)) === true) {
    gathered.isPublic = true;
  }
  return gathered;
}

function isEndpoint({ type }: Capability): boolean {
  return type !== undefined && rootTypeOf(type) === 'tosca.capabilities.Endpoint';
}

function gather(gathered: Endpoints, properties: ToscaMap): void {
  Object.assign(gathered, networkWords(properties.get('network_name')));
  const dnsName = properties.get('dns_name');
  if (!isBlank(dnsName)) {
    gathered.dnsName = textOf(dnsName);
  }
  const additionalIp = properties.get('additional_ip');
  if (!isBlank(additionalIp)) {
    gathered.additionalIp = textOf(additionalIp);
  }
  const names = properties.get('additional_dns_names');
  if (Array.isArray(names)) {
    gathered.additionalDnsNames = names.filter((name) => !isBlank(name)).map(textOf);
  }
  gathered.tls = asBoolean(properties.get('tls')) ?? gathered.tls;
  gathered.privateIp = asBoolean(properties.get('private_ip')) ?? gathered.privateIp;
  for (const port of portsOf(properties)) {
    gathered.ports.push(port);
  }
}

/** What a `network_name` says: `PUBLIC`, `X.PUBLIC`, `X.PRIVATE`, `X,pool`, `X`. */
function networkWords(
  name: ToscaValue | undefined,
): Pick<Partial<Endpoints>, 'isPublic' | 'provider' | 'pool'> {
  if (isBlank(name)) {
    return {};
  }
  const [first = '', ...others] = textOf(name).split(',');
  const [, provider, suffix] = /^(?:(.*)\.)?(PUBLIC|PRIVATE)$/.exec(first.trim()) ?? [
    undefined,
    first.trim(),
  ];
  const pool = others.join(',').trim();
  const isPublic = suffix === 'PUBLIC' || pool !== '';
  return {
    ...(isPublic ? { isPublic } : {}),
    ...(isBlank(provider) ? {} : { provider }),
    ...(pool === '' ? {} : { pool }),
  };
}

function portsOf(properties: ToscaMap): ToscaMap[] {
  const several = properties.get('ports');
  const ports = isMap(several) ? [...several.values()].filter(isMap) : [];
  const port = properties.get('port');
  if (isBlank(port)) {
    return ports;
  }
  const single: ToscaMap = new Map([['source', port]]);
  for (const name of ['protocol', 'remote_cidr']) {
    const value = properties.get(name);
    if (value !== undefined) {
      single.set(name, value);
    }
  }
  return [...ports, single];
}
