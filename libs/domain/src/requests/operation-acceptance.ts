import type { Radl } from '@im/radl';
import { checkRadl } from '@im/radl';
import { errorTexts, ImError } from '../errors.js';
import type { Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Operation, OperationKind } from '../model/operation.js';
import { newOperation } from '../operations/new-operation.js';
import type { OperationRequests } from '../operations/operation-requests.js';
import { checkDeployNumbers } from '../planning/deploy-limit.js';
import type { StoreTransaction } from '../ports/store.js';
import { accessibleInfrastructure, userNameOf } from './access.js';
import { acceptOnce } from './idempotency.js';
import type { AcceptedOperation, RequestContext } from './infrastructure-requests.js';
import type { RequestPorts } from './request-ports.js';

/** Credentials of an operation are gone at the latest after this time. */
const credentialLifetimeMs = 48 * 3600 * 1000;

/** How requests become operations: rows in one transaction, once per idempotency key, then a wake-up. */
export class OperationAcceptance {
  constructor(private readonly ports: RequestPorts) {}

  /** Commits the rows of a request and wakes a worker. */
  async accept(
    context: RequestContext,
    write: (tx: StoreTransaction) => Promise<AcceptedOperation>,
  ): Promise<AcceptedOperation> {
    const { store, sealer } = this.ports;
    const accepted = await store.transaction((tx) =>
      acceptOnce(tx, sealer, context, async () => {
        const operation = await write(tx);
        return { accepted: operation, response: operation };
      }),
    );
    await (accepted.infrastructureId === null
      ? this.ports.queue.wake({ kind: 'operation', operationId: accepted.operationId })
      : this.wake(accepted.infrastructureId));
    return accepted;
  }

  /** Tells caches and a worker that operations of an infrastructure were committed. */
  async wake(infrastructureId: string): Promise<void> {
    await this.ports.notifier.publish(`inf-${infrastructureId}`);
    await this.ports.queue.wake({ kind: 'infrastructure', infrastructureId });
  }

  /** Writes the row of an operation, with the credentials of who asks. */
  async insert<Kind extends OperationKind>(
    tx: StoreTransaction,
    { requester }: Pick<RequestContext, 'requester'>,
    kind: Kind,
    infrastructureId: string | null,
    request: OperationRequests[Kind],
    timeLimitMs?: number,
  ): Promise<AcceptedOperation> {
    const now = await tx.now();
    const operation: Operation = newOperation(this.ports.ids, now, {
      kind,
      infrastructureId,
      request,
      requester: userNameOf(requester),
      ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    });
    await tx.insertOperation(operation);
    await tx.insertCredentials(operation.id, requester.items, now + credentialLifetimeMs);
    return { operationId: operation.id, infrastructureId };
  }

  /** The infrastructure, unless a destroy is under way. @throws ImError */
  async mutable(tx: StoreTransaction, requester: Requester, id: string): Promise<Infrastructure> {
    const infrastructure = await accessibleInfrastructure(tx, requester, id);
    const active = await tx.activeOperations(id);
    if (active.some((operation) => operation.kind === 'destroy')) {
      throw new ImError('InvalidRequest', errorTexts.deletedDoNotAdd);
    }
    return infrastructure;
  }
}

/** @throws RadlError or ImError */
export function checkDocument(radl: Radl): void {
  checkRadl(radl);
  checkDeployNumbers(radl);
}
