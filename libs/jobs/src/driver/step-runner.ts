import type {
  AuthItem,
  CloudAccess,
  Lease,
  Operation,
  OperationFailure,
  OperationHandler,
  OperationKind,
  StepContext,
  StepOutcome,
  WorkPorts,
} from '@im/domain';
import { isActive, LeaseLostError, messageOf } from '@im/domain';
import type { Timers } from '../timers.js';
import { backoffDelay } from './backoff.js';
import type { DriverOptions } from './driver-options.js';
import { internalFailure, stepFailureOf } from './step-failure.js';
import type { Recorded } from './step-record.js';
import { StepRecord } from './step-record.js';

/** Tries of `giveUp` after which an operation is failed without what it would have written. */
const maxGiveUpAttempts = 5;
/**
 * Failed tries that the death of a worker in a step counts for. An operation that ends whatever process touches it is so given up after
 * a few deaths in a row; any step that succeeds starts the count again.
 */
const deathWeight = 2;

/** What the driver is made of, the same for all operations. */
export interface DriverParts {
  ports: WorkPorts;
  timers: Timers;
  handlers: ReadonlyMap<OperationKind, OperationHandler>;
  /** Finds the clouds among the authorization data of a requester. */
  cloudsOf: (items: readonly AuthItem[]) => CloudAccess[];
  options: DriverOptions;
}

/** What ends long waits of a step early. */
export interface StepSignals {
  /** Its operation is to stop. */
  stop: AbortSignal;
  /** The worker stops, lost its lease, or its store fails. */
  end: AbortSignal;
  /** The same for steps that make something: a while after `end` when the worker stops. */
  finish: AbortSignal;
}

/** Does steps of operations under one lease. */
export class StepRunner {
  private readonly record: StepRecord;
  private readonly credentials = new Map<string, AuthItem[]>();
  /** A step that makes something at a cloud was cut off by the end of this worker (see OperationHandler.makingSteps). */
  wereCutOff = false;

  /** @param assertHeld throws LeaseLostError when the lease is not ours any more */
  constructor(
    private readonly parts: DriverParts,
    private readonly lease: Lease,
    private readonly assertHeld: () => void,
  ) {
    this.record = new StepRecord(parts.ports.store, lease);
  }

  cancel(ids: readonly string[]): Promise<void> {
    return this.record.cancel(ids);
  }

  /** A lease was taken over: whoever held it ended, perhaps in a step of one of these. */
  async countInterrupted(active: readonly Operation[]): Promise<void> {
    if (active.length > 0) {
      this.parts.ports.logger.warn('Work of a process that ended is taken over', {
        subject: this.lease.key,
        operations: active.map(({ id }) => id),
      });
      await this.record.interrupted(
        active.map(({ id }) => id),
        deathWeight,
      );
    }
  }

  /**
   * Does the next step of an operation and records how it ended. Returns when it is recorded, or when the step was interrupted
   * by its signal: then nothing is recorded and the step is to be done again.
   * @returns whether the operation ended
   * @throws LeaseLostError, and errors of the store
   */
  async step(operation: Operation, signals: StepSignals): Promise<boolean> {
    const handler = this.parts.handlers.get(operation.kind);
    // Read again after the signals are in place: a stop asked for from now on interrupts, one asked for before is seen here.
    const current =
      operation.state === 'pending'
        ? await this.record.begin(operation.id)
        : await this.parts.ports.store.operation(operation.id);
    if (current === null || !isActive(current)) {
      return true;
    }
    if (handler === undefined) {
      return this.concludeUnknownKind(current);
    }
    const interrupt = AbortSignal.any([signals.stop, signals.end]);
    const now = await this.parts.ports.store.now();
    if (current.attempts >= this.parts.options.maxStepAttempts + maxGiveUpAttempts) {
      return this.announce(
        await this.record.givenUp(current.id, current.error ?? internalFailure(current.id), null),
      );
    }
    if (current.attempts >= this.parts.options.maxStepAttempts) {
      return this.giveUp(handler, current, current.error ?? internalFailure(current.id), interrupt);
    }
    if (current.deadline !== null && current.deadline <= now) {
      return this.giveUp(handler, current, deadlineFailure(current), interrupt);
    }
    if (handler.makingSteps?.includes(current.step) !== true) {
      return this.advance(handler, current, interrupt);
    }
    const ended = await this.advance(handler, current, signals.finish);
    this.wereCutOff ||= signals.finish.aborted;
    return ended;
  }

  private async advance(
    handler: OperationHandler,
    operation: Operation,
    interrupt: AbortSignal,
  ): Promise<boolean> {
    const { timers, options, ports } = this.parts;
    const timeout = new AbortController();
    const cancelTimeout = timers.after(options.stepTimeoutMs, () => {
      timeout.abort(new Error(`The step took longer than ${options.stepTimeoutMs / 1000} seconds.`));
    });
    const startedAt = timers.now();
    try {
      const context = await this.context(operation, AbortSignal.any([interrupt, timeout.signal]));
      this.assertHeld();
      const outcome: StepOutcome = await handler.advance(context);
      if (outcome.type === 'failed') {
        // What failed because it was interrupted has not failed.
        interrupt.throwIfAborted();
      }
      return await this.announce(await this.record.outcome(operation.id, outcome, context.cancelled));
    } catch (error) {
      if (error instanceof LeaseLostError) {
        throw error;
      }
      this.assertHeld();
      if (interrupt.aborted) {
        ports.logger.debug('A step was interrupted', { operation: operation.id, step: operation.step });
        return false;
      }
      return await this.recordFailedTry(operation, error);
    } finally {
      cancelTimeout();
      ports.metrics.stepFinished(operation.kind, operation.step, (timers.now() - startedAt) / 1000);
    }
  }

