import type { Operation, OperationLane, TakenLease } from '@im/domain';
import { LeaseLostError, messageOf } from '@im/domain';
import { FinishSignal } from './finish-signal.js';
import { headsOf, isDue, laneHead, lanes, overtaken, soonest } from './lane-order.js';
import type { LaneState } from './lane-state.js';
import { interruptIfCancelled, newLaneState } from './lane-state.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { DriverParts, StepSignals } from './step-runner.js';
import { StepRunner } from './step-runner.js';

/** What operations belong to: an infrastructure, or one operation that stands for itself. */
export interface Subject {
  /** Key of its lease. */
  key: string;
  /** Its active operations, oldest first, as `reader` sees them. */
  active(reader: Pick<DriverParts['ports']['store'], 'activeOperations' | 'operation'>): Promise<Operation[]>;
}

/** How a run over a subject ended. */
export type RunEnd =
  /** Nothing is left to do before `delayMs` from now; null: nothing at all. */
  | { type: 'idle'; delayMs: number | null }
  /** Another worker has the lease. */
  | { type: 'lost' }
  /** The service stops, or the store failed; the reconciler comes back to what is left. */
  | { type: 'stopped' };

/** Drives all operations of one subject while its lease is held; lanes run beside each other. */
export class SubjectRun {
  private readonly steps: StepRunner;
  private readonly keeper: LeaseKeeper;
  private readonly laneStates = new Map<OperationLane, LaneState>();
  private readonly tasks = new Set<Promise<void>>();
  /** Aborts all steps: shutdown, lost lease, failing store. */
  private readonly end = new AbortController();
  /** Aborts steps that make something at a cloud. */
  private readonly finish: FinishSignal;
  private lost = false;
  /** The lease was given back: news are for the next run. */
  private closed = false;
  /** When steps that are due are left to the next run, by the timers' clock. */
  private readonly turnEnd: number;
  /** They were: no lane begins another one. */
  private turnOver = false;
  private cancelTimer: (() => void) | null = null;

  constructor(
    private readonly parts: DriverParts,
    private readonly subject: Subject,
    private readonly lease: TakenLease,
    takenAt: number,
  ) {
    const { ports, timers, options } = parts;
    this.turnEnd = timers.now() + options.turnMs;
    this.keeper = new LeaseKeeper({
      store: ports.store,
      timers,
      logger: ports.logger,
      lease,
      leaseTimeMs: options.leaseTimeMs,
      takenAt,
      onLost: () => {
        this.loseLease();
      },
    });
    this.steps = new StepRunner(parts, lease, () => {
      this.keeper.assertHeld();
    });
    this.finish = new FinishSignal(timers, options.finishTimeMs);
    for (const lane of lanes) {
      this.laneStates.set(lane, newLaneState());
    }
  }

  /** Never rejects. */
  async run(shutdown: AbortSignal): Promise<RunEnd> {
    const stop = () => {
      this.end.abort(shutdown.reason);
      this.finish.stop(shutdown.reason);
    };
    shutdown.addEventListener('abort', stop, { once: true });
    if (shutdown.aborted) {
      stop();
    }
    this.keeper.start();
    try {
      if (this.lease.takenOver) {
        this.parts.ports.metrics.leaseTakenOver();
        await this.steps.countInterrupted(await this.subject.active(this.parts.ports.store));
      }
      this.wake();
      for (;;) {
        await this.settle();
        const end = await this.release();
        if (end !== null) {
          this.closed = true;
          await this.settle();
          return end;
        }
        this.own(this.look());
      }
    } catch (error) {
      this.fail(error);
      return { type: this.lost ? 'lost' : 'stopped' };
    } finally {
      this.keeper.stop();
      this.finish.clear();
      shutdown.removeEventListener('abort', stop);
    }
  }

  /** News for the subject: lanes look again, and steps of operations that are to stop are told so. */
  wake(): void {
    if (this.closed) {
      return;
    }
    for (const state of this.laneStates.values()) {
      state.woken = true;
    }
    this.own(this.look());
  }

