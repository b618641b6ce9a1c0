import type { Vm } from '@im/domain';
import type { System } from '@im/radl';
import { isPublicNetwork, sshPortOf } from '@im/radl';
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

/** How this service logs in to a VM; undefined while it has no address. */
export function sshTarget(vm: Vm): SshTarget | undefined {
  const host = addressOf(vm);
  return host === undefined ? undefined : { host, port: sshPort(vm), ...credentialsOf(vm) };
}

/** Port outside of the VM's SSH port; 22 within private networks. */
export function sshPort(vm: Vm): number {
  return publicAddress(vm) === undefined ? 22 : sshPortOf(vm.info, systemOf(vm));
}
