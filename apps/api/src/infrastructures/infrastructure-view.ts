import type { Infrastructure, Operation, StateContext, Vm, VmState } from '@im/domain';
import { infrastructureState, isActive, isVisible, vmState } from '@im/domain';
import type { Radl } from '@im/radl';

/** A consistent picture of one infrastructure at one version. */
export interface InfrastructureView {
  /** What `infrastructureVersion` said when it was loaded. */
  version: number;
  infrastructure: Infrastructure;
  /** Visible VMs in order of their number. */
  vms: Vm[];
  /** All of them, destroyed ones included. */
  allVms: Vm[];
  activity: Pick<StateContext, 'deleting' | 'adding' | 'contextualizing'>;
  /** Oldest time at which the provider of a live VM answered, 0 for one that never did; null without live VMs. */
  oldestNews: number | null;
  /** The answer to a question for the state, as far as it is known to stay the same at this version. */
  stateText: string | null;
}

/** State of an infrastructure in the form of the API. */
export interface StateAnswer {
  state: VmState;
  vm_states: Record<string, VmState>;
}

export function activityOf(operations: readonly Operation[]): InfrastructureView['activity'] {
  const kinds = new Set(operations.filter(isActive).map((operation) => operation.kind));
  return {
    deleting: kinds.has('destroy'),
    adding: kinds.has('create') || kinds.has('add'),
    contextualizing: kinds.has('contextualize'),
  };
}

export function viewOf(
  version: number,
  infrastructure: Infrastructure,
  allVms: Vm[],
  operations: readonly Operation[],
): InfrastructureView {
  const vms = allVms.filter(isVisible);
  const news = vms.filter((vm) => vm.status === 'live').map((vm) => vm.lastSuccess ?? 0);
  return {
    version,
    infrastructure,
    allVms,
    vms,
    activity: activityOf(operations),
    oldestNews: news.length === 0 ? null : news.reduce((oldest, time) => Math.min(oldest, time)),
    stateText: null,
  };
}

/** JSON text with the states, written once as long as it cannot change: time counts only for VMs that cannot be asked. */
export function stateText(view: InfrastructureView, now: number, gracePeriodMs: number): string {
  if (view.stateText !== null) {
    return view.stateText;
  }
  const text = JSON.stringify({ state: stateOf(view, now, gracePeriodMs) });
  if (view.vms.every((vm) => vm.failingSince === null)) {
    view.stateText = text;
  }
  return text;
}

/** States of all visible VMs and of the whole (spec: lifecycle.md 15.5). */
function stateOf(view: InfrastructureView, now: number, gracePeriodMs: number): StateAnswer {
  const context: StateContext = { now, gracePeriodMs, ...view.activity };
  const states = view.vms.map((vm) => vmState(vm, view.infrastructure, context));
  return {
    state: infrastructureState(view.infrastructure, states, context),
    vm_states: Object.fromEntries(view.vms.map((vm, index) => [String(vm.imId), states[index] ?? 'unknown'])),
  };
}

/** Networks and system of a VM with its state among the features (spec: rest-api.md 9.11). */
export function vmInformation(view: InfrastructureView, vm: Vm, now: number, gracePeriodMs: number): Radl {
  const [system] = vm.info.systems;
  const systems = system === undefined ? [] : [{ ...system, features: system.features.clone() }];
  const context: StateContext = { now, gracePeriodMs, ...view.activity };
  systems[0]?.features.set('state', vmState(vm, view.infrastructure, context));
  return { ansibleHosts: [], networks: vm.info.networks, systems, configures: [], deploys: [] };
}
