import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';
import type { RunLine, TestRun } from './supervised-run.js';
import { hasAnsible, SupervisedRun } from './supervised-run.js';

const local = (...names: string[]): Record<string, object> =>
  Object.fromEntries(names.map((name) => [name, {}]));

/** A task that fails the first time. */
const secondTime = (mark: string): object => ({ shell: `test -f ${mark} || { touch ${mark}; exit 1; }` });

describe('the programs on the master', () => {
  it.each(['im_supervisor.py', 'im_events.py'])('are understood by any Python since 3.6: %s', (name) => {
    const input = readFileSync(new URL(`../../libs/contextualization/assets/${name}`, import.meta.url));
    const check = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 6))';

    expect(() => execFileSync('python3', ['-c', check], { input })).not.toThrow();
  });
});

describe.skipIf(!hasAnsible)('the playbooks of a run, supervised on the master (needs Ansible)', () => {
  const runs: SupervisedRun[] = [];

  afterEach(() => {
    for (const run of runs.splice(0)) {
      run.clean();
    }
  });

  function newRun(): SupervisedRun {
    const run = new SupervisedRun();
    runs.push(run);
    return run;
  }

  async function ended(description: TestRun): Promise<SupervisedRun> {
    const run = newRun().start(description);
    await run.end();
    return run;
  }

  const outcomes = (run: SupervisedRun): string[] =>
    run
      .lines()
      .filter((line) => typeof line['host'] === 'string')
      .map((line) => `${String(line['host'])} ${String(line['task'])} ${line.ev}`);

  it('tell each outcome of each host, and the result at the end', async () => {
    const run = await ended({
      hosts: local('a_0', 'b_1'),
      stages: [
        [
          {
            hosts: ['a_0', 'b_1'],
            playbooks: [
              [
                { name: 'Say', debug: { msg: 'hello' } },
                { name: 'Skip', debug: { msg: 'never' }, when: "inventory_hostname == 'a_0'" },
                { name: 'Try', command: 'false', ignore_errors: true },
              ],
            ],
          },
        ],
      ],
    });

    expect(outcomes(run).toSorted()).toEqual([
      'a_0 Say ok',
      'a_0 Skip ok',
      'a_0 Try failed',
      'b_1 Say ok',
      'b_1 Skip skipped',
      'b_1 Try failed',
    ]);
    expect(run.linesOf('ok')[0]).toMatchObject({
      play: 'test',
      res: { msg: 'hello' },
      changed: false,
      show: true,
    });
    expect(run.linesOf('failed')[0]).toMatchObject({ ignored: true, res: { rc: 1 } });
    expect(run.lines().at(-1)).toMatchObject({ ev: 'result', ok: ['a_0', 'b_1'], failed: [] });
    expect(await run.end()).toBe(0);
  });

  it('are tried again for the hosts that failed, and for no other', async () => {
    const run = newRun();
    run.start({
      hosts: local('a_0', 'b_1'),
      attempts: 3,
      stages: [
        [
          {
            hosts: ['a_0', 'b_1'],
            playbooks: [[{ name: 'Try', ...secondTime(`${run.folder}/{{ inventory_hostname }}-mark`) }]],
          },
        ],
      ],
    });
    run.write('a_0-mark', '');
    await run.end();

    expect(run.linesOf('try')).toMatchObject([{ hosts: ['b_1'], n: 1, of: 3 }]);
    expect(outcomes(run).toSorted()).toEqual(['a_0 Try ok', 'b_1 Try failed', 'b_1 Try ok']);
    expect(run.result()).toEqual({ ok: ['a_0', 'b_1'], failed: [] });
  });

  it('leave a host that failed for good out of what follows, while others go on', async () => {
    const run = await ended({
      hosts: local('a_0', 'b_1', 'c_2'),
      attempts: 2,
      stages: [
        [
          {
            hosts: ['a_0', 'b_1'],
            playbooks: [
              [{ name: 'First', fail: {}, when: "inventory_hostname == 'b_1'" }],
              [{ name: 'Second', debug: {} }],
            ],
          },
          { hosts: ['c_2'], playbooks: [[{ name: 'First', debug: {} }]] },
        ],
        [{ hosts: ['a_0', 'b_1', 'c_2'], playbooks: [[{ name: 'Third', debug: {} }]] }],
        [{ hosts: ['b_1'], playbooks: [[{ name: 'Fourth', debug: {} }]] }],
      ],
    });

    expect(run.linesOf('try')).toMatchObject([
      { hosts: ['b_1'], n: 1, of: 2 },
      { hosts: ['b_1'], n: 2, of: 2 },
    ]);
    expect(
      outcomes(run)
        .filter((line) => /Second|Third|Fourth/.test(line))
        .toSorted(),
    ).toEqual(['a_0 Second ok', 'a_0 Third ok', 'c_2 Third ok']);
    expect(run.result()).toEqual({ ok: ['a_0', 'c_2'], failed: ['b_1'] });
  });

  it('do not count failures that a recipe rescues or ignores', async () => {
    const run = await ended({
      hosts: local('a_0'),
      attempts: 3,
      stages: [
        [
          {
            hosts: ['a_0'],
            playbooks: [
              [
                { block: [{ name: 'Break', command: 'false' }], rescue: [{ name: 'Mend', debug: {} }] },
                { name: 'Ignored', fail: {}, ignore_errors: true },
              ],
            ],
          },
        ],
      ],
    });

    expect(outcomes(run)).toEqual(['a_0 Break failed', 'a_0 Mend ok', 'a_0 Ignored failed']);
    expect(run.linesOf('try')).toEqual([]);
    expect(run.result()).toEqual({ ok: ['a_0'], failed: [] });
  });

  it('fail for a host that cannot be reached, and for it alone', async () => {
    const unreachable = {
      ansible_connection: 'ssh',
      ansible_host: '127.0.0.1',
      ansible_port: await freePort(),
    };
    const run = await ended({
      hosts: { a_0: {}, gone_1: unreachable },
      stages: [[{ hosts: ['a_0', 'gone_1'], playbooks: [[{ name: 'Ping', ping: {} }]] }]],
    });

    expect(outcomes(run).toSorted()).toEqual(['a_0 Ping ok', 'gone_1 Ping unreachable']);
    expect(run.result()).toEqual({ ok: ['a_0'], failed: ['gone_1'] });
  });

  it('fail for the VM alone whose playbook cannot be read', async () => {
    const run = await ended({
      hosts: local('a_0', 'b_1'),
      stages: [
        [
          { hosts: ['a_0'], playbooks: [[{ no_such_module: {} }]], byVariable: true },
          { hosts: ['b_1'], playbooks: [[{ name: 'Say', debug: {} }]], byVariable: true },
        ],
      ],
    });

    const texts = run.linesOf('text');
    expect(texts.map((line) => line['text']).join('\n')).toContain('no_such_module');
    expect(texts.every((line) => JSON.stringify(line['hosts']) === '["a_0"]')).toBe(true);
    expect(run.result()).toEqual({ ok: ['b_1'], failed: ['a_0'] });
  });

  it('find their host in IM_HOST, or are limited to the hosts of their queue', async () => {
    const all = (hosts: string): string =>
      JSON.stringify([{ hosts, gather_facts: false, tasks: [{ name: 'Say', debug: { var: 'IM_HOST' } }] }]);
    const run = await ended({
      hosts: { a_0: { IM_HOST: 'a' }, b_1: { IM_HOST: 'b' }, c_2: { IM_HOST: 'c' } },
      stages: [
        [{ hosts: ['a_0'], playbooks: [all('{{IM_HOST}}')], byVariable: true }],
        [{ hosts: ['b_1', 'c_2'], playbooks: [all('all')] }],
      ],
    });

    const said = run
      .linesOf('ok')
      .map((line) => `${String(line['host'])} ${String((line['res'] as RunLine)['IM_HOST'])}`);
    // The hosts of one queue answer in any order.
    expect([said[0], ...said.slice(1).toSorted()]).toEqual(['a_0 a_0', 'b_1 b', 'c_2 c']);
  });

  it('run beside each other in a stage', async () => {
    const run = newRun();
    const meet = (mine: string, other: string): object[] => [
      { file: { path: `${run.folder}/${mine}`, state: 'touch' } },
      { wait_for: { path: `${run.folder}/${other}`, timeout: 60 } },
    ];
    run.start({
      hosts: local('a_0', 'b_1'),
      stages: [
        [
          { hosts: ['a_0'], playbooks: [meet('a', 'b')] },
          { hosts: ['b_1'], playbooks: [meet('b', 'a')] },
        ],
      ],
    });
    await run.end();

    expect(run.result()).toEqual({ ok: ['a_0', 'b_1'], failed: [] });
  });

  it('keep the output of a task in bounds, however much it prints', async () => {
    const run = await ended({
      hosts: local('a_0'),
      stages: [
        [
          {
            hosts: ['a_0'],
            playbooks: [[{ name: 'Shout', shell: 'yes $(seq -s, 1 200) | head -c 20000000' }]],
          },
        ],
      ],
    });

    expect(run.result()).toEqual({ ok: ['a_0'], failed: [] });
    expect(run.linesOf('ok')[0]).toMatchObject({ task: 'Shout', changed: true, res: { im_cut: true } });
    expect(String((run.linesOf('ok')[0]?.['res'] as RunLine)['stdout'])).toMatch(/^1,2,3/);
    expect(run.bytes).toBeLessThan(300_000);
  });

  it('pass on bytes that are no text, and letters of all languages', async () => {
    const run = await ended({
      hosts: local('a_0'),
      stages: [
        [
          {
            hosts: ['a_0'],
            playbooks: [[{ name: 'Grüße', shell: "printf 'a\\377\\376b\\001 ñ'" }], 'no playbook: \u0007ñ'],
          },
        ],
      ],
    });

    expect(run.linesOf('ok')[0]).toMatchObject({ task: 'Grüße' });
    expect(String((run.linesOf('ok')[0]?.['res'] as RunLine)['stdout'])).toMatch(/^a.*b.*ñ$/s);
    expect(run.result()).toEqual({ ok: [], failed: ['a_0'] });
  });

  it('never print what a task hides', async () => {
    const run = await ended({
      hosts: local('a_0'),
      stages: [
        [
          {
            hosts: ['a_0'],
            playbooks: [
              [
                { name: 'Hidden', shell: 'echo hidden-word', no_log: true },
                { name: 'Hidden items', shell: 'echo {{ item }}', loop: ['hidden-word'], no_log: true },
                { name: 'Hidden failure', shell: 'echo hidden-word; exit 1', no_log: true },
              ],
            ],
          },
        ],
      ],
    });

    expect(outcomes(run)).toContain('a_0 Hidden failure failed');
    expect(run.text).not.toContain('hidden-word');
  });

  it('show what debug says for each item of a loop', async () => {
    const run = await ended({
      hosts: local('a_0'),
      stages: [[{ hosts: ['a_0'], playbooks: [[{ debug: { msg: 'item {{ item }}' }, loop: ['x', 'y'] }]] }]],
    });

    expect(run.linesOf('item')).toMatchObject([
      { show: true, res: { item: 'x', msg: 'item x' } },
      { show: true, res: { item: 'y', msg: 'item y' } },
    ]);
  });

  it('keep the warnings of Ansible to themselves, those of several lines too', async () => {
    const run = await ended({
      hosts: local('a_0'),
      inventory: { all: { children: { 'a-group': { hosts: { a_0: { ansible_connection: 'local' } } } } } },
      stages: [
        [
          {
            hosts: ['a_0'],
            playbooks: [[{ shell: 'echo x', name: 'Say' }], 'nothing but an error'],
          },
        ],
      ],
    });
    const texts = run.linesOf('text').map((line) => String(line['text']));

    expect(texts.filter((text) => /WARNING|vvvv/.test(text))).toEqual([]);
    expect(texts.join('\n')).toContain('ERROR!');
  });

  it('begin again when Ansible is killed', async () => {
    const run = newRun();
    const mark = join(run.folder, 'mark');
    run.start({
      hosts: local('a_0'),
      attempts: 2,
      stages: [
        [
          {
            hosts: ['a_0'],
            playbooks: [[{ name: 'Wait', shell: `test -f ${mark} || { touch ${mark}; sleep 3; }` }]],
          },
        ],
      ],
    });
    await until(
      async () => existsSync(mark),
      (reached) => reached,
    );
    process.kill(childrenOf(run.pid)[0] ?? 0, 'SIGKILL');
    await run.end();

    expect(run.linesOf('try')).toMatchObject([{ hosts: ['a_0'], n: 1 }]);
    expect(run.result()).toEqual({ ok: ['a_0'], failed: [] });
  });

  it('fail with a clear text without Ansible', async () => {
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)']).toString().trim();
    const run = newRun();
    execFileSync('ln', ['-s', python, join(run.folder, 'python3')]);
    run.start({
      hosts: local('a_0', 'b_1'),
      stages: [[{ hosts: ['a_0', 'b_1'], playbooks: [[{ debug: {} }]] }]],
      env: { PATH: run.folder },
    });
    await run.end();

    expect(run.linesOf('text')).toMatchObject([
      {
        hosts: ['a_0', 'b_1'],
        text: expect.stringContaining('ansible-playbook could not be started') as string,
      },
    ]);
    expect(run.result()).toEqual({ ok: [], failed: ['a_0', 'b_1'] });
  });

  it('have failed when the supervisor itself comes to grief, with a full disk for instance', async () => {
    const run = newRun();
    run.start({
      hosts: local('a_0', 'b_1'),
      stages: [
        [{ hosts: ['a_0'], playbooks: [[{ shell: `rm -rf ${run.folder}/cwd` }], [{ debug: {} }]] }],
        [{ hosts: ['b_1'], playbooks: [[{ debug: {} }]] }],
      ],
    });
    await run.end();

    expect(run.text.split('\n').filter((line) => line.includes('"ev": "result"'))).toEqual([
      expect.stringContaining('"ok": [], "failed": ["a_0", "b_1"]'),
    ]);
  });

  it('leave no secret behind when they end', async () => {
    const run = await ended({
      hosts: local('a_0'),
      stages: [[{ hosts: ['a_0'], playbooks: [[{ stat: { path: 'x' } }]] }]],
    });

    expect(run.result()).toEqual({ ok: ['a_0'], failed: [] });
    expect(existsSync(run.secrets)).toBe(false);
    expect(readdirSync(join(run.folder, 'cwd'))).toEqual([]);
  });

  it.each([
    ['the supervisor', (run: SupervisedRun) => process.kill(run.pid, 'SIGTERM')],
    ['the whole run', (run: SupervisedRun) => process.kill(-run.pid, 'SIGTERM')],
    ['another thread of the supervisor', terminateThread],
  ])('leave no secret and no process behind after a SIGTERM to %s', async (_name, terminate) => {
    const run = newRun();
    const mark = join(run.folder, 'mark');
    run.start({
      hosts: local('a_0', 'b_1'),
      attempts: 3,
      stages: [
        [
          { hosts: ['a_0'], playbooks: [[{ shell: `touch ${mark}; exec sleep 100` }]] },
          { hosts: ['b_1'], playbooks: [[{ fail: {} }]] },
        ],
        [{ hosts: ['a_0'], playbooks: [[{ debug: {} }]] }],
      ],
    });
    await until(
      async () => existsSync(mark),
      (reached) => reached,
    );
    const processes = childrenOf(run.pid);
    terminate(run);

    expect(await run.end()).toBe(143);
    expect(existsSync(run.secrets)).toBe(false);
    expect(run.result()).toBeUndefined();
    await until(
      async () => processes.filter(isAlive),
      (alive) => alive.length === 0,
    );
  });

  it('open encrypted values with the password of the document', async () => {
    const run = newRun();
    const password = run.write('vault-password', 'test-password');
    const value = execFileSync(
      'ansible-vault',
      ['encrypt_string', '--vault-password-file', password, 'opened'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const playbook = `- hosts: a_0\n  gather_facts: false\n  vars:\n    hidden: ${value.toString().replaceAll('\n', '\n      ')}\n  tasks:\n  - debug: {var: hidden}\n`;
    run.start({
      hosts: local('a_0'),
      stages: [[{ hosts: ['a_0'], playbooks: [playbook] }]],
      vaultPasswordFile: password,
    });
    await run.end();

    expect(run.linesOf('ok')).toMatchObject([{ res: { hidden: 'opened' } }]);
  });
});

/** The kernel may give a signal for a process to any of its threads. */
function terminateThread({ pid }: SupervisedRun): void {
  const thread = readdirSync(`/proc/${pid}/task`).find((task) => task !== String(pid));
  const tgkill = `{"x86_64": 234, "aarch64": 131}[os.uname().machine]`;
  const program = `import ctypes, os; ctypes.CDLL(None).syscall(${tgkill}, ${pid}, ${thread}, 15)`;
  execFileSync('python3', ['-c', program]);
}

function childrenOf(pid: number): number[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid='])
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
