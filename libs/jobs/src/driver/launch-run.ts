import type { AuthItem, CloudAccess, Lease, WakeUp, WorkPorts } from '@im/domain';
import { LeaseLostError, messageOf } from '@im/domain';
import { LeaseKeeper } from './lease-keeper.js';
import type { DriverParts } from './step-runner.js';

/** What the work of a launch lane is done with. */
export interface LaunchWorkContext extends WorkPorts {
  /** The lease of the lane, renewed while the work runs. */
  lease: Lease;
  /** Ends the work: shutdown, or the lease is lost. */
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
  const keeper = new LeaseKeeper({
    store: ports.store,
    timers,
    logger: ports.logger,
    lease,
    leaseTimeMs: options.leaseTimeMs,
    takenAt,
    onLost: () => {
      lost.abort(new LeaseLostError(key));
    },
  });
  keeper.start();
  const signal = AbortSignal.any([shutdown, lost.signal]);
  let cutOff = false;
  try {
    const after = (delayMs: number, onEnd: () => void): (() => void) => timers.after(delayMs, onEnd);
    await work({ ...ports, lease, signal, after, cloudsOf: parts.cloudsOf }, wakeUp.infrastructureId);
  } catch (error) {
    cutOff = signal.aborted;
    if (error instanceof LeaseLostError || signal.aborted) {
      ports.logger.debug('A launch lane was interrupted', { lease: key });
    } else {
      ports.logger.error('A launch lane stopped', { lease: key, cause: messageOf(error) });
    }
  } finally {
    keeper.stop();
  }
  // A launch that was cut off may still make its machine: whoever takes over is to look for it later, when the lease has run out.
  if (!lost.signal.aborted && !cutOff) {
    await ports.store.releaseLease(lease);
  }
}
