import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';

const configuration = resolve(import.meta.dirname, '../../haproxy/haproxy.cfg');

const path = [process.env['PATH'] ?? '', '/usr/sbin'].join(':');

/** Whether this machine has HAProxy. */
export const haproxyIsInstalled = spawnSync('haproxy', ['-v'], { env: { PATH: path } }).status === 0;

/** A real HAProxy with the configuration of the project, on 127.0.0.1. */
export class Proxy {
  private output = '';

  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly stats: string,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  /**
   * Starts it and waits until it listens.
   * @param env what its configuration reads from the environment
   * @throws Error with its output when it ends
   */
  static async start(env: Record<string, string>): Promise<Proxy> {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'im-proxy-'));
    const stats = `127.0.0.1:${await freePort()}`;
    const child = spawn('haproxy', ['-W', '-f', configuration], {
      env: {
        PATH: path,
        IM_PROXY_BIND: `127.0.0.1:${port}`,
        IM_PROXY_SOCKET: join(folder, 'socket'),
        IM_PROXY_STATS: stats,
        IM_PROXY_PEER_1: `127.0.0.1:${await freePort()}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const proxy = new Proxy(`http://127.0.0.1:${port}`, child, folder, stats);
    await until(
      async () => ({ answers: await proxy.answers(), ended: child.exitCode, output: proxy.output }),
      ({ answers, ended }) => answers || ended !== null,
    );
    if (child.exitCode !== null) {
      throw new Error(`haproxy ended with ${child.exitCode}:\n${proxy.output}`);
    }
    return proxy;
  }

  /** Reads its configuration again: a new process takes over, the old one finishes what it has. */
  async reload(): Promise<void> {
    const before = this.output.length;
    this.process.kill('SIGUSR2');
    await until(
      async () => this.output.slice(before),
      (output) => output.includes('Loading success'),
    );
  }

  /** Answer to a runtime command (HAProxy's management guide, 9.3). */
  async command(command: string): Promise<string> {
    const socket = connect(join(this.folder, 'socket'));
    socket.end(`${command}\n`);
    return text(socket);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** It listens on all its ports, or on none. */
  private async answers(): Promise<boolean> {
    return fetch(`http://${this.stats}/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}
