import type { ContextualizeRequest } from '../model/contextualize-request.js';
import type { Operation, OperationKind } from '../model/operation.js';

/** A document in the lossless form of `serializeRadl`. */
type StoredRadl = string;

/** Shape of `Operation.request` by kind; written by the requests service, read by the handlers. */
export interface OperationRequests {
  create: { radl: StoredRadl; contextualize: boolean; async: boolean };
  /** `definitionsOnly`: it asks for no VM on purpose, which is nothing to be told about. `async`: nobody waits for the answer. */
  add: { radl: StoredRadl; contextualize: boolean; definitionsOnly?: boolean; async?: boolean };
  remove: { vmIds: number[]; contextualize: boolean };
  destroy: { force: boolean };
  alter: { vmId: number; radl: StoredRadl };
  /** null: all VMs of the infrastructure. */
  start: { vmId: number | null };
  stop: { vmId: number | null };
  reboot: { vmId: number };
  reconfigure: { radl: StoredRadl; vmIds: number[] | null };
  snapshot: { vmId: number; disk: number; imageName: string; autoDelete: boolean };
  contextualize: ContextualizeRequest;
  refresh: Record<string, never>;
  estimate: { radl: StoredRadl };
  images: { cloudId: string; filters: Record<string, string> };
  quotas: { cloudId: string };
}

/**
 * The request of an operation with the type of its kind. Rows are written by this service only and in the shapes above, so the
 * kind is what is checked.
 * @throws Error when the operation is of another kind
 */
export function requestOf<Kind extends OperationKind>(
  operation: Pick<Operation, 'id' | 'kind' | 'request'>,
  ...kinds: Kind[]
): OperationRequests[Kind] {
  if (!kinds.some((kind) => kind === operation.kind)) {
    throw new Error(`Operation ${operation.id} is of kind ${operation.kind}, not ${kinds.join(' or ')}.`);
  }
  return operation.request as OperationRequests[Kind];
}

/** What the audit trail says of an operation: what it is, who asked for it, and whether a destroy may leave things behind. */
export function auditedOperation(operation: Operation): Record<string, unknown> {
  const { id, kind, requester } = operation;
  const force = kind === 'destroy' ? { force: requestOf(operation, 'destroy').force } : {};
  return { operationId: id, kind, requester, ...force };
}
