import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mergePlaybooks } from './merge-playbooks.js';

const table = fileURLToPath(
  new URL('../../../../shared/conformance/documents/tables/recipe-merge.json', import.meta.url),
);
const present = existsSync(table);

interface Row {
  first: string;
  second: string;
  merged: object[];
}

const rows: Row[] = present ? (JSON.parse(readFileSync(table, 'utf8')) as { rows: Row[] }).rows : [];

describe.skipIf(!present)('merged playbooks (needs ../shared/conformance)', () => {
  it.each(rows)('$first and $second', ({ first, second, merged }) => {
    expect(mergePlaybooks(first, second)).toEqual(merged);
  });
});

describe('two playbooks become one', () => {
  it.each<[string, string, string, object[]]>([
    [
      'mappings are united, and the second one wins',
      '- vars: {a: 1, b: 1}',
      '- vars: {b: 2}',
      [{ vars: { a: 1, b: 2 } }],
    ],
    ['lists are appended', '- roles: [a]', '- roles: [b, a]', [{ roles: ['a', 'b', 'a'] }]],
    [
      'two scalars become a list',
      '- hosts: "{{IM_HOST}}"',
      '- hosts: wn',
      [{ hosts: ['{{IM_HOST}}', 'wn'] }],
    ],
    [
      'values that say nothing do not count',
      '- {become: yes, tasks: [a], vars: {x: 1}}',
      '- {become: no, tasks: [], vars: {}}',
      [{ become: true, tasks: ['a'], vars: { x: 1 } }],
    ],
    [
      'nor do they in the first one',
      '- {gather_facts: no, port: 0, roles: ~}',
      '- {gather_facts: yes, port: 22, roles: [r]}',
      [{ gather_facts: true, port: 22, roles: ['r'] }],
    ],
    ['only the first play of the first one counts', '- {a: 1}\n- {b: 1}', '- {c: 1}', [{ a: 1, c: 1 }]],
    ['nothing and a play are the play', '', '- {a: 1}', [{ a: 1 }]],
    ['a play and nothing are nothing', '- {a: 1}', '', []],
    ['a mapping is no playbook', '- {a: 1}', 'tasks: []', []],
    ['a list of texts is none either', '- {a: 1}', '- a\n- {b: 1}', []],
  ])('%s', (_name, first, second, merged) => {
    expect(mergePlaybooks(first, second)).toEqual(merged);
  });
});
