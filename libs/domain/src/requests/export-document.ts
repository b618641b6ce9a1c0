import { printRadl } from '@im/radl';
import type { ImIdentity } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { KeptTosca } from '../model/kept-tosca.js';
import { keptOfDocument } from '../model/kept-tosca.js';
import type { Vm } from '../model/vm.js';
import { infrastructureLog } from '../ports/store.js';
import { keptToscaKey } from './import-schema.js';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/**
 * The infrastructure as a JSON text that this service and compatible ones import (spec: persistence-and-ha.md 4.1, 4.2, 4.5). Holds
 * owners and keys in clear.
 */
export function exportDocument(
  infrastructure: Infrastructure,
  vms: readonly Vm[],
  logs: ReadonlyMap<number, string>,
): string {
  return JSON.stringify({
    ...infrastructure.extra,
    id: infrastructure.id,
    vm_list: vms.map((vm) => exportedVm(vm, logs.get(vm.imId) ?? '')),
    auth: infrastructure.owners.map(exportedOwner),
    radl: printRadl(infrastructure.radl),
    private_networks: infrastructure.privateNetworks,
    system_counter: 0,
    deleted: infrastructure.deletedAt !== null,
    vm_master: infrastructure.masterVmId,
    vm_id: 0,
    cont_out: logs.get(infrastructureLog) ?? '',
    ansible_configured: infrastructure.ansibleConfigured,
    configured: infrastructure.configured,
    extra_info: infrastructure.tosca === null ? {} : exportedTosca(infrastructure.id, infrastructure.tosca),
    snapshots: infrastructure.snapshots.map(({ url }) => url),
    creation_date: seconds(infrastructure.createdAt),
  });
}

/** Other implementations know `TOSCA` only; the second key is left out when an import finds the same without it. */
function exportedTosca(infrastructureId: string, kept: KeptTosca): Record<string, unknown> {
  const { document, containerId, generatedInputs } = kept;
  const derived = keptOfDocument(infrastructureId, document);
  return containerId === derived.containerId && Object.keys(generatedInputs).length === 0
    ? { TOSCA: document }
    : { TOSCA: document, [keptToscaKey]: { containerId, generatedInputs } };
}

function exportedOwner(owner: ImIdentity): Record<string, unknown> {
  return {
    type: 'InfrastructureManager',
    username: owner.username,
    ...(owner.password === undefined ? {} : { password: owner.password }),
    ...(owner.token === undefined ? {} : { token: owner.token }),
    admin: owner.admin,
  };
}

function exportedVm(vm: Vm, log: string): Record<string, unknown> {
  return {
    ...vm.connectorData,
    last_update: seconds(vm.lastSuccess ?? vm.createdAt),
    destroy: vm.status === 'destroyed',
    state: vm.status === 'failed' ? 'failed' : vm.providerState,
    id: vm.providerId,
    im_id: vm.imId,
    creation_im_id: vm.imId,
    cloud: vm.cloud,
    info: printRadl(vm.info),
    requested_radl: printRadl(vm.requested),
    cont_out: log,
    configured: vm.configured,
    ctxt_pid: null,
    ssh_connect_errors: 0,
    creating: vm.status === 'planned' || vm.status === 'launching',
    error_msg: vm.errorMessage,
    deleting: vm.status === 'finalizing',
    creation_date: seconds(vm.createdAt),
  };
}
