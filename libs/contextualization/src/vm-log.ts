import type { HostEvent, OutputLine, RunEvent } from './run-events.js';

/**
 * Longest log of one VM in one contextualization, in characters; of what comes after only failures and the ends of task lists are kept,
 * after one line that says so (spec: contextualization.md G).
 */
export const maxVmLog = 4 * 1024 * 1024;

/** For what tells how it ended although the log is full; one failure may be as long as `maxFailure`. */
const reserve = 256 * 1024;
const maxFailure = 64 * 1024;

/** What the log of one host needs to remember between portions of output. */
export interface HostLog {
  /** Task list whose frame is open, e.g. `basic`. */
  list: string | null;
  /** Last task that was printed. */
  task: string | null;
  written: number;
}

/** State of all logs of a run; JSON, since it is stored with the operation. */
export interface RunLogState {
  hosts: Record<string, HostLog>;
}

const banner = (text: string): string => `${text} ${'*'.repeat(Math.max(79 - text.length - 1, 3))}`;

/**
 * Turns events into the log text of each host (spec: contextualization.md 14). The text is append-only: each task list is framed by
 * `Launch task: <name>` and its result.
 */
export class RunLog {
  readonly chunks = new Map<string, string>();

  /**
   * @param systems system of each host, for the names of task lists (`<configure>_<system>`)
   */
  constructor(
    private readonly state: RunLogState,
    private readonly systems: ReadonlyMap<string, string>,
  ) {}

  add(lines: readonly OutputLine[]): void {
    for (const line of lines) {
      if ('text' in line) {
        this.addText(line.text, [...this.systems.keys()]);
      } else {
        this.addEvent(line.event);
      }
    }
  }

  /** Closes all frames at the end of a run. */
  close(): void {
    for (const [host, log] of Object.entries(this.state.hosts)) {
      this.closeList(host, log, (list) => `Task ${list} finished successfully`);
    }
  }

  /** Closes all frames of a run that ended without a result. */
  breakOff(): void {
    for (const [host, log] of Object.entries(this.state.hosts)) {
      this.closeList(host, log, (list) => `ERROR executing task ${list}: the run ended without a result.`);
    }
  }

  /** Warnings say nothing about a host. */
  private addText(text: string, hosts: readonly string[]): void {
    if (/^\[?(WARNING|DEPRECATION)|^\s*$/.test(text)) {
      return;
    }
    for (const host of hosts.filter((name) => this.systems.has(name))) {
      this.append(host, this.hostLog(host), `${text}\n`, /^\[?ERROR/.test(text));
    }
  }

  private addEvent(event: RunEvent): void {
    switch (event.ev) {
      case 'text':
        this.addText(event.text, event.hosts);
        return;
      case 'try':
        this.addFailedTry(event.hosts, event.n, event.of);
        return;
      case 'result':
        return;
      default:
        this.addOutcome(event);
    }
  }

  private addFailedTry(hosts: readonly string[], n: number, of: number): void {
    for (const host of hosts.filter((name) => this.systems.has(name))) {
      this.closeList(host, this.hostLog(host), (list) => `ERROR executing task ${list}: (${n}/${of})`);
    }
  }

  private addOutcome(event: HostEvent): void {
    if (!this.systems.has(event.host)) {
      return;
    }
    const log = this.openList(event);
    const tellsTheEnd = isFailure(event);
    const heading = `\n${banner(`TASK [${event.task}]`)}\n${dateLine(event.ts)}\n`;
    if (log.task !== event.task && this.append(event.host, log, heading, tellsTheEnd)) {
      log.task = event.task;
    }
    this.append(event.host, log, resultText(event), tellsTheEnd);
  }

  private openList({ host, play }: HostEvent): HostLog {
    const log = this.hostLog(host);
    const list = this.listName(host, play);
    if (log.list !== list) {
      this.closeList(host, log, (name) => `Task ${name} finished successfully`);
      log.list = list;
      log.task = null;
      this.append(host, log, `Launch task: ${list}\nCall Ansible\n\n${banner(`PLAY [${host}]`)}\n`);
    }
    return log;
  }

  private closeList(host: string, log: HostLog, result: (list: string) => string): void {
    if (log.list === null) {
      return;
    }
    this.append(host, log, `\n${result(log.list)}\n`, true);
    log.list = null;
  }

  /** `basic`, `main_<system>`, or `<configure>_<system>`. */
  private listName(host: string, play: string): string {
    const system = this.systems.get(host) ?? '';
    return play === 'basic' || play === `main_${system}` ? play : `${play}_${system}`;
  }

  private hostLog(host: string): HostLog {
    return (this.state.hosts[host] ??= { list: null, task: null, written: 0 });
  }

  /**
   * @param tellsTheEnd it is kept beyond the limit, shortened, while there is room in the reserve
   * @returns whether it is in the log
   */
  private append(host: string, log: HostLog, text: string, tellsTheEnd = false): boolean {
    const isFull = log.written >= maxVmLog;
    if (isFull && (!tellsTheEnd || log.written >= maxVmLog + reserve)) {
      return false;
    }
    const kept = isFull && text.length > maxFailure ? `${text.slice(0, maxFailure)}...\n` : text;
    log.written += kept.length;
    const more = !isFull && log.written >= maxVmLog ? leftOut : '';
    this.chunks.set(host, (this.chunks.get(host) ?? '') + clean(kept) + more);
    return true;
  }
}

const leftOut =
  '\nThe log is longer than its limit: of the rest only failures and the ends of task lists are shown.\n';

/** A host that fails takes no further part, so these are few; failures that were expected may be many. */
function isFailure(event: HostEvent): boolean {
  return (event.ev === 'failed' && !event.ignored) || event.ev === 'unreachable';
}

/** Control characters but line ends and tabs are dropped (spec: contextualization.md G). */
function clean(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '');
}

function resultText(event: HostEvent): string {
  switch (event.ev) {
    case 'ok':
      return `${event.changed ? 'changed' : 'ok'}: [${event.host}]${event.show ? ` => ${shownResult(event.res)}` : ''}\n`;
    case 'skipped':
      return `skipping: [${event.host}]\n`;
    case 'failed':
      return `fatal: [${event.host}]: FAILED! => ${JSON.stringify(event.res)}\n${event.ignored ? '...ignoring\n' : ''}`;
    case 'unreachable':
      return `fatal: [${event.host}]: UNREACHABLE! => ${JSON.stringify(event.res)}\n`;
    case 'item':
      return event.failed === true
        ? `failed: [${event.host}] (item=${itemText(event.res)}) => ${JSON.stringify(event.res)}\n`
        : `${event.changed === true ? 'changed' : 'ok'}: [${event.host}] => (item=${itemText(event.res)})${event.show === true ? ` => ${shownResult(event.res)}` : ''}\n`;
    case 'retry':
      return `FAILED - RETRYING: [${event.host}]: ${event.task}\n`;
  }
}

function shownResult(result: Record<string, unknown>): string {
  return JSON.stringify(result, null, 4);
}

function itemText(result: Record<string, unknown>): string {
  const item = result['item'];
  return typeof item === 'string' ? item : JSON.stringify(item ?? null);
}

/** `Friday 26 November 2021  08:35:47.578471 `, in UTC. */
function dateLine(seconds: number): string {
  const at = new Date(seconds * 1000);
  const day = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: '2-digit',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
    .format(at)
    .replace(',', '');
  return `${day}  ${at.toISOString().slice(11, 23)}000 `;
}
