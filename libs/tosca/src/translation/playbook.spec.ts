import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ToscaError } from '../tosca-error.js';
import { mergePlaybooks, printPlaybook, readPlaybook } from './playbook.js';

const rewrite = (text: string): string => printPlaybook(readPlaybook('test.yml', text));
const merge = (first: string, second: string): string =>
  printPlaybook(mergePlaybooks(readPlaybook('first.yml', first), readPlaybook('second.yml', second)));

describe('readPlaybook', () => {
  it('drops where and how a play runs', () => {
    expect(rewrite('- hosts: all\n  connection: local\n  become: yes\n')).toBe('- become: yes\n');
  });

  it('keeps scalars, tags and blocks as they were written', () => {
    const text =
      '- vars:\n    mode: 0755\n    time: 22:22\n    flag: yes\n    nothing:\n    version: 18.10\n    "on": "1"\n' +
      '    big: 12345678901234567890\n    secret: !vault |\n      $ANSIBLE_VAULT\n      6162\n  tasks:\n' +
      '    - shell: |\n        echo one\n        echo two\n      when: a is defined # why\n';
    expect(rewrite(text)).toBe(text);
  });

  it('replaces aliases by what they stand for', () => {
    const read: unknown = parse(
      rewrite('- vars: &v {a: 1}\n  tasks:\n    - {<<: *v, b: *w}\n'.replace('*w', '&w 2')),
      {
        version: '1.1',
      },
    );
    expect(read).toEqual([{ vars: { a: 1 }, tasks: [{ a: 1, b: 2 }] }]);
  });

  it.each(['a: b\n', '- just text\n', '- {a: *nowhere}\n', '- a: &a [*a]\n', '- [\n'])(
    'refuses %j',
    (text) => {
      expect(() => readPlaybook('bad.yml', text)).toThrow(ToscaError);
    },
  );

  it('takes an empty text for a playbook without plays', () => {
    expect(readPlaybook('empty.yml', '---\n')).toEqual([]);
  });
});

describe('mergePlaybooks', () => {
  it('keeps all plays of both, each with the variables of the first one', () => {
    const merged: unknown = parse(merge('- vars: {x: 1}\n- tasks: [a]\n', '- tasks: [b]\n- vars: {y: 2}\n'));
    expect(merged).toEqual([{ vars: { x: 1 } }, { tasks: ['a', 'b'] }, { vars: { x: 1, y: 2 } }]);
  });

  it('lets the later scalar win', () => {
    expect(parse(merge('- become: true\n', '- become: false\n'))).toEqual([{ become: false }]);
  });
});

const table = fileURLToPath(
  new URL('../../../../../shared/conformance/documents/tables/recipe-merge.json', import.meta.url),
);
const present = existsSync(table);
const tableSchema = z.object({
  rows: z.array(z.object({ first: z.string(), second: z.string(), merged: z.json() })),
});
const rows = present ? tableSchema.parse(JSON.parse(readFileSync(table, 'utf8'))).rows : [];

describe.skipIf(!present)('merged playbooks (needs ../shared/conformance)', () => {
  it.each(rows)('$first and $second', ({ first, second, merged }) => {
    expect(parse(merge(first, second))).toEqual(merged);
  });
});
