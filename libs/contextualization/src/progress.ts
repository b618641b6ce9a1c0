/** What a contextualization remembers between its steps; lives in `Operation.data`. */
export interface Progress {
  masterId: number | null;
  /** Database time when the step began. */
  since: number;
  /** Login failures in a row while the master boots. */
  authenticationFailures: number;
  /** VM number -> why it takes no part. */
  excluded: Record<string, string>;
  /** Playbook attempts so far. */
  attempt: number;
  /** VMs that the current attempt runs for. */
  targets: number[];
  /** VM numbers that ended well. */
  succeeded: number[];
  /** Bytes of the event file that are handled. */
  eventOffset: number;
  /** Rest of a line whose end was not there yet. */
  rest: string;
  /** Hosts whose play was started, with the name of the task list; for the frame of their logs. */
  opened: Record<string, string>;
  failedHosts: string[];
}

export function newProgress(now: number): Progress {
  return {
    masterId: null,
    since: now,
    authenticationFailures: 0,
    excluded: {},
    attempt: 0,
    targets: [],
    succeeded: [],
    eventOffset: 0,
    rest: '',
    opened: {},
    failedHosts: [],
  };
}
