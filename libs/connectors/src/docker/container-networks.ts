import { CloudError } from '@im/domain';
import type { Network, Radl, System } from '@im/radl';
import { isPublicNetwork } from '@im/radl';
import type { ConnectorOptions } from '../connector-options.js';

/** What operators decide about the networks and names of containers. */
export type ContainerOptions = Pick<ConnectorOptions, 'allowHostAccess' | 'defaultDomain'>;

/** One interface of a system, as a network of the engine. */
export interface ContainerInterface {
  /** Index in the RADL. */
  index: number;
  network: Network;
  public: boolean;
  /** Name of the engine's network; null: reached through published ports, any network will do. */
  dockerNetwork: string | null;
  /** Made for the infrastructure, and deleted with it. */
  own: boolean;
  /** Short and full host name, known to the containers of the network. */
  aliases: string[];
  /** Address asked for. */
  address?: string;
}

/** Name of the engine's network for a private network of an infrastructure (spec: connectors/docker.md 3.1). */
function ownNetworkName(infrastructureId: string, networkId: string): string {
  return `im_${infrastructureId}_${networkId}`;
}

/**
 * Interfaces of a system in their order. A network with `provider_id` exists beforehand, a private one without it is made for the
 * infrastructure, and a public one without it needs none.
 * @param radl system and networks
 * @throws CloudError `InvalidInput` for an unknown network, `PermissionDenied` for one that is the host's
 */
export function containerInterfaces(
  infrastructureId: string,
  radl: Radl,
  system: System,
  options: ContainerOptions,
): ContainerInterface[] {
  const interfaces: ContainerInterface[] = [];
  for (let index = 0; ; index++) {
    const id = system.features.getText(`net_interface.${index}.connection`);
    if (id === undefined) {
      return interfaces;
    }
    const network = radl.networks.find((candidate) => candidate.id === id);
    if (network === undefined) {
      throw new CloudError('InvalidInput', `The network ${id} of the system ${system.id} is not defined.`);
    }
    interfaces.push(containerInterface(infrastructureId, system, network, index, options));
  }
}

function containerInterface(
  infrastructureId: string,
  system: System,
  network: Network,
  index: number,
  options: ContainerOptions,
): ContainerInterface {
  const given = network.features.getText('provider_id') || undefined;
  if (given !== undefined && !options.allowHostAccess && isHostNetwork(given)) {
    throw hostNetworkRefused(given);
  }
  const isPublic = isPublicNetwork(network);
  const address = fixedAddress(system, network, index);
  return {
    index,
    network,
    public: isPublic,
    dockerNetwork: given ?? (isPublic ? null : ownNetworkName(infrastructureId, network.id)),
    own: given === undefined && !isPublic,
    aliases: hostNames(system, index, options.defaultDomain),
    ...(address === undefined ? {} : { address }),
  };
}

export function hostNetworkRefused(name: string): CloudError {
  return new CloudError(
    'PermissionDenied',
    `The network ${name} is not allowed: containers must not use the network of their host. ` +
      'An operator can allow it with the option ALLOW_HOST_ACCESS.',
  );
}

/** `host`, and `container:<id>`, which shares the network of any container of the host. */
function isHostNetwork(name: string): boolean {
  return name === 'host' || name.includes(':');
}

/** An engine accepts an address only in a network whose range was chosen by somebody. */
function fixedAddress(system: System, network: Network, index: number): string | undefined {
  const cidr = network.features.getText('cidr');
  const ranged = network.features.has('provider_id') || (cidr !== undefined && !cidr.includes('*'));
  return ranged && !isPublicNetwork(network)
    ? system.features.getList(`net_interface.${index}.ip`)[0]
    : undefined;
}

/** Host name and full name of an interface (spec: radl.md 15). */
export function hostNames(system: System, index: number, defaultDomain: string): string[] {
  const { features } = system;
  const name =
    features.getText(`net_interface.${index}.dns.0.name`) ??
    features.getText(`net_interface.${index}.dns_name`);
  if (name === undefined || name === '') {
    return index === 0 ? [] : hostNames(system, 0, defaultDomain);
  }
  const [host = name, ...domain] = name.replace('@', '.').split('.');
  return [host, domain.length === 0 ? `${host}.${defaultDomain}` : `${host}.${domain.join('.')}`];
}
