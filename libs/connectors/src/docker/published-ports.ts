import { CloudError } from '@im/domain';
import type { Network, Outport } from '@im/radl';
import { parseOutports, printOutports } from '@im/radl';

export const sshPort = '22/tcp';
/** Ports that a container may publish. */
const mostPorts = 256;

/**
 * Ports to publish for public networks: that of SSH under a number that the engine chooses, the others under the numbers asked for
 * (spec: connectors/docker.md 3.3, 3.4).
 * @returns port of the container -> ports of the host, empty text: the engine chooses
 */
export function publishedPorts(networks: readonly Network[]): Record<string, { HostPort: string }[]> {
  const ports: Record<string, { HostPort: string }[]> = {};
  if (networks.length === 0) {
    return ports;
  }
  ports[sshPort] = [{ HostPort: '' }];
  for (const { remote, local, protocol } of networks.flatMap(outportsOf).flatMap(singlePorts)) {
    const name = `${local}/${protocol}`;
    if (name !== sshPort && protocol !== 'icmp') {
      (ports[name] ??= []).push({ HostPort: remote === 0 ? '' : String(remote) });
    }
  }
  return ports;
}

/** A range as single ports, each under its own number. */
function singlePorts(port: Outport): Outport[] {
  const count = port.range ? port.local - port.remote + 1 : 1;
  if (count > mostPorts) {
    throw new CloudError(
      'InvalidInput',
      `The outports ${printOutports([port])} are too many for a container: at most ${mostPorts}.`,
    );
  }
  return port.range
    ? Array.from({ length: count }, (_unused, n) => ({
        ...port,
        remote: port.remote + n,
        local: port.remote + n,
      }))
    : [port];
}

/** `outports` of a network with the port of the host that leads to SSH; the other entries stay. */
export function outportsWithSsh(network: Network, hostPort: number): string {
  const others = outportsOf(network).filter(
    (port) => port.range || port.protocol !== 'tcp' || port.local !== 22,
  );
  const ssh: Outport = {
    protocol: 'tcp',
    remote: hostPort,
    local: 22,
    range: false,
    remoteCidr: '0.0.0.0/0',
  };
  return printOutports([ssh, ...others]);
}

function outportsOf(network: Network): Outport[] {
  return parseOutports(network.features.getText('outports') ?? '');
}
