import type { AuthItem, CloudAccess } from '../model/cloud.js';
import type { Operation, OperationFailure, OperationKind } from '../model/operation.js';
import type { ConnectorRegistry } from './connector.js';
import type { Clock, DomainOptions, Ids, Logger, Random, WorkMetrics } from './environment.js';
import type { Notifier, WakeUpQueue } from './queue.js';
import type { Lease, Store, StoreTransaction } from './store.js';

/** Everything a handler may use; the same in the service, in tests and in a simulator. */
export interface WorkPorts {
  clock: Clock;
  random: Random;
  ids: Ids;
  store: Store;
  queue: WakeUpQueue;
  notifier: Notifier;
  connectors: ConnectorRegistry;
  options: DomainOptions;
  logger: Logger;
  metrics: WorkMetrics;
}

/** One step of one operation. */
export interface StepContext extends WorkPorts {
  operation: Operation;
  /** Writes go through `store.transaction(work, lease)`. */
  lease: Lease;
  /** Authorization data of who asked; empty once they were deleted. */
  items: readonly AuthItem[];
  clouds: readonly CloudAccess[];
  /** Someone asked to stop: finish or undo what is begun and answer `cancelled`. */
  cancelled: boolean;
  /** Ends long waits early: shutdown, or news for this infrastructure. */
  signal: AbortSignal;
}

/** Writes of the step, done in the same fenced transaction that records the step itself. */
export type StepWrites = (tx: StoreTransaction) => Promise<void>;

/** The operation did what was asked. */
export interface Succeeded {
  type: 'succeeded';
  result?: unknown;
  writes?: StepWrites;
}

/** How a step ended. `data` replaces `operation.data` when given. */
export type StepOutcome =
  | { type: 'continue'; step: string; data?: unknown; writes?: StepWrites }
  /** Look again after `delayMs`, or sooner when something wakes the infrastructure. */
  | { type: 'wait'; step: string; delayMs: number; data?: unknown; writes?: StepWrites }
  | Succeeded
  | { type: 'failed'; error: OperationFailure; writes?: StepWrites }
  | { type: 'cancelled'; writes?: StepWrites };

/** Knows one kind of operation. Steps are short, idempotent and never sleep. */
export interface OperationHandler {
  readonly kind: OperationKind;
  /** Step of a new operation. */
  readonly firstStep: string;
  /**
   * Steps whose calls make something at a cloud. A call that is cut off may still have its effect: so these steps go on to their end when
   * the operation is to stop, and when their worker stops, the next one waits for the end of its lease.
   */
  readonly makingSteps?: readonly string[];
  advance(context: StepContext): Promise<StepOutcome>;
  /**
   * Called once when a step threw in vain or the deadline passed; puts the infrastructure into the documented state.
   * @returns the writes that go with the failure, or how the operation succeeds in spite of it
   */
  giveUp(context: StepContext, failure: OperationFailure): Promise<StepWrites | Succeeded>;
}