  private async recordFailedTry(operation: Operation, error: unknown): Promise<boolean> {
    const { ports, options } = this.parts;
    const { failure, retry, retryAfterMs, unexpected } = stepFailureOf(error, operation.id);
    const tries = operation.attempts + 1;
    const attempts = retry ? tries : Math.max(tries, options.maxStepAttempts);
    const last = attempts >= options.maxStepAttempts;
    const details = { operation: operation.id, kind: operation.kind, step: operation.step, attempts: tries };
    if (unexpected) {
      ports.logger.error('A step failed unexpectedly', { ...details, ...description(error) });
    } else {
      ports.logger.warn('A step failed', { ...details, code: failure.code, cause: failure.message });
    }
    const delay = last ? 0 : backoffDelay(attempts, ports.random, options, retryAfterMs);
    return this.announce(await this.record.failedTry(operation.id, failure, attempts, delay));
  }

  /** Ends an operation that cannot go on, in the state its handler documents. */
  private async giveUp(
    handler: OperationHandler,
    operation: Operation,
    failure: OperationFailure,
    interrupt: AbortSignal,
  ): Promise<boolean> {
    const { ports, options } = this.parts;
    try {
      const context = await this.context(operation, interrupt);
      this.assertHeld();
      const end = await handler.giveUp(context, failure);
      return await this.announce(
        typeof end === 'function'
          ? await this.record.givenUp(operation.id, failure, end)
          : await this.record.outcome(operation.id, end, context.cancelled),
      );
    } catch (error) {
      if (error instanceof LeaseLostError) {
        throw error;
      }
      this.assertHeld();
      if (interrupt.aborted) {
        return false;
      }
      const attempts = Math.max(operation.attempts, options.maxStepAttempts) + 1;
      ports.logger.error('An operation could not be given up', {
        operation: operation.id,
        attempts,
        ...description(error),
      });
      if (attempts - options.maxStepAttempts >= maxGiveUpAttempts) {
        return await this.announce(await this.record.givenUp(operation.id, failure, null));
      }
      const delay = backoffDelay(attempts - options.maxStepAttempts, ports.random, options);
      return await this.announce(await this.record.failedTry(operation.id, failure, attempts, delay));
    }
  }

  private async concludeUnknownKind(operation: Operation): Promise<boolean> {
    this.parts.ports.logger.error('No handler knows this kind of operation', {
      operation: operation.id,
      kind: operation.kind,
    });
    return this.announce(await this.record.givenUp(operation.id, internalFailure(operation.id), null));
  }

  private async context(operation: Operation, signal: AbortSignal): Promise<StepContext> {
    const items = await this.itemsOf(operation.id);
    const { id, kind, step, infrastructureId } = operation;
    return {
      ...this.parts.ports,
      logger: this.parts.ports.logger.child({ operation: id, infId: infrastructureId, kind, step }),
      operation,
      lease: this.lease,
      items,
      clouds: this.parts.cloudsOf(items),
      cancelled: operation.state === 'cancelling',
      signal,
    };
  }

  /** Unsealed once per operation and run, not per step. */
  private async itemsOf(operationId: string): Promise<AuthItem[]> {
    const known = this.credentials.get(operationId);
    if (known !== undefined) {
      return known;
    }
    const items = (await this.parts.ports.store.credentials(operationId)) ?? [];
    this.credentials.set(operationId, items);
    return items;
  }

  /**
   * Tells who waits, after the commit. A lost message costs them a poll.
   * @returns whether the operation ended
   */
  private async announce(recorded: Recorded): Promise<boolean> {
    if (recorded === null) {
      return true;
    }
    const { notifier, metrics, logger } = this.parts.ports;
    const ended = !isActive(recorded);
    try {
      if (ended) {
        this.credentials.delete(recorded.id);
        const seconds = ((recorded.finishedAt ?? recorded.createdAt) - recorded.createdAt) / 1000;
        metrics.operationFinished(recorded.kind, recorded.state, seconds);
      }
      // Caches first: who waits for the operation may read at once.
      if (recorded.infrastructureId !== null) {
        await notifier.publish(`inf-${recorded.infrastructureId}`);
      }
      if (ended) {
        await notifier.publish(recorded.id);
      }
    } catch (error) {
      logger.warn('A notification was lost', { operation: recorded.id, cause: messageOf(error) });
    }
    return ended;
  }
}

function deadlineFailure(operation: Operation): OperationFailure {
  return {
    code: 'Timeout',
    message: `The ${operation.kind} took longer than it may.`,
    ...(operation.error === null ? {} : { hint: `The last problem was: ${operation.error.message}` }),
  };
}

/** An error for the log: texts only, since error objects of libraries may carry requests with their headers. */
function description(error: unknown): { cause: string; stack?: string } {
  const stack = error instanceof Error ? error.stack : undefined;
  return { cause: messageOf(error), ...(stack === undefined ? {} : { stack }) };
}
