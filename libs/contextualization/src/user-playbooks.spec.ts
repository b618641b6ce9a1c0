import type { Vm } from '@im/domain';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { encryptedRecipe } from '../../../test/contextualization/encrypted-recipe.js';
import type { VmFacts } from '../../../test/contextualization/vms.js';
import { vmWith } from '../../../test/contextualization/vms.js';
import { planContextualization } from './plan.js';
import type { UserPlaybooks } from './user-playbooks.js';
import { userPlaybooks } from './user-playbooks.js';

const front = (facts: VmFacts = {}): Vm => vmWith(0, { system: 'front', publicIp: '198.51.100.7', ...facts });
const worker = (imId: number, facts: VmFacts = {}): Vm =>
  vmWith(imId, { system: 'wn', privateIp: `10.0.0.${imId}`, ...facts });

const recipe = (name: string, text: string): string => `configure ${name} (\n@begin\n${text}\n@end\n)\n`;
const plain = '- tasks:\n  - shell: echo hello';

interface Given {
  vms?: Vm[];
  onlyOf?: number[] | null;
}

/** Playbooks of a document with the systems `front` and `wn`; one VM of the first, two of the other. */
function playbooksOf(text: string, given: Given = {}): UserPlaybooks {
  const radl = parseRadl(`system front (cpu.count = 1)\nsystem wn (cpu.count = 1)\n${text}`);
  const targets = given.vms ?? [front(), worker(1), worker(2)];
  return userPlaybooks({
    radl,
    targets,
    steps: planContextualization(radl, targets).userSteps,
    onlyOf: given.onlyOf ?? null,
    folder: '/d',
  });
}

const playsIn = (playbooks: UserPlaybooks, path: string): unknown =>
  parse(playbooks.files.find((file) => file.path === path)?.text ?? '', { logLevel: 'silent' });

const names = { front: '198.51.100.7_0', first: '10.0.0.1_1', second: '10.0.0.2_2' };

describe('recipes that any number of hosts can go through by themselves', () => {
  it('are one run for all VMs of a system, in which no VM waits for another', () => {
    const playbooks = playbooksOf(recipe('wn', plain));

    expect(playbooks.stages).toEqual([
      [{ hosts: [names.first, names.second], playbooks: ['/d/wn_wn_task.yml'] }],
    ]);
    expect(playsIn(playbooks, '/d/wn_wn_task.yml')).toEqual([
      {
        name: 'wn',
        hosts: [names.first, names.second],
        become: true,
        gather_facts: false,
        strategy: 'free',
        tasks: [{ shell: 'echo hello' }],
      },
    ]);
  });

  it('are one run for the systems that have the same ones', () => {
    const playbooks = playbooksOf(
      `contextualize (system front configure a system wn configure a)${recipe('a', plain)}`,
    );

    expect(playbooks.stages).toEqual([
      [{ hosts: [names.front, names.first, names.second], playbooks: ['/d/a_front_task.yml'] }],
    ]);
    expect(playsIn(playbooks, '/d/a_front_task.yml')).toMatchObject([
      { hosts: [names.front, names.first, names.second] },
    ]);
    expect(playbooks.files).toHaveLength(1);
  });

  it('are runs of their own for systems with other ones, so that none stops when all VMs of another have failed', () => {
    const playbooks = playbooksOf(`contextualize (
      system front configure a
      system wn configure a
      system wn configure b
    )${recipe('a', plain)}${recipe('b', plain)}`);

    expect(playbooks.stages).toEqual([
      [
        { hosts: [names.front], playbooks: ['/d/a_front_task.yml'] },
        { hosts: [names.first, names.second], playbooks: ['/d/a_wn_task.yml', '/d/b_wn_task.yml'] },
      ],
    ]);
    for (const [path, hosts] of [
      ['/d/a_front_task.yml', [names.front]],
      ['/d/a_wn_task.yml', [names.first, names.second]],
      ['/d/b_wn_task.yml', [names.first, names.second]],
    ] as const) {
      expect(playsIn(playbooks, path)).toMatchObject([{ hosts }]);
    }
  });

  it('follow each other in the order of the document', () => {
    const playbooks = playbooksOf(`contextualize (
      system wn configure c
      system wn configure a
      system wn configure b
    )${recipe('a', plain)}${recipe('b', plain)}${recipe('c', plain)}`);

    expect(playbooks.stages[0]?.[0]?.playbooks).toEqual([
      '/d/c_wn_task.yml',
      '/d/a_wn_task.yml',
      '/d/b_wn_task.yml',
    ]);
  });
});

