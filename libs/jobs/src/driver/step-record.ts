import type {
  Lease,
  Operation,
  OperationFailure,
  OperationState,
  StepOutcome,
  StepWrites,
  Store,
  StoreTransaction,
} from '@im/domain';
import { auditedOperation, isActive, mayBecome } from '@im/domain';

/** The operation as recorded; null when it had ended before. */
export type Recorded = Operation | null;

/**
 * Writes what steps led to. Each method is one transaction under the lease: it reads the row again, so that a `cancelling` mark set
 * meanwhile stays, and leaves an ended operation alone.
 */
export class StepRecord {
  constructor(
    private readonly store: Store,
    private readonly lease: Lease,
  ) {}

  /** Marks a pending operation as running; nothing is done for it before this is committed. */
  begin(id: string): Promise<Recorded> {
    return this.change(id, async (tx, operation) => {
      if (operation.state !== 'pending') {
        return operation;
      }
      return move(tx, { ...operation, startedAt: operation.startedAt ?? (await tx.now()) }, 'running');
    });
  }

  /** Asks operations to stop; what they waited for does not count any more. */
  async cancel(ids: readonly string[]): Promise<void> {
    await this.store.transaction(async (tx) => {
      for (const id of ids) {
        const operation = await tx.operation(id);
        if (operation !== null && isActive(operation) && operation.state !== 'cancelling') {
          await move(tx, { ...operation, notBefore: null, attempts: 0 }, 'cancelling');
        }
      }
    }, this.lease);
  }

  /**
   * The outcome of a step together with the writes that belong to it.
   * @param knewOfCancel whether the step was told that the operation is to stop; if not and it is, no wait is obeyed
   */
  outcome(id: string, outcome: StepOutcome, knewOfCancel: boolean): Promise<Recorded> {
    return this.change(id, async (tx, operation) => {
      const mustHurry = operation.state === 'cancelling' && !knewOfCancel;
      await outcome.writes?.(tx);
      const next: Operation = { ...operation, attempts: 0, notBefore: null, error: null };
      switch (outcome.type) {
        case 'continue':
          return save(tx, progress(next, outcome));
        case 'wait':
          return save(tx, {
            ...progress(next, outcome),
            notBefore: mustHurry ? null : (await tx.now()) + outcome.delayMs,
          });
        case 'succeeded':
          return finish(tx, { ...next, result: outcome.result ?? null }, 'succeeded');
        case 'failed':
          return finish(tx, { ...next, error: outcome.error }, 'failed');
        case 'cancelled':
          return finish(tx, next, 'cancelled');
      }
    });
  }

  /**
   * A failed try of the current step.
   * @param attempts failed tries so far, this one included
   * @param delayMs wait before the next one
   */
  failedTry(id: string, failure: OperationFailure, attempts: number, delayMs: number): Promise<Recorded> {
    return this.change(id, async (tx, operation) =>
      save(tx, { ...operation, attempts, error: failure, notBefore: (await tx.now()) + delayMs }),
    );
  }

  /** Operations whose worker ended in the middle of a step: each counts as `weight` failed tries, since it may be what ended it. */
  async interrupted(ids: readonly string[], weight: number): Promise<void> {
    await this.store.transaction(async (tx) => {
      const now = await tx.now();
      for (const id of ids) {
        const operation = await tx.operation(id);
        if (operation !== null && wasInStep(operation, now)) {
          await save(tx, {
            ...operation,
            attempts: operation.attempts + weight,
            error: operation.error ?? interruption,
          });
        }
      }
    }, this.lease);
  }

  /** The end of an operation that was given up. */
  givenUp(id: string, failure: OperationFailure, writes: StepWrites | null): Promise<Recorded> {
    return this.change(id, async (tx, operation) => {
      await writes?.(tx);
      return finish(tx, { ...operation, error: failure, notBefore: null }, 'failed');
    });
  }

  private change(
    id: string,
    work: (tx: StoreTransaction, operation: Operation) => Promise<Operation>,
  ): Promise<Recorded> {
    return this.store.transaction(async (tx) => {
      const operation = await tx.operation(id);
      return operation !== null && isActive(operation) ? work(tx, operation) : null;
    }, this.lease);
  }
}

const interruption: OperationFailure = {
  code: 'Internal',
  message: 'The process that worked on this ended in the middle of it, several times.',
  hint: 'Something in the request may be the reason: change it, or ask the operator to look into the log.',
};

function wasInStep({ state, notBefore }: Operation, now: number): boolean {
  return (state === 'running' || state === 'cancelling') && (notBefore === null || notBefore <= now);
}

function progress(operation: Operation, outcome: { step: string; data?: unknown }): Operation {
  return {
    ...operation,
    step: outcome.step,
    data: outcome.data === undefined ? operation.data : outcome.data,
  };
}

async function save(tx: StoreTransaction, operation: Operation): Promise<Operation> {
  await tx.saveOperation(operation);
  return operation;
}

/** Changes the state and notes it in the audit trail. */
async function move(tx: StoreTransaction, operation: Operation, state: OperationState): Promise<Operation> {
  if (!mayBecome(operation.state, state)) {
    throw new Error(`Operation ${operation.id} cannot go from ${operation.state} to ${state}.`);
  }
  const moved = await save(tx, { ...operation, state });
  if (operation.infrastructureId !== null) {
    const { error } = operation;
    await tx.appendEvents([
      {
        infrastructureId: operation.infrastructureId,
        kind: `operation.${state}`,
        data: { ...auditedOperation(operation), ...(error === null ? {} : { error }) },
      },
    ]);
  }
  return moved;
}

async function finish(tx: StoreTransaction, operation: Operation, state: OperationState): Promise<Operation> {
  await tx.deleteCredentials(operation.id);
  return move(tx, { ...operation, finishedAt: await tx.now() }, state);
}
