import type { AuthItem, CloudAccess, Lease, WakeUp, WorkPorts } from '@im/domain';
import { LeaseLostError, messageOf } from '@im/domain';
import { FinishSignal } from './finish-signal.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { DriverParts } from './step-runner.js';

/** What the work of a launch lane is done with. */
export interface LaunchWorkContext extends WorkPorts {
  /** The lease of the lane, renewed while the work runs. */
  lease: Lease;
  /** No other launch is to begin: the worker is to stop, or the lease is lost. */
  stopping: AbortSignal;
  /** Ends the launch under way: a while after `stopping` when the worker stops. */
  signal: AbortSignal;
  /** Calls `onEnd` after a time unless the function returned is called before. */
  after(delayMs: number, onEnd: () => void): () => void;
  cloudsOf(items: readonly AuthItem[]): CloudAccess[];
}

/** Launches planned VMs of an infrastructure until none is left to claim. */
export type LaunchWork = (context: LaunchWorkContext, infrastructureId: string) => Promise<void>;

/**
 * Works in one launch lane while its lease is held. Errors are logged: the operation that waits for the launches wakes the lane
 * again, and claims on VMs end with the lease.
 */
export async function runLaunchLane(
  parts: DriverParts,
  wakeUp: WakeUp & { kind: 'launch' },
  work: LaunchWork,
  shutdown: AbortSignal,
): Promise<void> {
  const { ports, timers, options } = parts;
  const takenAt = timers.now();
  const key = `${wakeUp.infrastructureId}/launch-${wakeUp.lane}`;
  const lease = await ports.store.acquireLease(key, options.owner, options.leaseTimeMs);
  if (lease === null) {
    return;
  }
  const lost = new AbortController();
  const finish = new FinishSignal(timers, options.finishTimeMs);
  const keeper = new LeaseKeeper({
    store: ports.store,
    timers,
    logger: ports.logger,
    lease,
    leaseTimeMs: options.leaseTimeMs,
    takenAt,
    onLost: () => {
      const reason = new LeaseLostError(key);
      lost.abort(reason);
      finish.cutOff(reason);
    },
  });
  const stop = (): void => {
    finish.stop(shutdown.reason);
  };
  shutdown.addEventListener('abort', stop, { once: true });
  if (shutdown.aborted) {
    stop();
  }
  keeper.start();
  const stopping = AbortSignal.any([shutdown, lost.signal]);
  const { signal } = finish;
  let cutOff = false;
  try {
    const after = (delayMs: number, onEnd: () => void): (() => void) => timers.after(delayMs, onEnd);
    const context = { ...ports, lease, stopping, signal, after, cloudsOf: parts.cloudsOf };
    await work(context, wakeUp.infrastructureId);
  } catch (error) {
    cutOff = signal.aborted;
    if (error instanceof LeaseLostError || signal.aborted) {
      ports.logger.debug('A launch lane was interrupted', { lease: key });
    } else {
      ports.logger.error('A launch lane stopped', { lease: key, cause: messageOf(error) });
    }
  } finally {
    keeper.stop();
    finish.clear();
    shutdown.removeEventListener('abort', stop);
  }
  // A launch that was cut off may still make its machine: whoever takes over is to look for it later, when the lease has run out.
  if (!lost.signal.aborted && !cutOff) {
    await ports.store.releaseLease(lease);
  }
}
