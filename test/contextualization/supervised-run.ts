import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const assets = fileURLToPath(new URL('../../libs/contextualization/assets/', import.meta.url));

/** Whether this machine can run playbooks. */
export const hasAnsible = spawnSync('ansible-playbook', ['--version']).status === 0;

/** A line of the output of a run. */
export type RunLine = Record<string, unknown> & { ev: string };

/** A queue of the specification, with the playbooks themselves. */
export interface TestQueue {
  hosts: string[];
  /** Playbooks, or lists of tasks for the hosts of the queue. */
  playbooks: (string | object[])[];
  byVariable?: boolean;
}

export interface TestRun {
  /** Host -> its variables. Hosts are this machine unless they say otherwise. */
  hosts: Record<string, object>;
  stages: TestQueue[][];
  attempts?: number;
  /** Of the process, besides the usual ones. */
  env?: Record<string, string>;
  /** Text of the inventory, in the place of that of `hosts`. */
  inventory?: object;
  vaultPasswordFile?: string;
}

/** A run of the supervisor with the Ansible of this machine, in a folder of its own. */
export class SupervisedRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'im-run-'));
  readonly secrets = join(this.folder, 'keys');
  private child: ChildProcess | null = null;
  private ended: Promise<number | null> = Promise.resolve(null);
  private output = Buffer.alloc(0);
  private playbooks = 0;

  /** Writes the files and starts it. */
  start(run: TestRun): this {
    spawnSync('mkdir', ['-p', this.secrets, join(this.folder, 'cwd')]);
    this.write('keys/secrets.yml', JSON.stringify({ all: { hosts: {} } }));
    this.write('hosts', JSON.stringify(run.inventory ?? inventoryOf(run.hosts)));
    this.write('ansible.cfg', configuration);
    this.write('spec.json', JSON.stringify(this.specification(run)));
    const child = spawn('python3', [join(assets, 'im_supervisor.py'), join(this.folder, 'spec.json')], {
      cwd: join(this.folder, 'cwd'),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ANSIBLE_CONFIG: join(this.folder, 'ansible.cfg'),
        LC_ALL: 'C.UTF-8',
        ...run.env,
      },
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output = Buffer.concat([this.output, chunk]);
      });
    }
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
    return this;
  }

  /** @returns the exit code, null after a signal */
  end(): Promise<number | null> {
    return this.ended;
  }

  get pid(): number {
    if (this.child?.pid === undefined) {
      throw new Error('The run was not started.');
    }
    return this.child.pid;
  }

  /** Everything that was printed. */
  get bytes(): number {
    return this.output.length;
  }

  get text(): string {
    return this.output.toString('utf8');
  }

  /** All lines so far. @throws Error for one that is no event */
  lines(): RunLine[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as RunLine);
  }

  linesOf(event: string): RunLine[] {
    return this.lines().filter(({ ev }) => ev === event);
  }

  /** Hosts that ended well and hosts that did not; undefined before the end. */
  result(): { ok: unknown; failed: unknown } | undefined {
    const line = this.linesOf('result').at(-1);
    return line === undefined ? undefined : { ok: line['ok'], failed: line['failed'] };
  }

  /** @returns the path */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Ends what still runs, whoever started it, and removes the folder. */
  clean(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // Nothing of it runs any more.
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private specification(run: TestRun): object {
    return {
      attempts: run.attempts ?? 1,
      pause: 0,
      inventory: join(this.folder, 'hosts'),
      hosts: Object.keys(run.hosts),
      vault_password_file: run.vaultPasswordFile ?? null,
      delete: [this.secrets],
      stages: run.stages.map((queues) => ({
        secrets: join(this.secrets, 'secrets.yml'),
        queues: queues.map(({ playbooks, ...queue }) => ({
          ...queue,
          playbooks: playbooks.map((playbook) => this.playbook(queue, playbook)),
        })),
      })),
    };
  }

  private playbook({ hosts, byVariable }: Omit<TestQueue, 'playbooks'>, playbook: string | object[]): string {
    const play = {
      name: 'test',
      hosts: byVariable === true ? '{{IM_HOST}}' : hosts,
      gather_facts: false,
      tasks: playbook,
    };
    const text = typeof playbook === 'string' ? playbook : JSON.stringify([play]);
    return this.write(`playbook-${this.playbooks++}.yml`, text);
  }
}

function inventoryOf(hosts: TestRun['hosts']): object {
  const entries = Object.entries(hosts).map(([name, variables]) => [
    name,
    { ansible_connection: 'local', ...variables },
  ]);
  return { all: { hosts: Object.fromEntries(entries) as object } };
}

const configuration = [
  '[defaults]',
  `callback_plugins = ${assets}`,
  'stdout_callback = im_events',
  'interpreter_python = auto_silent',
  'host_key_checking = False',
  'timeout = 5',
  '',
].join('\n');