describe('recipes whose meaning depends on the hosts of their play', () => {
  it.each([
    ['run_once', '- tasks:\n  - shell: echo\n    run_once: true'],
    ['serial', '- serial: 1\n  tasks: []'],
    ['throttle', '- tasks:\n  - shell: echo\n    throttle: 1'],
    ['order', '- order: sorted\n  tasks: []'],
    ['any_errors_fatal', '- any_errors_fatal: true\n  tasks: []'],
    ['max_fail_percentage', '- max_fail_percentage: 10\n  tasks: []'],
    ['the hosts of the play', '- tasks:\n  - debug: {var: ansible_play_hosts_all}'],
    ['the hosts of the play by their old name', '- tasks:\n  - debug: {var: play_hosts}'],
    ['a strategy of their own', '- strategy: linear\n  tasks: []'],
    ['delegated facts', '- tasks:\n  - setup:\n    delegate_to: x\n    delegate_facts: true'],
    ['roles', '- roles: [grycap.nfs]'],
    ['a role in a task', '- tasks:\n  - import_role: {name: x}'],
    ['other files of tasks', '- tasks:\n  - include_tasks: x.yml'],
    ['other files by their old name', '- tasks:\n  - include: x.yml'],
    ['other playbooks', '- import_playbook: x.yml'],
    ['questions', '- vars_prompt: [{name: x}]\n  tasks: []'],
    ['steps of the play', '- tasks:\n  - meta: end_play'],
    ['pauses, which all hosts take together', '- tasks:\n  - ansible.builtin.pause: {seconds: 1}'],
    ['new hosts', '- tasks:\n  - add_host: {name: x}'],
    ['the variable of the host', '- tasks:\n  - debug: {var: IM_HOST}'],
    ['hosts of their own', '- hosts: front\n  tasks: []'],
    ['hosts of their own in the notation of JSON', '[{"tasks": [], "hosts": "front"}]'],
  ])('are one run per VM: %s', (_name, text) => {
    const playbooks = playbooksOf(recipe('wn', text));

    expect(playbooks.stages).toEqual([
      [
        { hosts: [names.first], playbooks: ['/d/wn_wn_task.yml'], byVariable: true },
        { hosts: [names.second], playbooks: ['/d/wn_wn_task.yml'], byVariable: true },
      ],
    ]);
    const [play] = parse(playbooks.files[0]?.text ?? '') as { hosts: string[] }[];
    expect(play?.hosts[0]).toBe('{{IM_HOST}}');
  });

  it('make the whole step one run per VM', () => {
    const playbooks = playbooksOf(`contextualize (
      system front configure a
      system wn configure b
      system wn configure a
      system wn configure later step 1
    )${recipe('a', plain)}${recipe('b', '- roles: [r]')}${recipe('later', plain)}`);

    expect(playbooks.stages).toEqual([
      [
        { hosts: [names.front], playbooks: ['/d/a_front_task.yml'], byVariable: true },
        { hosts: [names.first], playbooks: ['/d/b_wn_task.yml', '/d/a_wn_task.yml'], byVariable: true },
        { hosts: [names.second], playbooks: ['/d/b_wn_task.yml', '/d/a_wn_task.yml'], byVariable: true },
      ],
      [{ hosts: [names.first, names.second], playbooks: ['/d/later_wn_task.yml'] }],
    ]);
  });

  it('are one run per VM for Windows, and not in the name of root', () => {
    const windows = vmWith(1, {
      system: 'wn',
      publicIp: '198.51.100.8',
      features: "disk.0.os.name = 'windows'",
    });
    const playbooks = playbooksOf(recipe('wn', '- tasks: [win_ping: ]'), { vms: [front(), windows] });

    expect(playbooks.stages).toEqual([
      [{ hosts: ['198.51.100.8_1'], playbooks: ['/d/wn_wn_task.yml'], byVariable: true }],
    ]);
    expect(playsIn(playbooks, '/d/wn_wn_task.yml')).toMatchObject([{ become: false }]);
  });
});

describe('the recipes of a document', () => {
  it('are run only on the VMs that were asked for', () => {
    const text = `${recipe('wn', plain)}${recipe('front', plain)}`;

    expect(playbooksOf(text, { onlyOf: [2] }).stages).toEqual([
      [{ hosts: [names.second], playbooks: ['/d/wn_wn_task.yml'] }],
    ]);
    expect(playbooksOf(text, { onlyOf: [] })).toEqual({ stages: [], files: [] });
  });

  it('are nothing to run when they are no list of plays, or for systems without VMs', () => {
    expect(playbooksOf(recipe('wn', 'tasks: []'))).toEqual({ stages: [], files: [] });
    expect(playbooksOf(recipe('front', plain), { vms: [worker(1)] })).toEqual({ stages: [], files: [] });
  });

  it('have names of files that lead nowhere else', () => {
    const radl = parseRadl(`system front (cpu.count = 1)${recipe('a', plain)}`);
    const [configure] = radl.configures;
    const name = '../../etc/cron.d/x $(id)';
    const playbooks = userPlaybooks({
      radl: { ...radl, configures: configure === undefined ? [] : [{ ...configure, id: name }] },
      targets: [front()],
      steps: [{ step: 0, tasks: [{ system: 'front', configure: name }] }],
      onlyOf: null,
      folder: '/d',
    });

    expect(playbooks.files.map(({ path }) => path)).toEqual(['/d/.._.._etc_cron.d_x___id__front_task.yml']);
  });

  it('are opened with the password of their system, and their playbooks are kept no longer than a run', () => {
    const features = `vault.password = '${encryptedRecipe.password}'`;
    const playbooks = playbooksOf(`${recipe('wn', encryptedRecipe.text)}${recipe('front', plain)}`, {
      vms: [front(), worker(1, { features })],
    });

    expect(playsIn(playbooks, '/d/wn_wn_task.yml')).toMatchObject([
      { tasks: [{ debug: { msg: 'opened ñ' } }] },
    ]);
    expect(playbooks.files.map(({ path, secret }) => [path, secret])).toEqual([
      ['/d/front_front_task.yml', false],
      ['/d/wn_wn_task.yml', true],
    ]);
    expect(() => playbooksOf(recipe('wn', encryptedRecipe.text))).toThrow('its vault.password is wrong');
  });

  it('keep the values that they encrypt themselves', () => {
    const value = 'secret: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      3132\n';
    const playbooks = playbooksOf(recipe('wn', `- vars:\n    ${value}  tasks: []`));

    expect(playbooks.files[0]).toMatchObject({ secret: false });
    expect(playbooks.files[0]?.text).toContain(value);
  });
});
