import type { Operation } from '@im/domain';
import type { RunLogState } from './vm-log.js';

/** What a contextualization remembers between its steps; lives in `Operation.data`. */
export interface Progress {
  masterId: number;
  /** Database time when the step began. */
  since: number;
  /** Refused log-ins in a row while the master boots. */
  refusedLogins: number;
  /** VM number -> why it takes no part. */
  excluded: Record<string, string>;
  /** Number of the attempt to run the playbook, from 1. */
  attempt: number;
  /** VMs of the current attempt. */
  targets: number[];
  /** VMs that ended well. */
  succeeded: number[];
  /** Bytes of the output that are handled. */
  offset: number;
  log: RunLogState;
  /** Inventory names of the hosts that failed in this attempt. */
  failedHosts: string[];
  /** Times that a run was lost. */
  lost: number;
}

export function newProgress(masterId: number, now: number): Progress {
  return {
    masterId,
    since: now,
    refusedLogins: 0,
    excluded: {},
    attempt: 0,
    targets: [],
    succeeded: [],
    offset: 0,
    log: { play: '', hosts: {} },
    failedHosts: [],
    lost: 0,
  };
}

/** Only this library writes the data of its operations. */
export function progressOf(operation: Operation): Progress {
  return operation.data as Progress;
}
