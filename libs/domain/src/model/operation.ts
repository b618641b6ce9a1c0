/** Everything that changes or asks a cloud is an operation row (design: architecture.md 2). */
export type OperationKind =
  | 'create'
  | 'add'
  | 'remove'
  | 'destroy'
  | 'alter'
  | 'start'
  | 'stop'
  | 'reboot'
  | 'reconfigure'
  | 'snapshot'
  | 'contextualize'
  | 'refresh'
  | 'estimate'
  | 'images'
  | 'quotas';

export type OperationState = 'pending' | 'running' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled';

/**
 * Operations of one lane of one infrastructure run one after another; lanes run beside each other.
 * mutation: changes asked by users; contextualization: the newest replaces the older; refresh: provider queries.
 */
export type OperationLane = 'mutation' | 'contextualization' | 'refresh';

/** Cause, evidence and hint of a failed operation, all safe to show. */
export interface OperationFailure {
  /** Code of the ImError or CloudError behind it. */
  code: string;
  message: string;
  hint?: string;
}

/** A durable unit of work. `request`, `data` and `result` are JSON values whose shape the handler of the kind knows. */
export interface Operation {
  /** Time-ordered UUID (version 7). */
  id: string;
  /** null for questions about a cloud that concern no infrastructure. */
  infrastructureId: string | null;
  kind: OperationKind;
  lane: OperationLane;
  state: OperationState;
  /** What was asked; sealed at rest, since documents may hold passwords. */
  request: unknown;
  /** Name of the step to do next. */
  step: string;
  /** Progress of the handler, saved with every step. */
  data: unknown;
  result: unknown;
  error: OperationFailure | null;
  /** Failed tries of the current step. */
  attempts: number;
  /** The next step is not due before this time (database clock). */
  notBefore: number | null;
  /** The operation fails when it is still active at this time (database clock). */
  deadline: number | null;
  /** User name of who asked. */
  requester: string;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
}

/** States in which an operation still has work to do. */
export const activeOperationStates: readonly OperationState[] = ['pending', 'running', 'cancelling'];

export function isActive(operation: Pick<Operation, 'state'>): boolean {
  return activeOperationStates.includes(operation.state);
}

const transitions: Readonly<Record<OperationState, readonly OperationState[]>> = {
  pending: ['running', 'cancelling', 'cancelled', 'failed'],
  running: ['running', 'cancelling', 'succeeded', 'failed', 'cancelled'],
  cancelling: ['cancelling', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** Whether the state machine of operations has the edge `from` -> `to`. */
export function mayBecome(from: OperationState, to: OperationState): boolean {
  return transitions[from].includes(to);
}
