import type { Requester, Vm } from '@im/domain';
import { emptyRadl } from '@im/radl';
import type { CloudAccess, RunningInfrastructure, RunningVm } from '@im/tosca';
import type { InfrastructureView } from '../infrastructures/infrastructure-view.js';

/**
 * What the outputs of a document are evaluated against (spec: tosca.md 7.3).
 * @param logs of contextualization, by number of VM; empty when no output asks for them
 * @param requester whose credentials the outputs of functions show
 */
export function runningInfrastructure(
  view: InfrastructureView,
  containerId: string,
  logs: ReadonlyMap<number, string>,
  requester: Requester,
): RunningInfrastructure {
  return {
    containerId,
    vms: view.vms.map((vm) => runningVm(vm, logs.get(vm.imId) ?? '', requester)),
  };
}

function runningVm(vm: Vm, log: string, requester: Requester): RunningVm {
  const cloud = cloudOf(vm, requester);
  return {
    number: vm.imId,
    cloudId: vm.providerId,
    system: vm.system,
    radl: { ...emptyRadl(), networks: vm.info.networks, systems: vm.info.systems },
    log,
    ...(cloud === undefined ? {} : { cloud }),
  };
}

function cloudOf(vm: Vm, requester: Requester): CloudAccess | undefined {
  const access = requester.clouds.find(({ cloud }) => cloud.id === vm.cloud.id);
  if (access === undefined) {
    return undefined;
  }
  const { cloud, credentials } = access;
  const { username, password, token } = credentials;
  const port = cloud.port > 0 ? `:${cloud.port}` : '';
  return {
    url: `${cloud.protocol === '' ? 'https' : cloud.protocol}://${cloud.server}${port}`,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
}
