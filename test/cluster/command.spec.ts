import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiUser } from '../api/api-user.js';
import { machines } from '../api/documents.js';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';
import { projectFolder } from './built-code.js';
import { pathOf } from './programs.js';

const entries = z.array(
  z.object({
    name: z.string(),
    kind: z.enum(['mariadb', 'redis', 'haproxy', 'api', 'worker']),
    pid: z.number(),
    port: z.number(),
    log: z.string(),
  }),
);
type Entries = z.infer<typeof entries>;

const startLimitMs = 120_000;
const all = ['api-1', 'api-2', 'haproxy', 'mariadb', 'redis', 'worker-1', 'worker-2'];

let dir: string;
let commands: RunningCommand[] = [];

/** `npm run cluster` as a person has it. */
class RunningCommand {
  output = '';

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  static start(...args: string[]): RunningCommand {
    const child = spawn(process.execPath, ['scripts/cluster.mjs', '--dir', dir, ...args], {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const command = new RunningCommand(child);
    commands.push(command);
    return command;
  }

  async untilSaid(text: string): Promise<void> {
    await until(
      async () => ({ output: this.output, code: this.child.exitCode }),
      ({ output, code }) => output.includes(text) || code !== null,
      startLimitMs,
    );
    expect(this.output).toContain(text);
  }

  /** @returns the exit code */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill(signal);
      await ended;
    }
    return this.child.exitCode;
  }

  async untilEnd(): Promise<number | null> {
    await until(
      async () => this.child.exitCode,
      (code) => code !== null,
      startLimitMs,
    );
    return this.child.exitCode;
  }
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'im-command-'));
});

afterEach(async () => {
  await Promise.all(commands.map((command) => command.end()));
  commands = [];
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

function shown(): Entries {
  const file = join(dir, 'cluster.json');
  return existsSync(file) ? entries.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}

describe('npm run cluster', () => {
  it('runs a cluster, starts again what dies, keeps the data, and ends everything', async () => {
    const port = await freePort();
    const user = new ApiUser(`http://127.0.0.1:${port}`, 'ana');
    const args = ['--api', '2', '--workers', '2', '--port', String(port)];
    const first = RunningCommand.start(...args);
    await first.untilSaid(`answers at http://127.0.0.1:${port}`);
    expect(
      shown()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(all);
    for (const { name, pid, port: own, log } of shown()) {
      expect(first.output).toMatch(new RegExp(`^${name} +${pid} +${own} +${log}$`, 'mu'));
      expect(existsSync(log)).toBe(true);
    }
    const path = await user.create(machines());

    // One worker dies, and another one takes its place.
    const pidOf = (name: string) => shown().find((entry) => entry.name === name)?.pid ?? 0;
    const dead = pidOf('worker-1');
    process.kill(dead, 'SIGKILL');
    const successor = await until(
      async () => pidOf('worker-1'),
      (pid) => pid !== dead,
    );
    expect(lives(dead)).toBe(false);
    expect(lives(successor)).toBe(true);

    // A second command for the same folder is refused.
    const second = RunningCommand.start('--port', String(await freePort()));
    expect(await second.untilEnd()).toBe(1);
    expect(second.output).toContain(`A cluster runs in ${dir} already`);

    // The command itself is killed, and nothing is left of it but the data.
    const left = shown().map(({ pid }) => pid);
    await first.end('SIGKILL');
    await until(
      async () => left.filter(lives),
      (living) => living.length === 0,
    );
    const third = RunningCommand.start(...args);
    await third.untilSaid(`answers at http://127.0.0.1:${port}`);
    expect(await user.state(path)).toBe('configured');

    const running = shown().map(({ pid }) => pid);
    expect(running.filter(lives)).toEqual(running);
    expect(await third.end()).toBe(0);
    expect(running.filter(lives)).toEqual([]);
    expect(shown()).toEqual([]);
  });

  it('leaves dead what dies when asked to', async () => {
    const port = await freePort();
    const command = RunningCommand.start(
      '--api',
      '1',
      '--workers',
      '1',
      '--port',
      String(port),
      '--no-restart',
    );
    await command.untilSaid('Ctrl-C ends it.');
    const pid = shown().find(({ name }) => name === 'worker-1')?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await command.untilSaid(`worker-1 (process ${pid}) ended.`);
    expect(command.output).not.toContain('started again');
    expect(await command.end('SIGINT')).toBe(0);
  });

  it('says in one sentence what is wrong', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const taken = address !== null && typeof address === 'object' ? address.port : 0;
    const cases = [
      [['--port', String(taken)], `Port ${taken} is taken: choose another one with --port.`],
      [['--api', '7'], '--api is "7": it must be a whole number from 1 to 6.'],
      [['--wokers', '7'], "Unknown option '--wokers'"],
    ] as const;
    for (const [args, text] of cases) {
      const command = RunningCommand.start(...args);
      expect(await command.untilEnd()).toBe(1);
      expect(command.output).toContain(text);
    }
    server.close();
    expect(() => pathOf('no-such-server')).toThrow('no-such-server is not installed: the cluster needs it');
  });
});
