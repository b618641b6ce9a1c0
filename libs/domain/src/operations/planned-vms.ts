import type { Radl, System } from '@im/radl';
import { expandHostName, interfaceCount } from '@im/radl';
import type { CloudResource } from '../model/ledger.js';
import type { Vm } from '../model/vm.js';
import type { PlannedDeploy } from '../planning/plan-deployment.js';
import type { DomainOptions } from '../ports/environment.js';

/** Mark of the machine of a VM at its provider: the same for every attempt to launch it. */
export function launchToken(infrastructureId: string, imId: number): string {
  return `${infrastructureId}-${imId}`;
}

/** Start of the text of every VM that could not be launched (spec: lifecycle.md 6.6). */
export function launchFailureText(vm: Pick<Vm, 'system' | 'cloud'>, cause: string): string {
  return `Error launching the VMs of type ${vm.system} to cloud ID ${vm.cloud.id} of type ${vm.cloud.type}. ${cause}`;
}

/** Rows of the VMs of a plan, numbered from `firstId` in the order of the document. */
export function plannedVms(
  plan: {
    infrastructureId: string;
    operationId: string;
    firstId: number;
    now: number;
    options: DomainOptions;
  },
  request: Radl,
  deploys: readonly PlannedDeploy[],
): Vm[] {
  const vms: Vm[] = [];
  for (const planned of deploys) {
    for (let n = 0; n < planned.deploy.vmNumber; n++) {
      vms.push(plannedVm(plan, plan.firstId + vms.length, request, planned));
    }
  }
  return vms;
}

function plannedVm(
  plan: { infrastructureId: string; operationId: string; now: number; options: DomainOptions },
  imId: number,
  request: Radl,
  planned: PlannedDeploy,
): Vm {
  const concrete = planned.concrete ?? planned.requested;
  const launchable = planned.failure === null;
  const vm: Vm = {
    infrastructureId: plan.infrastructureId,
    imId,
    version: 1,
    system: planned.requested.id,
    cloud: planned.cloud,
    providerId: null,
    launchToken: launchToken(plan.infrastructureId, imId),
    status: launchable ? 'planned' : 'failed',
    providerState: launchable ? 'pending' : 'failed',
    info: vmRadl(request, withHostNames(concrete, imId, plan.options)),
    requested: vmRadl(request, planned.requested),
    configured: null,
    errorMessage: null,
    launchAttempts: 0,
    launchErrors: [],
    launchNotBefore: null,
    addedBy: plan.operationId,
    lastSuccess: null,
    failingSince: null,
    connectorData: {},
    sshHostKey: null,
    createdAt: plan.now,
  };
  if (planned.failure !== null) {
    vm.errorMessage = launchFailureText(vm, planned.failure);
  }
  return vm;
}

/** What a VM keeps of the document: everything but the recipes and deploys, with its own system only. */
function vmRadl(request: Radl, system: System): Radl {
  return { ...request, systems: [system], configures: [], deploys: [] };
}

/** The system with its host names: `#N#` filled in, and the default name for interface 0 (spec: lifecycle.md 15.3, radl.md 15). */
function withHostNames(system: System, imId: number, options: DomainOptions): System {
  const named: System = { ...system, features: system.features.clone() };
  for (let n = 0; n < interfaceCount(system); n++) {
    const asked =
      system.features.getText(`net_interface.${n}.dns.0.name`) ??
      system.features.getText(`net_interface.${n}.dns_name`);
    const name = asked ?? (n === 0 ? options.defaultVmName : undefined);
    if (name !== undefined) {
      const full = expandHostName(name, imId);
      named.features.set(`net_interface.${n}.dns_name`, full);
      named.features.set(`net_interface.${n}.dns.0.name`, full);
    }
    setFurtherNames(named, n, imId);
  }
  return named;
}

/** The other names of an interface, with the elements of the older `additional_dns_names` behind them (spec: radl.md 15, "Better"). */
function setFurtherNames({ features }: System, n: number, imId: number): void {
  const feature = (i: number): string => `net_interface.${n}.dns.${i}.name`;
  const names = new Set<string>();
  let i = 0;
  for (let name = features.getText(feature(i)); name !== undefined; name = features.getText(feature(++i))) {
    const full = expandHostName(name, imId);
    features.set(feature(i), full);
    names.add(full);
  }
  for (const name of features.getList(`net_interface.${n}.additional_dns_names`)) {
    const full = expandHostName(name, imId);
    if (!names.has(full)) {
      names.add(full);
      features.set(feature(i++), full);
    }
  }
}

/** Ledger row of the machine of a VM; it is known by the launch token, so no look-up is needed to write it. */
export function machineResource(vm: Vm, state: CloudResource['state'], now: number): CloudResource {
  return {
    id: vm.launchToken,
    infrastructureId: vm.infrastructureId,
    vmId: vm.imId,
    cloudId: vm.cloud.id,
    cloudType: vm.cloud.type,
    kind: 'machine',
    token: vm.launchToken,
    providerId: vm.providerId,
    state,
    lastError: state === 'unknown' ? vm.errorMessage : null,
    createdAt: vm.createdAt,
    updatedAt: now,
  };
}