  /** Waits until no lane runs and nobody looks. */
  private async settle(): Promise<void> {
    while (this.tasks.size > 0) {
      await Promise.all(this.tasks);
    }
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  /** @returns null when the lease was kept because there is work */
  private async release(): Promise<RunEnd | null> {
    const { store } = this.parts.ports;
    if (this.lost) {
      return { type: 'lost' };
    }
    if (this.end.signal.aborted) {
      if (!this.steps.wereCutOff) {
        await store.releaseLease(this.lease);
      }
      return { type: 'stopped' };
    }
    if (this.turnOver) {
      await store.releaseLease(this.lease);
      return { type: 'idle', delayMs: 0 };
    }
    let delayMs: number | null = null;
    const released = await store.releaseLease(this.lease, async (reader) => {
      const now = await reader.now();
      const heads = headsOf(await this.subject.active(reader));
      delayMs = soonest(heads, now);
      return heads.some((head) => isDue(head, now, false));
    });
    return released ? { type: 'idle', delayMs } : null;
  }

  /** Starts the lanes that have something to do and interrupts the steps of those that should stop. */
  private async look(): Promise<void> {
    const { active, now } = await this.read();
    for (const [lane, state] of this.laneStates) {
      const head = laneHead(active, lane);
      if (state.running) {
        interruptIfCancelled(state, active);
      } else if (head !== null && this.mayBegin && isDue(head, now, state.woken)) {
        state.running = true;
        this.own(this.runLane(lane, state));
      } else {
        state.woken = false;
      }
    }
    this.lookAgainIn(soonest(headsOf(active), now));
  }

  private get mayBegin(): boolean {
    return !this.end.signal.aborted && !this.turnOver;
  }

  /** A lane that is alone with its steps ends the turn: beside a step of another one it would have to wait for that. */
  private endsTurn(): boolean {
    const runningLanes = [...this.laneStates.values()].filter((state) => state.running);
    this.turnOver = runningLanes.length === 1 && this.parts.timers.now() >= this.turnEnd;
    return this.turnOver;
  }

  /** Does steps of one lane until nothing of it is due, or the turn is over. */
  private async runLane(lane: OperationLane, state: LaneState): Promise<void> {
    try {
      for (let done = 0; !this.end.signal.aborted; done++) {
        const { woken } = state;
        state.woken = false;
        const { active, now } = await this.read();
        const head = laneHead(active, lane);
        if (head === null || !isDue(head, now, woken) || (done > 0 && this.endsTurn())) {
          break;
        }
        state.operationId = head.id;
        state.interrupted = head.state === 'cancelling';
        state.controller = new AbortController();
        if (await this.steps.step(head, this.signalsOf(state))) {
          this.wakeOthers(lane);
        }
      }
    } finally {
      state.running = false;
      state.operationId = null;
    }
    if (this.mayBegin) {
      // What ended here may have made work for another lane, or be waited for while others run.
      await this.look();
    }
  }

  private signalsOf({ controller }: LaneState): StepSignals {
    return { stop: controller.signal, end: this.end.signal, finish: this.finish.signal };
  }

  /** The end of an operation may be what those of other lanes wait for. */
  private wakeOthers(lane: OperationLane): void {
    for (const [other, state] of this.laneStates) {
      if (other !== lane) {
        state.woken = true;
      }
    }
  }

  private async read(): Promise<{ active: Operation[]; now: number }> {
    const { store } = this.parts.ports;
    let active = await this.subject.active(store);
    const late = overtaken(active);
    if (late.length > 0) {
      await this.steps.cancel(late.map((operation) => operation.id));
      active = await this.subject.active(store);
    }
    return { active, now: await store.now() };
  }

  /** A lane that waits must not wait for the steps of the others. */
  private lookAgainIn(delayMs: number | null): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    const laneRuns = [...this.laneStates.values()].some((state) => state.running);
    if (delayMs !== null && laneRuns) {
      this.cancelTimer = this.parts.timers.after(delayMs, () => {
        this.own(this.look());
      });
    }
  }

  private own(task: Promise<void>): void {
    const owned = task
      .catch((error: unknown) => {
        this.fail(error);
      })
      .finally(() => {
        this.tasks.delete(owned);
      });
    this.tasks.add(owned);
  }

  private fail(error: unknown): void {
    if (error instanceof LeaseLostError) {
      this.loseLease();
      return;
    }
    if (!this.end.signal.aborted) {
      this.parts.ports.logger.warn('Work was interrupted and will be taken up again', {
        subject: this.subject.key,
        cause: messageOf(error),
      });
      this.end.abort(error);
      this.finish.cutOff(error);
    }
  }

  private loseLease(): void {
    this.lost = true;
    this.parts.ports.logger.debug('A lease was lost', { subject: this.subject.key });
    const reason = new LeaseLostError(this.subject.key);
    this.end.abort(reason);
    this.finish.cutOff(reason);
  }
}
