import type { FeatureSet, Network } from '@im/radl';
import { isPublicNetwork } from '@im/radl';
import { rootOf } from '../topology/hosts.js';
import type { NodeTemplate, Topology } from '../topology/topology.js';
import { translationError } from '../tosca-error.js';
import { isMap, listAt, textAt, textOf } from '../yaml/values.js';
import type { Endpoints } from './endpoints.js';
import { gatherEndpoints } from './endpoints.js';
import { setOptionalText, setText } from './features.js';
import type { NetworkPlan } from './network-plan.js';
import { propertyOf } from './properties.js';
import type { TranslationContext } from './translation.js';
import { asBoolean, asNumber, isBlank } from './value-kinds.js';

/**
 * Connects the system of a Compute node to its networks, with names, addresses and open ports (spec: tosca.md 6.6.1).
 * @throws ToscaError `unknown-target` for a port that is linked to no network
 */
export function connectCompute(
  compute: NodeTemplate,
  system: FeatureSet,
  context: TranslationContext,
  plan: NetworkPlan,
): void {
  const endpoints = gatherEndpoints(compute, context);
  const { dnsName, additionalIp, tls } = endpoints;
  if (dnsName !== undefined) {
    setText(system, 'net_interface.0.dns_name', dnsName);
    setDnsName(system, 0, 0, dnsName, tls);
  }
  setOptionalText(system, 'net_interface.0.additional_ip', additionalIp);
  const ports = portsOf(context.topology).get(compute.name);
  if (ports === undefined) {
    connectByEndpoints(endpoints, system, plan);
  } else {
    connectByPorts(compute, ports, system, endpoints, context, plan);
  }
}

function setDnsName(system: FeatureSet, index: number, number: number, name: string, tls: boolean): void {
  setText(system, `net_interface.${index}.dns.${number}.name`, name);
  if (tls) {
    setText(system, `net_interface.${index}.dns.${number}.tls`, 'true');
  }
}

/** Adds names to an interface, behind those that it has. */
function addDnsNames(system: FeatureSet, index: number, names: readonly string[], tls: boolean): void {
  let number = 0;
  for (const name of names) {
    while (system.has(`net_interface.${index}.dns.${number}.name`)) {
      number++;
    }
    setDnsName(system, index, number, name, tls);
  }
}

function connectByEndpoints(endpoints: Endpoints, system: FeatureSet, plan: NetworkPlan): void {
  const { isPublic, privateIp, provider, pool, ports } = endpoints;
  const inside = isPublic && !privateIp ? undefined : plan.privateNetwork();
  if (inside !== undefined) {
    setText(system, 'net_interface.0.connection', inside.id);
  }
  const outside = isPublic ? plan.newPublicNetwork() : undefined;
  if (outside !== undefined) {
    const index = inside === undefined ? 0 : 1;
    setText(system, `net_interface.${index}.connection`, outside.id);
    addDnsNames(system, index, endpoints.additionalDnsNames, endpoints.tls);
  }
  const open = outside ?? inside;
  const provided = inside ?? outside;
  if (open !== undefined) {
    plan.open(open, ports);
  }
  if (provider !== undefined && provided !== undefined) {
    plan.setProvider(provided, provider);
  }
  if (pool !== undefined && outside !== undefined) {
    plan.setProvider(outside, pool);
  }
}

function connectByPorts(
  compute: NodeTemplate,
  ports: readonly BoundPort[],
  system: FeatureSet,
  endpoints: Endpoints,
  context: TranslationContext,
  plan: NetworkPlan,
): void {
  const networks: Network[] = [];
  for (const { node, link } of ports) {
    const network = plan.named(link);
    if (network === undefined || context.topology.nodes.get(link) === undefined) {
      throw translationError(
        'unknown-target',
        `Node ${compute.name} with a port binded to a non existing network: ${link}.`,
      );
    }
    networks.push(network);
    connectPort(node, network, system, context);
  }
  const open = networks.findLast(isPublicNetwork) ?? networks[0];
  if (open !== undefined) {
    plan.open(open, endpoints.ports);
  }
}

function connectPort(
  port: NodeTemplate,
  network: Network,
  system: FeatureSet,
  { evaluation }: TranslationContext,
): void {
  const index = asNumber(propertyOf(port, 'order', evaluation)) ?? 0;
  const tls = asBoolean(propertyOf(port, 'tls', evaluation)) ?? false;
  setText(system, `net_interface.${index}.connection`, network.id);
  setOptionalText(system, `net_interface.${index}.ip`, propertyOf(port, 'ip_address', evaluation));
  setOptionalText(
    system,
    `net_interface.${index}.additional_ip`,
    propertyOf(port, 'additional_ip', evaluation),
  );
  const dnsName = propertyOf(port, 'dns_name', evaluation);
  if (!isBlank(dnsName)) {
    setDnsName(system, index, 0, textOf(dnsName), tls);
  }
  const names = propertyOf(port, 'additional_dns_names', evaluation);
  if (Array.isArray(names)) {
    addDnsNames(system, index, names.filter((name) => !isBlank(name)).map(textOf), tls);
  }
}

/** A Port node and the network that it links to. */
interface BoundPort {
  node: NodeTemplate;
  /** Name of a Network node; empty when there is none. */
  link: string;
}

const boundPorts = new WeakMap<Topology, ReadonlyMap<string, readonly BoundPort[]>>();

/** Port nodes by the name of the Compute node that they bind to. */
function portsOf(topology: Topology): ReadonlyMap<string, readonly BoundPort[]> {
  const known = boundPorts.get(topology);
  if (known !== undefined) {
    return known;
  }
  const ports = new Map<string, BoundPort[]>();
  for (const node of topology.nodes.values()) {
    const binding = rootOf(node) === 'tosca.nodes.network.Port' ? targetOf(node, 'binding') : undefined;
    if (binding !== undefined) {
      const others = ports.get(binding) ?? [];
      others.push({ node, link: targetOf(node, 'link') ?? '' });
      ports.set(binding, others);
    }
  }
  boundPorts.set(topology, ports);
  return ports;
}

/** Name of the node that a requirement of the document names, in its short or long form. */
function targetOf(node: NodeTemplate, requirement: string): string | undefined {
  for (const item of listAt(node.template, 'requirements')) {
    const value = isMap(item) ? item.get(requirement) : undefined;
    const target = isMap(value) ? textAt(value, 'node') : value;
    if (typeof target === 'string') {
      return target;
    }
  }
  return undefined;
}
