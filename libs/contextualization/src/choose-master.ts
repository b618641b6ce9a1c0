import type { Vm } from '@im/domain';
import { systemNetworks } from '@im/radl';
import { isLinux, proxyOf, systemOf, wantsPublicAddress } from './vm-access.js';

/**
 * The VM that runs Ansible for the others: a Linux VM in a public network, or behind a proxy, that is connected with most VMs; the first one on a tie, and
 * the present one as long as it can serve (spec: contextualization.md 5.3). undefined when there is none.
 */
export function chooseMaster(vms: readonly Vm[], current: number | null): Vm | undefined {
  const candidates = vms.filter((vm) => isLinux(vm) && (wantsPublicAddress(vm) || proxyOf(vm) !== undefined));
  const present = candidates.find((vm) => vm.imId === current);
  if (present !== undefined) {
    return present;
  }
  let best: { vm: Vm; connected: number } | undefined;
  for (const vm of candidates) {
    const connected = vms.filter((other) => areConnected(vm, other)).length;
    if (best === undefined || connected > best.connected) {
      best = { vm, connected };
    }
  }
  return best?.vm;
}

function areConnected(a: Vm, b: Vm): boolean {
  if (wantsPublicAddress(a) && wantsPublicAddress(b)) {
    return true;
  }
  const networks = new Set(systemNetworks(systemOf(a)));
  return systemNetworks(systemOf(b)).some((id) => networks.has(id));
}
