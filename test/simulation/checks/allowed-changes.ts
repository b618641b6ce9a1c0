import type { OperationState, VmStatus } from '@im/domain';

/** The state machine of operations, written down a second time: the service's own table may be wrong. */
export const operationChanges: Readonly<Record<OperationState, readonly OperationState[]>> = {
  pending: ['running', 'cancelling', 'failed', 'cancelled'],
  running: ['cancelling', 'succeeded', 'failed', 'cancelled'],
  cancelling: ['succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** Where a VM may go between us and its cloud (see VmStatus). */
export const vmChanges: Readonly<Record<VmStatus, readonly VmStatus[]>> = {
  planned: ['launching', 'failed', 'destroyed'],
  launching: ['live', 'planned', 'failed'],
  live: ['finalizing'],
  failed: ['finalizing'],
  finalizing: ['destroyed', 'live', 'failed'],
  destroyed: [],
};

/** Steps of a deployment; it never goes back to a former one. */
export const deploySteps = ['start', 'prepare', 'launch', 'settle', 'release'] as const;
