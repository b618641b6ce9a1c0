import { describe, expect, it } from 'vitest';
import { jsonOf } from '../yaml/values.js';
import { readAnsibleOutput } from './ansible-output.js';

const task = (name: string, ...lines: string[]): string =>
  ['', `TASK [${name}] *********`, 'Friday 26 November 2021  08:36:26.119382', ...lines, ''].join('\n');

const step = (name: string, ...tasks: string[]): string =>
  `Launch task: ${name}\nCall Ansible\n${tasks.join('')}`;

const read = (log: string): unknown => jsonOf(readAnsibleOutput(log));

/** Results of the tasks of one step. */
const tasksOf = (...tasks: string[]): unknown => {
  const tree = read(step('s', ...tasks));
  return (tree as { s: { tasks: unknown } }).s.tasks;
};

describe('the results of Ansible tasks in a log', () => {
  it('tells state and message of every task by step', () => {
    const log =
      step('basic', task('quiet', 'ok: [10.0.0.1_0]')) +
      step(
        'front_front',
        task('show it', 'ok: [10.0.0.1_0] => {', '"changed": false,', '"msg": "the value"', '}'),
        task('other', 'skipping: [10.0.0.1_0]'),
      );

    expect(read(log)).toEqual({
      basic: { tasks: { quiet: { state: 'ok', output: null } } },
      front_front: {
        tasks: {
          'show it': { state: 'ok', output: 'the value' },
          other: { state: 'skipping', output: null },
        },
      },
    });
  });

  it('takes the whole object, also when members of it end a line with a brace', () => {
    const lines = [
      'ok: [h] => {',
      '  "msg": {',
      '    "a": "}",',
      '    "b": {}',
      '  },',
      '  "changed": false',
      '}',
    ];

    expect(tasksOf(task('t', ...lines))).toEqual({ t: { state: 'ok', output: { a: '}', b: {} } } });
  });

  it.each([
    ['the value of the only member', '{"ansible_host.x": [1, "two"]}', [1, 'two']],
    ['the message inside of a registered variable', '{"var": {"msg": "inner", "rc": 0}}', 'inner'],
    ['the text when nothing in it stands out', '{"a": 1, "b": 2}', '{"a": 1, "b": 2}'],
    ['the text when it is no JSON', '{broken}', '{broken}'],
  ])('gives %s', (_what, json, output) => {
    expect(tasksOf(task('t', `changed: [h -> other] => ${json}`))).toEqual({
      t: { state: 'changed', output },
    });
  });

  it('tells why a task failed', () => {
    expect(
      tasksOf(task('t', 'fatal: [h]: FAILED! => {"changed": false, "msg": "no disk"}', '...ignoring')),
    ).toEqual({
      t: { state: 'fatal', output: 'no disk' },
    });
  });

  it('numbers tasks of equal names, whatever else is called so', () => {
    const results = tasksOf(
      task('t', 'ok: [h]'),
      task('t_2', 'skipping: [h]'),
      task('t', 'changed: [h]'),
      task('t', 'fatal: [h]'),
    );

    expect(results).toMatchObject({
      t: { state: 'ok' },
      t_2: { state: 'skipping' },
      t_3: { state: 'changed' },
      t_4: { state: 'fatal' },
    });
  });

  it('tells of the last run of a step', () => {
    expect(read(step('s', task('old', 'ok: [h]')) + step('s', task('new', 'ok: [h]')))).toEqual({
      s: { tasks: { new: { state: 'ok', output: null } } },
    });
  });

  it('finds steps behind a message without line end, and none inside of results', () => {
    const said = task('t', 'ok: [h] => {', '  "msg": "Launch task: x"', '}');

    expect(read(`processed successfully${step('s', said)}`)).toEqual({
      s: { tasks: { t: { state: 'ok', output: 'Launch task: x' } } },
    });
  });

  it('does not take the result of a handler for that of a task', () => {
    const handler = '\nRUNNING HANDLER [restart] ******\nchanged: [h]\n';

    expect(tasksOf(task('t') + handler)).toEqual({ t: { state: null, output: null } });
  });

  it('keeps what there is of an object that was cut off', () => {
    const cut = ['ok: [h] => {', '"a": {', '}', '"b": '];

    expect(tasksOf(task('t', ...cut), task('next', 'ok: [h]'))).toEqual({
      t: { state: 'ok', output: '{\n"a": {\n}' },
      next: { state: 'ok', output: null },
    });
  });

  it('has nothing to tell of a log without steps', () => {
    expect(read('')).toEqual({});
    expect(read(task('t', 'ok: [h]'))).toEqual({});
  });

  it('reads long logs full of objects that never end, and objects of great depth', () => {
    const open = task('t', 'ok: [h] => {', '{{{{"a": "');
    const deep = `{"msg": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`;

    const tasks = tasksOf(open.repeat(20_000), task('deep', `ok: [h] => ${deep}`));

    expect(Object.keys(tasks as object)).toHaveLength(20_001);
    expect(tasks).toMatchObject({ deep: { output: deep } });
  });
});
