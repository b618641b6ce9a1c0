import type { Infrastructure } from '../model/infrastructure.js';
import type { VmState, VmSummary } from '../model/vm.js';

/** What the state of a VM depends on besides its row. */
export interface StateContext {
  /** Now, by the store's clock. */
  now: number;
  /** VM_INFO_UPDATE_ERROR_GRACE_PERIOD in milliseconds. */
  gracePeriodMs: number;
  /** A destroy of the infrastructure is pending or running. */
  deleting: boolean;
  /** A create or add of the infrastructure is pending or running. */
  adding: boolean;
  /** A contextualization is pending or running. */
  contextualizing: boolean;
}

/** State of one VM of the infrastructure as clients see it (spec: lifecycle.md 15.3). */
export function vmState(
  vm: VmSummary,
  infrastructure: Pick<Infrastructure, 'configured'>,
  context: StateContext,
): VmState {
  switch (vm.status) {
    case 'planned':
    case 'launching':
      return 'pending';
    case 'failed':
      return 'failed';
    case 'finalizing':
      return 'deleting';
    case 'destroyed':
      return 'off';
    case 'live':
      return liveVmState(vm, infrastructure, context);
  }
}

function liveVmState(
  vm: VmSummary,
  infrastructure: Pick<Infrastructure, 'configured'>,
  context: StateContext,
): VmState {
  const unreachableFor = vm.failingSince === null ? 0 : context.now - vm.failingSince;
  if (unreachableFor > context.gracePeriodMs) {
    return 'unknown';
  }
  if (vm.providerState !== 'running') {
    return vm.providerState;
  }
  if (vm.configured === null) {
    const mayFollow = infrastructure.configured !== false || context.adding || context.contextualizing;
    return mayFollow ? 'running' : 'unconfigured';
  }
  return vm.configured ? 'configured' : 'unconfigured';
}

/** VMs that reads show. */
export function isVisible(vm: Pick<VmSummary, 'status'>): boolean {
  return vm.status !== 'destroyed';
}

/**
 * State of the infrastructure from those of its visible VMs in order of their number; the rule is order-dependent on purpose
 * (spec: lifecycle.md 15.5).
 */
export function infrastructureState(
  infrastructure: Pick<Infrastructure, 'configured'>,
  states: readonly VmState[],
  context: StateContext,
): VmState {
  if (context.deleting) {
    return 'deleting';
  }
  let result: VmState | null = null;
  for (const state of states) {
    if (state === 'failed' || state === 'unknown') {
      return state;
    }
    result = accumulate(result, state);
  }
  return result ?? stateWithoutVms(infrastructure, states.length, context);
}

function accumulate(result: VmState | null, state: VmState): VmState | null {
  switch (state) {
    case 'pending':
      return 'pending';
    case 'running':
      return result === 'pending' ? result : 'running';
    case 'unconfigured':
      return result === null || result === 'configured' ? 'unconfigured' : result;
    case 'stopped':
    case 'off':
    case 'configured':
      return result ?? state;
    default:
      return result;
  }
}

function stateWithoutVms(
  infrastructure: Pick<Infrastructure, 'configured'>,
  vmCount: number,
  context: StateContext,
): VmState {
  if (infrastructure.configured === false) {
    return 'failed';
  }
  // While an addition is under way, VMs that are only being deleted are those that could not be launched.
  if (context.adding || (vmCount === 0 && infrastructure.configured === null)) {
    return 'pending';
  }
  return 'unknown';
}
