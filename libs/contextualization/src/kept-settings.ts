import type { ConnectorCapabilities, StepContext, Vm } from '@im/domain';
import { connectorFor, messageOf } from '@im/domain';
import { requestsName } from './node-names.js';

/** What the preparation leaves as it is, by number of the VM. */
export interface KeptSettings {
  /** They keep their host name: static hosts whose document asks for none (spec: connectors/static-hosts.md 1.3). */
  hostName: ReadonlySet<number>;
  /** Their data disks are volumes that the connector has mounted; a device in them would be one of the host. */
  disks: ReadonlySet<number>;
}

type AskedContext = Pick<StepContext, 'clouds' | 'connectors' | 'logger'>;

/** Asks the connectors. A VM whose cloud cannot be opened was prepared by an earlier run, and keeps everything. */
export function keptSettings(context: AskedContext, vms: readonly Vm[]): KeptSettings {
  const hostName = vms.filter(
    (vm) => (capabilitiesOf(context, vm)?.existingMachines ?? true) && !requestsName(vm, 0),
  );
  const disks = vms.filter((vm) => capabilitiesOf(context, vm)?.mountsDisks ?? true);
  return { hostName: numbersOf(hostName), disks: numbersOf(disks) };
}

function capabilitiesOf(context: AskedContext, vm: Vm): ConnectorCapabilities | undefined {
  try {
    return connectorFor(context, vm.cloud).capabilities;
  } catch (error) {
    context.logger.warn('the cloud of a machine cannot be opened', { vm: vm.imId, reason: messageOf(error) });
    return undefined;
  }
}

function numbersOf(vms: readonly Vm[]): ReadonlySet<number> {
  return new Set(vms.map((vm) => vm.imId));
}
