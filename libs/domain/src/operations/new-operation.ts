import type { Operation, OperationKind, OperationLane } from '../model/operation.js';
import type { Ids } from '../ports/environment.js';
import type { OperationRequests } from './operation-requests.js';

const lanes: Partial<Record<OperationKind, OperationLane>> = {
  contextualize: 'contextualization',
  refresh: 'refresh',
  estimate: 'refresh',
  images: 'refresh',
  quotas: 'refresh',
};

/** First step of every kind; handlers start there. */
export const firstStep = 'start';

/** A pending operation row. */
export function newOperation<Kind extends OperationKind>(
  ids: Ids,
  now: number,
  wanted: {
    kind: Kind;
    infrastructureId: string | null;
    request: OperationRequests[Kind];
    requester: string;
    /** Milliseconds until it is given up; absent: never. */
    timeLimitMs?: number;
  },
): Operation {
  return {
    id: ids.operation(now),
    infrastructureId: wanted.infrastructureId,
    kind: wanted.kind,
    lane: lanes[wanted.kind] ?? 'mutation',
    state: 'pending',
    request: wanted.request,
    step: firstStep,
    data: null,
    result: null,
    error: null,
    attempts: 0,
    notBefore: null,
    deadline: wanted.timeLimitMs === undefined ? null : now + wanted.timeLimitMs,
    requester: wanted.requester,
    createdAt: now,
    startedAt: null,
    finishedAt: null,
  };
}
