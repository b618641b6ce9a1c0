import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { untilStopped } from '../servers/stopped-process.js';
import { dyingWithParent } from './programs.js';

export type ServerKind = 'mariadb' | 'redis' | 'haproxy' | 'api' | 'worker';

/** How one server of a cluster is started. */
export interface ServerDefinition {
  name: string;
  kind: ServerKind;
  port: number;
  program: string;
  args: readonly string[];
  /** All of its environment but PATH and HOME. */
  env: Readonly<Record<string, string>>;
  /** File that takes its output. */
  log: string;
  /** Whether it serves. */
  isReady(): Promise<boolean>;
}

/** A server of a cluster as `cluster.json` shows it. */
export interface ServerEntry {
  name: string;
  kind: ServerKind;
  /** Of the process that runs now, or ran last. */
  pid: number;
  port: number;
  log: string;
}

const readyLimitMs = 60_000;
const stopLimitMs = 20_000;

/** These concern a process with all that it started (HAProxy serves from a child); others are for the process alone. */
const signalsOfGroup: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGSTOP', 'SIGCONT'];

/** One server: a process that can be started again under the same name, port and log. */
export class ServerProcess {
  private child: ChildProcess | null = null;
  private lastPid = 0;
  private stopped = false;

  /** @param ended called when the process ends without `stop` */
  constructor(
    readonly definition: ServerDefinition,
    private readonly ended: (server: ServerProcess) => void,
  ) {}

  get entry(): ServerEntry {
    const { name, kind, port, log } = this.definition;
    return { name, kind, pid: this.lastPid, port, log };
  }

  get runs(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts the process, unless it runs. */
  start(): void {
    if (this.runs) {
      return;
    }
    const { program, args, env, log } = this.definition;
    const { PATH = '', HOME = '' } = process.env;
    const output = openSync(log, 'a', 0o600);
    // Of its own process group, so that Ctrl-C in a terminal reaches only who ends all in good order.
    const child = spawn(...dyingWithParent(program, args), {
      detached: true,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.child = child;
    this.stopped = false;
    this.lastPid = child.pid ?? 0;
    child.once('error', () => undefined);
    child.once('exit', () => {
      // What it started must not outlive it.
      this.signalGroup('SIGKILL');
      if (this.child === child && !this.stopped) {
        this.ended(this);
      }
    });
  }

  /** Waits until it serves. @throws Error with its output when it ends or takes too long */
  async untilReady(): Promise<void> {
    const limit = Date.now() + readyLimitMs;
    while (!(await this.definition.isReady())) {
      if (!this.runs) {
        const how = this.child?.exitCode ?? this.child?.signalCode ?? 'an error';
        throw new Error(`${this.definition.name} ended with ${how}:\n${this.lastLines()}`);
      }
      if (Date.now() > limit) {
        throw new Error(`${this.definition.name} is not ready in time:\n${this.lastLines()}`);
      }
      await pause(25);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (signalsOfGroup.includes(signal)) {
      this.signalGroup(signal);
    } else {
      this.child?.kill(signal);
    }
  }

  /** The process stands still, with all its connections, until SIGCONT. */
  async freeze(): Promise<void> {
    const pid = this.child?.pid;
    if (this.runs && pid !== undefined) {
      this.signalGroup('SIGSTOP');
      await untilStopped(pid);
    }
  }

  /** Waits for the end of the process. @returns its exit code, null after a kill */
  async untilEnded(): Promise<number | null> {
    const { child } = this;
    if (child !== null && this.runs) {
      await once(child, 'exit');
    }
    return child?.exitCode ?? null;
  }

  /** Ends the process for good: `ended` is not called. @returns its exit code, null when it had to be killed */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.stopped = true;
    if (!this.runs) {
      return this.child?.exitCode ?? null;
    }
    const limit = setTimeout(() => this.signal('SIGKILL'), stopLimitMs);
    this.signal(signal);
    this.signal('SIGCONT');
    const code = await this.untilEnded();
    clearTimeout(limit);
    return code;
  }

  /** For the end of this process, which cannot wait. */
  killNow(): void {
    this.stopped = true;
    if (this.runs) {
      this.signalGroup('SIGKILL');
    }
  }

  /** All output since its first start. */
  logs(): string {
    const { log } = this.definition;
    return existsSync(log) ? readFileSync(log, 'utf8') : '';
  }

  private lastLines(): string {
    return this.logs().split('\n').slice(-30).join('\n');
  }

  private signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.lastPid, signal);
    } catch {
      // All of the group have ended.
    }
  }
}
