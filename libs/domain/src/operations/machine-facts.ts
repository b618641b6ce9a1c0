import type { Vm } from '../model/vm.js';
import type { MachineFacts } from '../ports/connector.js';

/** Writes what a provider told into the row of the VM. */
export function applyFacts(vm: Vm, facts: MachineFacts, now: number): void {
  vm.providerId = facts.providerId;
  vm.providerState = facts.state;
  vm.lastSuccess = now;
  vm.failingSince = null;
  if (facts.info !== undefined) {
    vm.info = facts.info;
  }
  if (facts.connectorData !== undefined) {
    vm.connectorData = facts.connectorData;
  }
  vm.errorMessage = facts.state === 'failed' ? (facts.reason ?? vm.errorMessage) : null;
}
