import type { Network, Radl, System } from '../model/radl.js';
import { parseOutports } from './outports.js';

/** A network whose VMs get addresses reachable from outside; compared without case (spec: radl.md 10). */
export function isPublicNetwork(network: Network): boolean {
  return network.features.getText('outbound')?.toLowerCase() === 'yes';
}

/** Consecutive `net_interface.<i>.connection` from 0 (spec: radl.md 19). */
export function interfaceCount(system: System): number {
  let count = 0;
  while (system.features.has(`net_interface.${count}.connection`)) {
    count++;
  }
  return count;
}

/** Network ids of the interfaces, in their order. */
export function systemNetworks(system: System): string[] {
  return Array.from(
    { length: interfaceCount(system) },
    (_unused, index) => system.features.getText(`net_interface.${index}.connection`) ?? '',
  );
}

/** Index of the first interface in the network; undefined when there is none. */
export function interfaceInNetwork(system: System, networkId: string): number | undefined {
  const index = systemNetworks(system).indexOf(networkId);
  return index < 0 ? undefined : index;
}

/** Networks of a system, in the order of its interfaces; a reference to nowhere is left out. */
export function networksOf(radl: Pick<Radl, 'networks'>, system: System): Network[] {
  const byId = new Map(radl.networks.map((network) => [network.id, network]));
  return systemNetworks(system).flatMap((id) => byId.get(id) ?? []);
}

/** Port outside that leads to the SSH port of a VM: of its last public network, 22 by default (spec: radl.md 14). */
export function sshPortOf(radl: Pick<Radl, 'networks'>, system: System): number {
  return remotePortOf(radl, system, 22);
}

/** Port outside that leads to a TCP port of a VM; the port itself when nothing is said. */
export function remotePortOf(radl: Pick<Radl, 'networks'>, system: System, local: number): number {
  const network = networksOf(radl, system).findLast(isPublicNetwork);
  const ports = parseOutports(network?.features.getText('outports') ?? '');
  return (
    ports.find((port) => port.local === local && port.protocol === 'tcp' && !port.range)?.remote ?? local
  );
}
