import type { HostEvent, OutputLine, RunEvent } from './run-events.js';

/** Longest log of one VM in one contextualization, in characters; what comes after is left out with one line that says so. */
export const maxVmLog = 4 * 1024 * 1024;

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
      this.append(host, this.hostLog(host), `${text}\n`);
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
    if (log.task !== event.task) {
      log.task = event.task;
      this.append(event.host, log, `\n${banner(`TASK [${event.task}]`)}\n${dateLine(event.ts)}\n`);
    }
    this.append(event.host, log, resultText(event));
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
    this.append(host, log, `\n${result(log.list)}\n`);
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

  private append(host: string, log: HostLog, text: string): void {
    if (log.written >= maxVmLog) {
      return;
    }
    log.written += text.length;
    const more = log.written >= maxVmLog ? '\nThe log is longer than its limit: the rest is left out.\n' : '';
    this.chunks.set(host, (this.chunks.get(host) ?? '') + clean(text) + more);
  }
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
