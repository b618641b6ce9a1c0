import type { Operation } from '@im/domain';
import type { RunLogState } from './vm-log.js';
import type { Way } from './ways.js';

/** What a contextualization remembers between its steps; lives in `Operation.data`. */
export interface Progress {
  /** Number of the master VM; null: an external host. */
  masterId: number | null;
  /** Database time when the step began. */
  since: number;
  /** Database time when the last VM was up, or was given up, so that only public addresses were missing. */
  allUpSince: number | null;
  /** Refused log-ins in a row while the master boots. */
  refusedLogins: number;
  /** Database time of the first failed call to the control node since the last good one. */
  unreachableSince: number | null;
  /** Failed calls in a row. */
  sshErrors: number;
  /** Ansible was installed by this contextualization. */
  installed: boolean;
  /** Folder with the programs of Ansible on the control node; null: those of the system. */
  ansible: string | null;
  /** Fingerprint of the host key of the control node. */
  hostKey: string | null;
  /** VM number -> why it takes no part. */
  excluded: Record<string, string>;
  /** VM number -> how the control node reaches it. */
  ways: Record<string, Way>;
  /** Number of the attempt to run, from 1; another one follows only when a run was lost. */
  attempt: number;
  /** VMs of the current attempt. */
  targets: number[];
  /** Bytes of the output that are handled. */
  offset: number;
  log: RunLogState;
  /** Inventory names of the hosts that ended well, once the run told. */
  result: string[] | null;
}

export function newProgress(masterId: number | null, now: number): Progress {
  return {
    masterId,
    since: now,
    allUpSince: null,
    refusedLogins: 0,
    unreachableSince: null,
    sshErrors: 0,
    installed: false,
    ansible: null,
    hostKey: null,
    excluded: {},
    ways: {},
    attempt: 0,
    targets: [],
    offset: 0,
    log: { hosts: {} },
    result: null,
  };
}

/** Only this library writes the data of its operations. */
export function progressOf(operation: Operation): Progress {
  return operation.data as Progress;
}
