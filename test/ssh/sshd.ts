import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { accessSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import type { SshTarget } from '@im/ssh';
import { run } from '../machines/run.js';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';

/** The SSH server of this machine in a process of its own, on 127.0.0.1; only the key of this test is let in. */
export interface Sshd {
  readonly port: number;
  /** Folder of the server, for files of the test. */
  readonly folder: string;
  readonly target: SshTarget & { privateKey: string };
  /** Process that waits for connections; each of these has a process that it started. */
  readonly pid: number;
  /** Log-ins so far. */
  logins(): number;
  stop(): Promise<void>;
}

/** Path of the server; undefined when openssh-server is not installed. */
export const sshdProgram = installed('sshd');

/** @param options lines of sshd_config */
export async function startSshd(options: readonly string[] = []): Promise<Sshd> {
  if (sshdProgram === undefined) {
    throw new Error('openssh-server is not installed.');
  }
  const folder = mkdtempSync(join(tmpdir(), 'im-sshd-'));
  const port = await freePort();
  for (const [name, type] of [
    ['host_key', 'ed25519'],
    ['user_key', 'rsa'],
  ] as const) {
    const size = type === 'rsa' ? ['-b', '2048', '-m', 'PEM'] : [];
    await run('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-f', join(folder, name)]);
  }
  chmodSync(folder, 0o755);
  if (process.getuid?.() === 0) {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  }
  writeFileSync(join(folder, 'sshd_config'), configuration(folder, port, options));
  return new RunningSshd(sshdProgram, folder, port).listen();
}

function configuration(folder: string, port: number, options: readonly string[]): string {
  return [
    ...options,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/user_key.pub`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'PidFile none',
    'LogLevel VERBOSE',
    'UseDNS no',
    '',
  ].join('\n');
}

/** Process of each connection of the server. */
export async function sessionsOf({ pid }: Sshd): Promise<number[]> {
  const lines = (await run('ps', ['-eo', 'pid=,ppid='])).trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

class RunningSshd implements Sshd {
  readonly target: Sshd['target'];
  private readonly child: ChildProcess;
  private output = '';

  constructor(
    program: string,
    readonly folder: string,
    readonly port: number,
  ) {
    this.target = {
      host: '127.0.0.1',
      port,
      username: userInfo().username,
      privateKey: readFileSync(join(folder, 'user_key'), 'utf8'),
    };
    this.child = spawn(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  logins(): number {
    return this.output.split('Accepted publickey').length - 1;
  }

  async listen(): Promise<this> {
    await until(
      () => this.answers(),
      (answers) => answers,
    );
    return this;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private answers(): Promise<boolean> {
    if (this.child.exitCode !== null) {
      throw new Error(`sshd ended:\n${this.output}`);
    }
    return new Promise((resolve) => {
      const socket = createConnection({ host: '127.0.0.1', port: this.port });
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
  }
}

function installed(name: string): string | undefined {
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path);
        return true;
      } catch {
        return false;
      }
    });
}
