import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { leftBehind } from './leak-check.js';

const root = projectFolder(import.meta.dirname);
const startLimitMs = 180_000;
const stopLimitMs = 20_000;

export interface StandaloneOptions {
  /** Options of the service (`IM_...`) and other variables; nothing else is inherited but PATH and HOME. */
  env?: Record<string, string>;
  /** Folder of the data; one of its own, removed by `stop`, when not given. */
  dataDir?: string;
  port?: number;
  /** File that takes the output, as a supervisor would keep it; by default it is read by this process. */
  logFile?: string;
  /**
   * Part of what `stop` finds left behind by destroyed infrastructures and is right: a destroy with force may leave to the ledger what a
   * provider would not delete.
   */
  mayLeave?: RegExp;
}

/** The real service in a process of its own, on 127.0.0.1. */
export interface StandaloneServer {
  readonly url: string;
  readonly dataDir: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Kills the process as a power cut would, and waits until it is gone. */
  kill9(): Promise<void>;
  /** Starts it again on the same data and port; what still runs is stopped before. */
  restart(): Promise<void>;
  /**
   * Looks whether what was destroyed left nothing behind, asks the service to end, waits, and removes the data that were made for it.
   * @returns the exit code, null after a kill
   * @throws Error with what nobody owns
   */
  stop(): Promise<number | null>;
  /** All output since the first start. */
  logs(): string;
}

/**
 * Starts the service as `npm start` does (compiled code, which is brought up to date first) and waits until it answers.
 * @throws Error with its output when it does not
 */
export async function startStandalone(options: StandaloneOptions = {}): Promise<StandaloneServer> {
  const process = new StandaloneProcess(
    options.port ?? (await freePort()),
    options.dataDir ?? mkdtempSync(join(tmpdir(), 'im-standalone-')),
    options.dataDir === undefined,
    options.env ?? {},
    options.logFile ?? null,
    options.mayLeave ?? null,
  );
  await process.start();
  return process;
}

class StandaloneProcess implements StandaloneServer {
  readonly url: string;
  private child: ChildProcess | null = null;
  private output = '';

  constructor(
    private readonly port: number,
    readonly dataDir: string,
    private readonly removesData: boolean,
    private readonly env: Record<string, string>,
    private readonly logFile: string | null,
    private readonly mayLeave: RegExp | null,
  ) {
    this.url = `${env['IM_REST_SSL'] === 'yes' ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) {
      throw new Error('The service does not run.');
    }
    return pid;
  }

  async start(): Promise<void> {
    const { PATH = '', HOME = '' } = process.env;
    const output = this.logFile === null ? 'pipe' : openSync(this.logFile, 'a', 0o600);
    const child = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: root,
      env: {
        PATH,
        HOME,
        IM_REST_PORT: String(this.port),
        IM_DATA_DIR: this.dataDir,
        IM_LOG_FORMAT: 'json',
        ...this.env,
      },
      stdio: ['ignore', output, output],
    });
    this.child = child;
    if (output !== 'pipe') {
      closeSync(output);
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    await this.untilItAnswers(child);
  }

  async kill9(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.end('SIGTERM');
    await this.start();
  }

  async stop(): Promise<number | null> {
    const left = await this.leftBehind();
    const code = await this.end('SIGTERM');
    if (this.removesData) {
      rmSync(this.dataDir, { recursive: true, force: true });
    }
    if (left.length > 0) {
      throw new Error(`Destroyed infrastructures left behind:\n${left.join('\n')}`);
    }
    return code;
  }

  logs(): string {
    return this.logFile === null ? this.output : readFileSync(this.logFile, 'utf8');
  }

  /** Only what a running service could still end counts, and only its own database can be looked into. */
  private async leftBehind(): Promise<string[]> {
    const runs = this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
    if (!runs || !existsSync(join(this.dataDir, 'im.sqlite'))) {
      return [];
    }
    const left = await leftBehind({ dataDir: this.dataDir });
    return left.filter((line) => this.mayLeave?.test(line) !== true);
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const { child } = this;
    this.child = null;
    if (child === null) {
      return null;
    }
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      await exited;
      clearTimeout(limit);
    }
    return child.exitCode;
  }

  private async untilItAnswers(child: ChildProcess): Promise<void> {
    const until = Date.now() + startLimitMs;
    while (Date.now() < until) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`The service ended with ${child.exitCode ?? child.signalCode}:\n${this.logs()}`);
      }
      if (await answers(`${this.url}/version`, this.env['IM_REST_SSL_CERTFILE'])) {
        return;
      }
      await pause(25);
    }
    await this.end('SIGKILL');
    throw new Error(`The service did not answer in time:\n${this.logs()}`);
  }
}

/** @param certificate file that is trusted, for HTTPS */
function answers(url: string, certificate?: string): Promise<boolean> {
  const [get, trust] =
    certificate === undefined ? [http.get, {}] : [https.get, { ca: readFileSync(certificate) }];
  return new Promise((resolve) => {
    const request = get(url, { ...trust, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

/** The folder with the lock file, above compiled files as above sources. */
function projectFolder(from: string): string {
  const above = dirname(from);
  return existsSync(join(from, 'package-lock.json')) || above === from ? from : projectFolder(above);
}
