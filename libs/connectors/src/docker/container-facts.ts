import type { MachineFacts, ProviderVmState } from '@im/domain';
import type { Radl } from '@im/radl';
import { cloneRadl } from '@im/radl';
import type { z } from 'zod';
import { machineSystem } from '../machine-radl.js';
import { containerInterfaces } from './container-networks.js';
import type { containerAnswer, containerListAnswer } from './engine-answers.js';
import { outportsWithSsh, sshPort } from './published-ports.js';
import { setupFailedStatus } from './setup-script.js';

/** A container as inspected or listed. */
export interface ContainerView {
  id: string;
  name: string;
  token: string | undefined;
  state: ProviderVmState;
  reason?: string;
  networks: Record<string, { IPAddress: string; GlobalIPv6Address: string }>;
  /** Port of the host that leads to SSH, while the container runs. */
  sshHostPort: number | undefined;
}

/** States of Docker as ours (spec: connectors/docker.md 4). */
function stateOf(status: string): ProviderVmState {
  switch (status) {
    case 'running':
    case 'paused':
      return 'running';
    case 'restarting':
      return 'pending';
    case 'created':
    case 'exited':
      return 'stopped';
    case 'removing':
      return 'off';
    case 'dead':
      return 'failed';
    default:
      return 'unknown';
  }
}

export function inspectedContainer(answer: z.infer<typeof containerAnswer>): ContainerView {
  const { State: state, NetworkSettings: settings } = answer;
  const bindings = settings.Ports?.[sshPort] ?? [];
  const view: ContainerView = {
    id: answer.Id,
    name: answer.Name.replace(/^\//u, ''),
    token: answer.Config.Labels?.['im.token'],
    state: stateOf(state.Status),
    networks: settings.Networks ?? {},
    sshHostPort: hostPort(bindings.map(({ HostIp, HostPort }) => ({ ip: HostIp, port: Number(HostPort) }))),
  };
  const reason = failureReason(state);
  return reason === undefined ? view : { ...view, state: 'failed', reason };
}

function failureReason(state: z.infer<typeof containerAnswer>['State']): string | undefined {
  if (state.Status === 'dead') {
    return `The container is dead: ${state.Error}`;
  }
  if (state.Status !== 'exited') {
    return undefined;
  }
  if (state.ExitCode === setupFailedStatus) {
    return 'No SSH server could be installed in the container: use an image with sshd and python3, or one that can install packages.';
  }
  return state.OOMKilled
    ? 'The container was killed because it used more memory than memory.size.'
    : undefined;
}

/** An engine may choose another port for IPv6 than for IPv4; the public address is of IPv4. */
function hostPort(bindings: readonly { ip: string; port: number }[]): number | undefined {
  const published = bindings.filter(({ port }) => port > 0);
  return (published.find(({ ip }) => !ip.includes(':')) ?? published[0])?.port;
}

export function listedContainer(answer: z.infer<typeof containerListAnswer>[number]): ContainerView {
  return {
    id: answer.Id,
    name: (answer.Names?.[0] ?? '').replace(/^\//u, ''),
    token: answer.Labels?.['im.token'],
    state: stateOf(answer.State),
    networks: answer.NetworkSettings?.Networks ?? {},
    sshHostPort: hostPort(
      (answer.Ports ?? [])
        .filter((port) => port.PrivatePort === 22 && port.Type === 'tcp')
        .map(({ IP, PublicPort }) => ({ ip: IP, port: PublicPort ?? 0 })),
    ),
  };
}

/** The container was made already; its names are not looked at. */
const noLimits = { allowHostAccess: true, defaultDomain: '' };

/**
 * The document of a VM with what its container tells: addresses on the interfaces of their networks, and the published port of SSH in
 * the outports of the public network (spec: connectors/docker.md 3.3, 4). What a stopped container no longer tells stays.
 * @param known document before; it is not changed
 * @param publicAddress where published ports are reached
 */
export function containerRadl(
  infrastructureId: string,
  known: Radl,
  container: ContainerView,
  publicAddress: string,
): Radl {
  const radl = cloneRadl(known);
  const system = machineSystem(radl);
  const { features } = system;
  features.set('instance_id', container.id);
  features.set('instance_name', container.name);
  for (const one of containerInterfaces(infrastructureId, radl, system, noLimits)) {
    const endpoint = container.networks[one.dockerNetwork ?? 'bridge'];
    const address = one.public ? publicAddress : endpoint?.IPAddress;
    if (address !== undefined && address !== '') {
      features.set(`net_interface.${one.index}.ip`, address);
    }
    if (!one.public && endpoint !== undefined && endpoint.GlobalIPv6Address !== '') {
      features.set(`net_interface.${one.index}.ipv6`, endpoint.GlobalIPv6Address);
    }
    if (one.public && container.sshHostPort !== undefined) {
      one.network.features.set('outports', outportsWithSsh(one.network, container.sshHostPort));
    }
  }
  return radl;
}

export function factsOf(container: ContainerView, info: Radl): MachineFacts {
  return {
    providerId: container.id,
    state: container.state,
    info,
    ...(container.reason === undefined ? {} : { reason: container.reason }),
  };
}
