import type { Vm } from '@im/domain';
import type { System } from '@im/radl';
import { isPublicNetwork, networksOf, remotePortOf } from '@im/radl';
import type { SshTarget } from '@im/ssh';

/** The system of a VM with its current facts. */
export function systemOf(vm: Vm): System {
  const [system] = vm.info.systems;
  if (system === undefined) {
    throw new Error(`The VM ${vm.imId} has no system.`);
  }
  return system;
}

/** Address of each interface, with whether its network is public. */
function addresses(vm: Vm): { ip: string; isPublic: boolean }[] {
  const system = systemOf(vm);
  const publicNetworks = new Set(vm.info.networks.filter(isPublicNetwork).map((network) => network.id));
  const found: { ip: string; isPublic: boolean }[] = [];
  for (let n = 0; system.features.has(`net_interface.${n}.connection`); n++) {
    const ip = system.features.getText(`net_interface.${n}.ip`);
    if (ip !== undefined && ip !== '') {
      const network = system.features.getText(`net_interface.${n}.connection`) ?? '';
      found.push({ ip, isPublic: publicNetworks.has(network) });
    }
  }
  return found;
}

export function publicAddress(vm: Vm): string | undefined {
  return addresses(vm).find((address) => address.isPublic)?.ip;
}

export function privateAddress(vm: Vm): string | undefined {
  return addresses(vm).find((address) => !address.isPublic)?.ip;
}

/** Where others reach it: the public address, else the private one. */
export function addressOf(vm: Vm): string | undefined {
  return publicAddress(vm) ?? privateAddress(vm);
}

/** Whether its document connects it with a public network. */
export function wantsPublicAddress(vm: Vm): boolean {
  const system = systemOf(vm);
  const publicNetworks = new Set(vm.info.networks.filter(isPublicNetwork).map((network) => network.id));
  for (let n = 0; system.features.has(`net_interface.${n}.connection`); n++) {
    if (publicNetworks.has(system.features.getText(`net_interface.${n}.connection`) ?? '')) {
      return true;
    }
  }
  return false;
}

/** A missing operating system counts as Linux (spec: contextualization.md 5.3). */
export function isLinux(vm: Vm): boolean {
  return (systemOf(vm).features.getText('disk.0.os.name') ?? 'linux').toLowerCase() === 'linux';
}

/** Log-in data of a VM. */
export interface VmCredentials {
  username: string;
  password?: string;
  privateKey?: string;
}

export function credentialsOf(vm: Vm): VmCredentials {
  const { features } = systemOf(vm);
  const password = features.getText('disk.0.os.credentials.password');
  const privateKey = features.getText('disk.0.os.credentials.private_key');
  return {
    username: features.getText('disk.0.os.credentials.username') ?? 'root',
    ...(password === undefined ? {} : { password }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}

/** Credentials that are to be set on the VM, when they differ from those it has (spec: contextualization.md 18). */
export function newCredentialsOf(
  vm: Vm,
): { password?: string; publicKey?: string; privateKey?: string } | null {
  const { features } = systemOf(vm);
  const changed = (name: string): string | undefined => {
    const value = features.getText(`disk.0.os.credentials.new.${name}`);
    return value === features.getText(`disk.0.os.credentials.${name}`) ? undefined : value;
  };
  const password = changed('password');
  const publicKey = changed('public_key');
  const privateKey = changed('private_key');
  if (password === undefined && publicKey === undefined && privateKey === undefined) {
    return null;
  }
  return {
    ...(password === undefined ? {} : { password }),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}

/**
 * The machine through which a VM without public address is reached: `proxy_host` (`user[:password]@host[:port]`) and `proxy_key` of one of
 * its networks (spec: contextualization.md 6, 19). undefined when there is none.
 */
export function proxyOf(vm: Vm): SshTarget | undefined {
  for (const network of networksOf(vm.info, systemOf(vm))) {
    const text = network.features.getText('proxy_host');
    const found = text === undefined ? null : /^(?:([^:@]+)(?::(.*))?@)?([^:@]+)(?::(\d+))?$/.exec(text);
    if (found !== null) {
      const [, username = 'root', password, host = '', port = '22'] = found;
      const privateKey = network.features.getText('proxy_key');
      return {
        host,
        port: Number(port),
        username,
        ...(password === undefined ? {} : { password }),
        ...(privateKey === undefined ? {} : { privateKey }),
      };
    }
  }
  return undefined;
}

/**
 * How this service logs in to a VM, the likeliest way first: with the credentials it has, then with those that are to be set, since a
 * change may have happened although nobody heard of it (spec: contextualization.md 18). Empty while it has no address.
 */
export function sshTargets(vm: Vm): SshTarget[] {
  const host = addressOf(vm);
  if (host === undefined) {
    return [];
  }
  const proxy = publicAddress(vm) === undefined ? proxyOf(vm) : undefined;
  const current: SshTarget = {
    host,
    port: sshPort(vm),
    ...credentialsOf(vm),
    ...(vm.sshHostKey === null ? {} : { hostKey: vm.sshHostKey }),
    ...(proxy === undefined ? {} : { jumps: [proxy] }),
  };
  const wanted = newCredentialsOf(vm);
  if (wanted?.password === undefined && wanted?.privateKey === undefined) {
    return [current];
  }
  const { password = current.password, privateKey = current.privateKey } = wanted;
  return [
    current,
    {
      ...current,
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
    },
  ];
}

/** Port outside of the VM's SSH port (WinRM for Windows); its own port within private networks. */
export function sshPort(vm: Vm): number {
  const local = isLinux(vm) ? 22 : winrmPort;
  return publicAddress(vm) === undefined ? local : remotePortOf(vm.info, systemOf(vm), local);
}

/** Windows machines are configured over WinRM with TLS (spec: contextualization.md 22). */
export const winrmPort = 5986;

/** Password of what the recipes of a system have encrypted (spec: radl.md, `vault.password`). */
export function vaultPassword(vm: Vm): string | undefined {
  return (vm.requested.systems[0] ?? systemOf(vm)).features.getText('vault.password');
}
