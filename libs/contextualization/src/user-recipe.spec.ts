import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { PlayHeader } from './user-recipe.js';
import { UserRecipe } from './user-recipe.js';

const header: PlayHeader = { name: 'web', hosts: ['{{IM_HOST}}'], become: true };

function printed(recipe: string, given: Partial<PlayHeader> = {}): string {
  const read = UserRecipe.read(recipe);
  if (read === null) {
    throw new Error('The recipe has no plays.');
  }
  return read.print({ ...header, ...given });
}

const playsOf = (recipe: string, given: Partial<PlayHeader> = {}): unknown =>
  parse(printed(recipe, given), { uniqueKeys: true, logLevel: 'silent' });

describe('the plays of a recipe', () => {
  it('run as root on the VM that is configured, without facts', () => {
    expect(playsOf('- tasks:\n  - ping:\n')).toEqual([
      { name: 'web', hosts: ['{{IM_HOST}}'], become: true, gather_facts: false, tasks: [{ ping: null }] },
    ]);
  });

  it('may say otherwise', () => {
    expect(playsOf('- {become: false, gather_facts: true, strategy: linear, tasks: []}')).toMatchObject([
      { become: false, gather_facts: true, strategy: 'linear' },
    ]);
  });

  it('take what they leave empty from the step', () => {
    expect(playsOf('- become:\n  gather_facts: ~\n  hosts: null\n  tasks: []')).toEqual([
      { name: 'web', hosts: ['{{IM_HOST}}'], become: true, gather_facts: false, tasks: [] },
    ]);
  });

  it('keep texts that only look like nothing', () => {
    expect(playsOf('- remote_user: "null"\n  become_user: ""\n  tasks: []')).toMatchObject([
      { remote_user: 'null', become_user: '' },
    ]);
  });

  it('have the name of the recipe, by which their log is told, and run beside each other where that is wanted', () => {
    expect(playsOf('- name: mine\n  tasks: []', { strategy: 'free', become: false })).toEqual([
      {
        name: 'web',
        hosts: ['{{IM_HOST}}'],
        become: false,
        gather_facts: false,
        strategy: 'free',
        tasks: [],
      },
    ]);
  });

  it('keep their order', () => {
    expect(playsOf('- tasks: [a]\n- tasks: [b]\n- tasks: [c]')).toMatchObject([
      { tasks: ['a'] },
      { tasks: ['b'] },
      { tasks: ['c'] },
    ]);
  });

  it.each([
    ['a name', 'hosts: wn', ['{{IM_HOST}}', 'wn']],
    ['a pattern with commas', 'hosts: "front,wn"', ['{{IM_HOST}}', 'front,wn']],
    ['a pattern with colons', "hosts: 'all:!windows'", ['{{IM_HOST}}', 'all:!windows']],
    ['a list', 'hosts: [front, wn]', ['{{IM_HOST}}', 'front', 'wn']],
    ['a variable', 'hosts: "{{ groups.wn }}"', ['{{IM_HOST}}', '{{ groups.wn }}']],
  ])('run on the hosts they name themselves too: %s', (_name, hosts, expected) => {
    expect(UserRecipe.read(`- ${hosts}\n  tasks: []`)?.namesHosts).toBe(true);
    expect(playsOf(`- ${hosts}\n  tasks: []`)).toMatchObject([{ hosts: expected }]);
  });

  it('run on the hosts that an alias stands for', () => {
    expect(playsOf('- hosts: &h [wn]\n  tasks: []\n- hosts: *h\n  tasks: []')).toMatchObject([
      { hosts: ['{{IM_HOST}}', 'wn'] },
      { hosts: ['{{IM_HOST}}', 'wn'] },
    ]);
  });

  it.each([
    '- tasks: []',
    '- hosts:\n  tasks: []',
    '- hosts: ""\n  tasks: []',
    '- hosts: []\n  tasks: []',
    '- tasks:\n  - debug: {msg: hosts}',
  ])('name no hosts in %j', (recipe) => {
    expect(UserRecipe.read(recipe)?.namesHosts).toBe(false);
  });

  it.each(['', '---', '# nothing', 'tasks: []', 'a text', '[]', '- a\n- b', '- tasks: []\n- text', '42'])(
    'are none in %j',
    (recipe) => {
      expect(UserRecipe.read(recipe)).toBeNull();
    },
  );
});

describe('what a recipe says', () => {
  it.each(
    [
      'mode: 0644',
      'mode: "0644"',
      'version: 1.10',
      'version: 3.0',
      'port: "22:22"',
      'port: 22:22',
      'answer: "yes"',
      'answer: yes',
      "answer: 'no'",
      'y: n',
      'empty:',
      'empty: ""',
      'nothing: ~',
      'text: "~"',
      'day: 2001-01-01',
      'number: 12345678901234567890',
      'number: 1_000',
      '80: http',
      '"quoted key": 1',
      'template: "{{ a }}:{{ b }}"',
      'unsafe: !unsafe "{{ a }}"',
      'comment: a # why',
      "single: 'it''s \"so\"'",
      'escaped: "tab\\tnew\\nline ü"',
      'base: &base { a: 1 }',
      'text: plain text, with: no colon',
      'flow: [ a, "b", 0755 ]',
    ].filter((line) => line !== 'text: plain text, with: no colon'),
  )('stays as it was written: %s', (line) => {
    expect(printed(`- vars:\n    ${line}\n  tasks: []\n`)).toContain(`    ${line}\n`);
  });

  it('keeps encrypted values, blocks, anchors and merged mappings', () => {
    const rest = [
      '  vars:',
      '    secret: !vault |',
      '      $ANSIBLE_VAULT;1.1;AES256',
      '      3132',
      '    base: &base',
      '      a: 1',
      '    more:',
      '      <<: *base',
      '      b: 2',
      '    again: *base',
      '  tasks:',
      '    # why',
      '    - name: A block',
      '      shell: |',
      '        if true; then',
      '          echo "a: b" # no comment',
      '        fi',
      '    - copy: >-',
      '        src=a dest=b',
      '',
    ].join('\n');

    expect(printed(`---\n- hosts:\n${rest}`).endsWith(rest)).toBe(true);
  });

  it('is never broken over several lines', () => {
    const line = `    - shell: echo ${'long '.repeat(60)}end`;

    expect(printed(`- tasks:\n${line}\n`)).toContain(`${line}\n`);
  });

  it('is the same in the notation of JSON', () => {
    expect(playsOf('[{"hosts": "wn", "tasks": [{"ping": {}}], "vars": {"x": "yes"}}]')).toEqual([
      {
        name: 'web',
        hosts: ['{{IM_HOST}}', 'wn'],
        become: true,
        gather_facts: false,
        tasks: [{ ping: {} }],
        vars: { x: 'yes' },
      },
    ]);
  });

  it('cannot end the value that a name of the document is put into', () => {
    expect(playsOf('- tasks: []', { name: 'no: "x"\n- hosts: all', hosts: ['a"b', 'c_1'] })).toMatchObject([
      { name: 'no: "x"\n- hosts: all', hosts: ['a"b', 'c_1'] },
    ]);
  });
});
