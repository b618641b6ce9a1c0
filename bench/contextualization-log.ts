/** Seconds that the parts of a contextualization took, as its log tells. */
export interface LoggedPhases {
  /** From the choice of the master until it let us in and has Ansible. */
  untilReady: number;
  /** From then until the files are copied: addresses, and whether the master reaches the others. */
  untilCopied: number;
}

const marks = {
  begin: 'Select master VM',
  ready: 'Ansible successfully configured in the master VM.',
  copied: 'Copying YAML, hosts and inventory files.',
} as const;

/**
 * Reads the log of an infrastructure, whose lines begin with their time (`contmsg?headeronly=true`).
 * @throws Error when a line that begins a phase is missing
 */
export function loggedPhases(log: string): LoggedPhases {
  const at = (mark: string): number => {
    const line = log.split('\n').find((candidate) => candidate.includes(mark));
    const time = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3})/.exec(line ?? '');
    if (time === null) {
      throw new Error(`The log has no line "${mark}":\n${log}`);
    }
    return Date.parse(`${time[1]}T${time[2]}Z`) / 1000;
  };
  return {
    untilReady: at(marks.ready) - at(marks.begin),
    untilCopied: at(marks.copied) - at(marks.ready),
  };
}
