import type { Operation } from '@im/domain';

/** What is going on in one lane of a subject. */
export interface LaneState {
  running: boolean;
  /** Something woke the subject since the last look of this lane. */
  woken: boolean;
  operationId: string | null;
  /** The step under way was told that its operation is to stop. */
  interrupted: boolean;
  controller: AbortController;
}

export function newLaneState(): LaneState {
  return {
    running: false,
    woken: false,
    operationId: null,
    interrupted: false,
    controller: new AbortController(),
  };
}

/** Tells the step under way that its operation is to stop, once. */
export function interruptIfCancelled(state: LaneState, active: readonly Operation[]): void {
  const current = active.find((operation) => operation.id === state.operationId);
  if (current?.state === 'cancelling' && !state.interrupted) {
    state.interrupted = true;
    state.controller.abort(new Error('The operation is to stop.'));
  }
}
