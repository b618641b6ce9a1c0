import type { Infrastructure, StepContext, Vm } from '@im/domain';
import type { ControlNode } from './control-node.js';
import { externalNode, masterNode } from './control-node.js';
import { liveVms } from './failed-writes.js';
import { planContextualization } from './plan.js';
import type { Progress } from './progress.js';
import { addressOf, publicAddress, wantsPublicAddress } from './vm-access.js';

/** VMs that take part: live ones whose system does not opt out. */
export function participants(infrastructure: Infrastructure, vms: readonly Vm[]): Vm[] {
  const live = liveVms(vms);
  const { optedOut } = planContextualization(infrastructure.radl, live);
  return live.filter((vm) => !optedOut.has(vm.imId));
}

/** VMs that take part and were not left out. */
export async function includedVms(
  context: StepContext,
  infrastructure: Infrastructure,
  progress: Progress,
): Promise<Vm[]> {
  const vms = participants(infrastructure, await context.store.vms(infrastructure.id));
  return vms.filter((vm) => progress.excluded[vm.imId] === undefined && addressOf(vm) !== undefined);
}

/** The control node as it is now; undefined when the master is gone. */
export async function controlNode(
  context: StepContext,
  infrastructure: Infrastructure,
  progress: Progress,
  defaultDomain: string,
): Promise<ControlNode | undefined> {
  if (progress.masterId === null) {
    return externalNode(infrastructure.radl, await context.store.vms(infrastructure.id));
  }
  const vm = await context.store.vm(infrastructure.id, progress.masterId);
  return vm?.status === 'live' ? masterNode(vm, defaultDomain) : undefined;
}

export function isDown(vm: Vm): boolean {
  return vm.providerState === 'off' || vm.providerState === 'failed' || vm.providerState === 'stopped';
}

export function isUp(vm: Vm): boolean {
  return vm.providerState === 'running' && addressOf(vm) !== undefined;
}

/** It runs and has the addresses that it asked for. */
export function isComplete(vm: Vm): boolean {
  return isUp(vm) && (!wantsPublicAddress(vm) || publicAddress(vm) !== undefined);
}
