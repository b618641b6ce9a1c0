import type { SpawnSyncReturns } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunCommandInput } from '../../libs/contextualization/src/run-command.js';
import { runCommand } from '../../libs/contextualization/src/run-command.js';

const supervisor = readFileSync(
  fileURLToPath(new URL('../../libs/contextualization/assets/im_supervisor.py', import.meta.url)),
  'utf8',
);

describe('the command of a run', () => {
  let root = '';
  let folder = '';
  let runFolder = '';
  let programs = '';

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'im-command-'));
    folder = join(root, 'inf-1');
    runFolder = join(folder, 'runs/op-a2');
    programs = join(root, 'programs');
    for (const path of [join(runFolder, 'keys'), join(folder, 'runs/op-a1/keys'), programs]) {
      mkdirSync(path, { recursive: true });
    }
    writeFileSync(join(folder, 'im_supervisor.py'), supervisor);
    writeFileSync(join(folder, 'requirements.yml'), 'roles: [{src: x}]\n');
    writeFileSync(join(folder, 'opened_task.yml'), 'it was encrypted');
    const playbook = { hosts: ['a_0'], playbooks: ['x.yml'] };
    writeFileSync(
      join(runFolder, 'spec.json'),
      JSON.stringify({
        attempts: 1,
        pause: 0,
        inventory: 'hosts',
        hosts: ['a_0'],
        delete: [join(runFolder, 'keys'), join(folder, 'opened_task.yml')],
        stages: [{ secrets: 'secrets', queues: [playbook] }],
      }),
    );
    program('ssh-keygen', `echo "key $*" >> ${root}/calls; touch ${folder}/ansible_key`);
    program('ansible-galaxy', `echo "galaxy $*" >> ${root}/calls`);
    program(
      'ansible-playbook',
      `echo "playbook $(umask) $ANSIBLE_CONFIG $PWD" >> ${root}/calls; ls -d ${folder}/runs/*/keys`,
    );
    program('sleep', `echo "sleep $*" >> ${root}/calls`);
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function program(name: string, text: string): void {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(programs, name), 0o755);
  }

  const command = (given: Partial<RunCommandInput> = {}): string =>
    runCommand({ folder, runFolder, ansible: programs, withGalaxy: true, reinstall: false, ...given });

  const run = (given: Partial<RunCommandInput> = {}): SpawnSyncReturns<string> =>
    spawnSync('sh', ['-c', command(given)], { encoding: 'utf8' });

  const calls = (): string[] =>
    existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : [];

  const secretsLeft = (): boolean =>
    existsSync(join(runFolder, 'keys')) || existsSync(join(folder, 'opened_task.yml'));

  it('makes the key of the master, installs roles and collections, and runs the playbooks', () => {
    const { status, stdout } = run();

    expect(status).toBe(0);
    expect(calls()).toEqual([
      `key -t rsa -b 2048 -C im -q -N  -f ${folder}/ansible_key`,
      `galaxy role install -r ${folder}/requirements.yml -p ${folder}/roles`,
      `galaxy collection install -r ${folder}/requirements.yml -p ${folder}/collections`,
      `playbook 0022 ${folder}/ansible.cfg ${runFolder}`,
    ]);
    expect(stdout).toContain('"ev": "result"');
  });

  it('does once what stays: the key, and roles that did not change', () => {
    run();
    run();
    expect(calls().map((call) => call.split(' ')[0])).toEqual([
      'key',
      'galaxy',
      'galaxy',
      'playbook',
      'playbook',
    ]);

    writeFileSync(join(folder, 'requirements.yml'), 'roles: [{src: y}]\n');
    run();
    expect(
      calls()
        .slice(5)
        .map((call) => call.split(' ')[0]),
    ).toEqual(['galaxy', 'galaxy', 'playbook']);
  });

  it('installs roles anew when that was asked for', () => {
    run();
    run({ reinstall: true });

    expect(calls().filter((call) => call.includes('--force'))).toHaveLength(2);
  });

  it('asks no registry when the document wants nothing of it', () => {
    run({ withGalaxy: false });

    expect(calls().map((call) => call.split(' ')[0])).toEqual(['key', 'playbook']);
  });

  it('tries five times to get roles, then ends without a result and without secrets', () => {
    program('ansible-galaxy', `echo "galaxy" >> ${root}/calls; echo "the registry is closed"; exit 1`);
    const { status, stdout } = run();

    expect(status).toBe(1);
    expect(calls().filter((call) => call === 'galaxy')).toHaveLength(5);
    expect(stdout).toContain('the registry is closed');
    expect(stdout).not.toContain('"ev"');
    expect(secretsLeft()).toBe(false);
  });

  it('finds no secrets of earlier attempts, and leaves none of its own', () => {
    const { stdout } = run();

    expect(stdout).toContain(`"text": "${runFolder}/keys"`);
    expect(stdout).not.toContain('op-a1');
    expect(existsSync(join(folder, 'runs/op-a1'))).toBe(true);
    expect(secretsLeft()).toBe(false);
  });

  it('leaves none when it is stopped before its playbooks', async () => {
    program('ansible-galaxy', 'echo reached; exec tail -f /dev/null');
    const child = spawn('sh', ['-c', command()], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];

    expect(code).toBe(143);
    expect(secretsLeft()).toBe(false);
    expect(calls()).not.toContain('playbook');
  });

  it('is a text that a plain shell understands', () => {
    for (const given of [{}, { ansible: undefined }, { withGalaxy: false, reinstall: true }]) {
      expect(spawnSync('sh', ['-n'], { input: command(given) }).status).toBe(0);
    }
  });
});
