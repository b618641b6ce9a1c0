import type { System } from '@im/radl';
import { FeatureSet, interfaceCount, isPublicNetwork, networksOf, parseOutports } from '@im/radl';
import type { ToscaMap, ToscaValue } from '../yaml/values.js';
import type { RunningVm } from './running-infrastructure.js';

function systemOf(vm: RunningVm): System {
  const { systems } = vm.radl;
  return (
    systems.find((system) => system.id === vm.system) ??
    systems[0] ?? { id: vm.system, features: new FeatureSet(), reference: false }
  );
}

/** A text feature of the system of a VM; null when it has none, or an empty one. */
export function featureOf(vm: RunningVm, name: string): string | null {
  const text = systemOf(vm).features.getText(name);
  return text === undefined || text === '' ? null : text;
}

/** The first address in a public network (spec: radl.md 17). */
export function publicAddress(vm: RunningVm): string | null {
  return firstAddress(vm, true);
}

/** The first address in any other network (spec: radl.md 17). */
export function privateAddress(vm: RunningVm): string | null {
  return firstAddress(vm, false);
}

/** The address of one interface. */
export function interfaceAddress(vm: RunningVm, index: number): string | null {
  return featureOf(vm, `net_interface.${index}.ip`);
}

function firstAddress(vm: RunningVm, inPublic: boolean): string | null {
  const publicIds = new Set(vm.radl.networks.filter(isPublicNetwork).map((network) => network.id));
  const count = interfaceCount(systemOf(vm));
  for (let index = 0; index < count; index++) {
    const address = interfaceAddress(vm, index);
    const isPublic = publicIds.has(featureOf(vm, `net_interface.${index}.connection`) ?? '');
    if (address !== null && isPublic === inPublic) {
      return address;
    }
  }
  return null;
}

/** How to log in: `{user, token, token_type}`, by key when there is one (spec: tosca.md 7.3); null as long as it is not known. */
export function loginCredential(vm: RunningVm): ToscaMap | null {
  const part = (name: string): string | null => featureOf(vm, `disk.0.os.credentials.${name}`);
  const key = part('private_key');
  const token = key ?? part('password');
  if (token === null) {
    return null;
  }
  return new Map([
    ['user', part('username')],
    ['token', token],
    ['token_type', key === null ? 'password' : 'private_key'],
  ]);
}

/** Certificates of a VM by DNS name: `{cert, key}` (spec: radl.md 15); null as long as there are none. */
export function tlsCertificates(vm: RunningVm): ToscaMap | null {
  const certificates: ToscaMap = new Map();
  const count = interfaceCount(systemOf(vm));
  for (let index = 0; index < count; index++) {
    for (let number = 0; ; number++) {
      const dns = `net_interface.${index}.dns.${number}`;
      const name = featureOf(vm, `${dns}.name`);
      if (name === null) {
        break;
      }
      const certificate = featureOf(vm, `${dns}.tls.certificate`);
      if (certificate !== null) {
        const parts: [string, ToscaValue][] = [
          ['cert', certificate],
          ['key', featureOf(vm, `${dns}.tls.private_key`)],
        ];
        certificates.set(name, new Map(parts));
      }
    }
  }
  return certificates.size === 0 ? null : certificates;
}

/**
 * Where the ports of a container answer (spec: tosca.md 7.3): published ones at the name that was given for the first of them, then at the public
 * address and remote port; the others at the name of the system and the local port. Null stands for an address that is not known yet.
 */
export function containerEndpoints(vm: RunningVm): (string | null)[] {
  const name = featureOf(vm, 'net_interface.0.dns_name') ?? featureOf(vm, 'net_interface.0.dns.0.name');
  const address = publicAddress(vm);
  return networksOf(vm.radl, systemOf(vm)).flatMap((network) =>
    parseOutports(network.features.getText('outports') ?? '').map((port, index) => {
      if (!isPublicNetwork(network)) {
        return `${vm.system}:${port.local}`;
      }
      if (index === 0 && name !== null) {
        return name;
      }
      return address === null ? null : `${address}:${port.remote}`;
    }),
  );
}
