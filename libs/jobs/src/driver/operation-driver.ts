import type { OperationHandler, WakeUp, WorkPorts } from '@im/domain';
import { isActive, wakeUpKey } from '@im/domain';
import { wakeUpTopic } from '../queue/in-process-queue.js';
import type { Timers } from '../timers.js';
import type { DriverOptions } from './driver-options.js';
import type { LaunchWork } from './launch-run.js';
import { runLaunchLane } from './launch-run.js';
import type { DriverParts } from './step-runner.js';
import type { Subject } from './subject-run.js';
import { SubjectRun } from './subject-run.js';

export interface OperationDriverParts {
  ports: WorkPorts;
  timers: Timers;
  handlers: readonly OperationHandler[];
  launch: LaunchWork;
  cloudsOf: DriverParts['cloudsOf'];
  options: DriverOptions;
}

/** Does what wake-ups ask for: advances the operations they name (design: architecture.md 2). */
export class OperationDriver {
  private readonly parts: DriverParts;
  private readonly launch: LaunchWork;

  constructor(parts: OperationDriverParts) {
    const handlers = new Map(parts.handlers.map((handler) => [handler.kind, handler]));
    this.parts = { ...parts, handlers };
    this.launch = parts.launch;
  }

  /**
   * Works until nothing is left to do now for what the wake-up names, or somebody else works on it.
   * @param signal ends the work: steps under way are told to end, leases are given back
   */
  async handle(wakeUp: WakeUp, signal: AbortSignal): Promise<void> {
    switch (wakeUp.kind) {
      case 'infrastructure':
        return this.drive(wakeUp, infrastructureSubject(wakeUp.infrastructureId), signal);
      case 'operation':
        return this.drive(wakeUp, operationSubject(wakeUp.operationId), signal);
      case 'launch':
        return runLaunchLane(this.parts, wakeUp, this.launch, signal);
    }
  }

  private async drive(wakeUp: WakeUp, subject: Subject, signal: AbortSignal): Promise<void> {
    const { ports, timers, options } = this.parts;
    const takenAt = timers.now();
    const lease = await ports.store.acquireLease(subject.key, options.owner, options.leaseTimeMs);
    const topic = wakeUpTopic(wakeUpKey(wakeUp));
    if (lease === null) {
      // Who holds it looks again before giving it back; the message spares operations of idle lanes the wait.
      await ports.notifier.publish(topic);
      return;
    }
    const run = new SubjectRun(this.parts, subject, lease, takenAt);
    const unsubscribe = ports.notifier.subscribe(topic, () => {
      run.wake();
    });
    try {
      const end = await run.run(signal);
      if (end.type === 'idle' && end.delayMs !== null) {
        await ports.queue.wake(wakeUp, end.delayMs);
      }
    } finally {
      unsubscribe();
    }
  }
}

function infrastructureSubject(id: string): Subject {
  return { key: id, active: (reader) => reader.activeOperations(id) };
}

function operationSubject(id: string): Subject {
  return {
    key: id,
    active: async (reader) => {
      const operation = await reader.operation(id);
      return operation !== null && isActive(operation) ? [operation] : [];
    },
  };
}
