import { CloudError } from '@im/domain';
import type { Radl, System } from '@im/radl';
import type Docker from 'dockerode';
import type { ContainerInterface, ContainerOptions } from './container-networks.js';
import { containerInterfaces, hostNames } from './container-networks.js';
import type { ContainerMount } from './container-volumes.js';
import { containerMounts } from './container-volumes.js';
import type { ImageReference } from './image-reference.js';
import { imageReference } from './image-reference.js';
import { publishedPorts } from './published-ports.js';
import { setupScript } from './setup-script.js';

/** Everything about a container that follows from the documents; made before any call, so that what is wrong fails first. */
export interface ContainerPlan {
  /** Makes the launch idempotent: an engine has one container of a name. */
  name: string;
  token: string;
  image: ImageReference;
  system: System;
  /** Short and full host name; none when no name was asked for. */
  hostNames: string[];
  interfaces: ContainerInterface[];
  mounts: ContainerMount[];
  labels: Record<string, string>;
  privileged: boolean;
}

/** Name of the container of a launch token (spec: connectors/docker.md 3.4 "Better"). */
export function containerName(token: string): string {
  return `im-${token.replaceAll(/[^\w.-]/gu, '-')}`;
}

/** @throws CloudError when the system cannot be a container, or asks for what is not allowed */
export function containerPlan(
  owner: { infrastructureId: string; token: string; labels: Record<string, string> },
  radl: Radl,
  system: System,
  options: ContainerOptions,
): ContainerPlan {
  const url = system.features.getList('disk.0.image.url')[0] ?? '';
  const image = imageReference(url);
  if (image === null) {
    throw new CloudError(
      'InvalidInput',
      `The image ${url} is no Docker image: write docker://[registry/]name[:tag].`,
    );
  }
  const privileged = system.features.getText('docker.privileged')?.toLowerCase() === 'yes';
  if (privileged && !options.allowHostAccess) {
    throw new CloudError(
      'PermissionDenied',
      'Privileged containers are not allowed (docker.privileged). An operator can allow them with the option ALLOW_HOST_ACCESS.',
    );
  }
  return {
    name: containerName(owner.token),
    token: owner.token,
    image,
    system,
    hostNames: hostNames(system, 0, options.defaultDomain),
    interfaces: containerInterfaces(owner.infrastructureId, radl, system, options),
    mounts: containerMounts(system, owner.token, options.allowHostAccess),
    labels: owner.labels,
    privileged,
  };
}

/** Networks to connect, the first of them at the creation; without any the default bridge. */
export function dockerNetworks(plan: ContainerPlan): ContainerInterface[] {
  const seen = new Set<string>();
  return plan.interfaces.filter(({ dockerNetwork }) => {
    if (dockerNetwork === null || seen.has(dockerNetwork)) {
      return false;
    }
    seen.add(dockerNetwork);
    return true;
  });
}

/** How a container joins a network. */
export function endpointSettings(one: ContainerInterface): Docker.EndpointSettings {
  return {
    // Containers on the default bridge may not have aliases.
    ...(one.aliases.length === 0 || one.dockerNetwork === 'bridge' ? {} : { Aliases: one.aliases }),
    ...(one.address === undefined ? {} : { IPAMConfig: { IPv4Address: one.address } }),
  };
}

/** Limits of a system: CPUs in billionths, memory in bytes without swap. */
export function limits(system: System): { NanoCpus?: number; Memory?: number; MemorySwap?: number } {
  const cpus = system.features.getNumber('cpu.count');
  const memory = system.features.getNumber('memory.size');
  return {
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    ...(memory === undefined ? {} : { Memory: Math.round(memory), MemorySwap: Math.round(memory) }),
  };
}

/** Body of `POST /containers/create`; https://docs.docker.com/reference/api/engine/ */
export function containerOptions(plan: ContainerPlan): Docker.ContainerCreateOptions {
  const [host, fullName] = plan.hostNames;
  const first = dockerNetworks(plan)[0];
  const publicNetworks = plan.interfaces.filter((one) => one.public).map((one) => one.network);
  const ports = publishedPorts(publicNetworks);
  const network = first?.dockerNetwork;
  const passwordLogin = plan.system.features.getText('disk.0.os.credentials.password') !== undefined;
  return {
    Image: plan.image.name,
    ...(host === undefined ? {} : { Hostname: host, Domainname: fullName?.slice(host.length + 1) ?? '' }),
    User: 'root',
    WorkingDir: '/',
    Entrypoint: ['/bin/sh', '-c', setupScript(passwordLogin)],
    Cmd: [],
    Labels: plan.labels,
    StopSignal: 'SIGTERM',
    ExposedPorts: Object.fromEntries(Object.keys(ports).map((port) => [port, {}])),
    ...(first === undefined || network === undefined || network === null
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [network]: endpointSettings(first) } } }),
    HostConfig: {
      Init: true,
      NetworkMode: network ?? 'bridge',
      PortBindings: ports,
      Privileged: plan.privileged,
      Mounts: plan.mounts.map(({ type, source, target }) => ({ Type: type, Source: source, Target: target })),
      ...limits(plan.system),
    },
  };
}
