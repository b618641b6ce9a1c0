import type { Vm } from '@im/domain';
import { splitHostName } from '@im/radl';
import { systemOf } from './vm-access.js';

/** Host name and domain of a machine. */
export interface NodeName {
  hostname: string;
  domain: string;
}

/**
 * Requested host name and domain of an interface; undefined when it asked for none.
 * @param defaultDomain domain of a name that has none (option DEFAULT_DOMAIN; spec: radl.md 15)
 */
export function requestedName(vm: Vm, index: number, defaultDomain: string): NodeName | undefined {
  const template = nameTemplate(vm, index);
  if (template === undefined) {
    return undefined;
  }
  const { hostname, domain } = splitHostName(template, vm.imId);
  return { hostname, domain: domain ?? defaultDomain };
}

/** Whether the document asks for a name of an interface. */
export function requestsName(vm: Vm, index: number): boolean {
  return nameTemplate(vm, index) !== undefined;
}

function nameTemplate(vm: Vm, index: number): string | undefined {
  const features = vm.requested.systems[0]?.features ?? systemOf(vm).features;
  return (
    features.getText(`net_interface.${index}.dns.0.name`) ??
    features.getText(`net_interface.${index}.dns_name`)
  );
}

/** The requested name of interface 0, or the name that the VM was launched with, or the default one. */
export function nodeName(vm: Vm, defaultDomain: string): NodeName {
  const requested = requestedName(vm, 0, defaultDomain);
  if (requested !== undefined) {
    return requested;
  }
  const given = systemOf(vm).features.getText('net_interface.0.dns_name') ?? `vnode-${vm.imId}`;
  const { hostname, domain } = splitHostName(given, vm.imId);
  return { hostname, domain: domain ?? defaultDomain };
}
