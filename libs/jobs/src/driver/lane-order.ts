import type { Operation, OperationLane } from '@im/domain';

export const lanes: readonly OperationLane[] = ['mutation', 'contextualization', 'refresh'];

/**
 * The operation of a lane whose turn it is: the oldest active one. Those that a newer one overtakes stand before it and are
 * cancelled first (see `overtaken`), so order of age serves every lane.
 * @param active active operations of the subject, oldest first
 */
export function laneHead(active: readonly Operation[], lane: OperationLane): Operation | null {
  return active.find((operation) => operation.lane === lane) ?? null;
}

/**
 * Operations that must stop because of a newer one, and do not know it yet: all that change or configure an infrastructure when a
 * destroy came after them, and all contextualizations but the newest.
 * @param active active operations of the subject, oldest first
 */
export function overtaken(active: readonly Operation[]): Operation[] {
  const destroy = active.findIndex((operation) => operation.kind === 'destroy');
  const newest = active.findLastIndex((operation) => operation.lane === 'contextualization');
  return active.filter((operation, index) => {
    if (operation.state === 'cancelling') {
      return false;
    }
    switch (operation.lane) {
      case 'mutation':
        return index < destroy;
      case 'contextualization':
        return index < newest || index < destroy;
      case 'refresh':
        return false;
    }
  });
}

/**
 * Whether the next step may be done now.
 * @param early something woke the subject: a step that merely waits is done before its time, one that backs off after a failure is not
 */
export function isDue(operation: Operation, now: number, early: boolean): boolean {
  if (operation.notBefore === null || operation.notBefore <= now) {
    return true;
  }
  return early && operation.attempts === 0;
}

/** The operations whose turn it is, of all lanes. */
export function headsOf(active: readonly Operation[]): Operation[] {
  return lanes.map((lane) => laneHead(active, lane)).filter((head) => head !== null);
}

/** Milliseconds until the first of `heads` that waits is due; null when none waits. */
export function soonest(heads: readonly Operation[], now: number): number | null {
  const delays = heads
    .map((head) => head.notBefore)
    .filter((time) => time !== null)
    .map((time) => time - now)
    .filter((delay) => delay > 0);
  return delays.length === 0 ? null : Math.min(...delays);
}
