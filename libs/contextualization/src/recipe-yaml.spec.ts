import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PlainText, printYaml, readYaml } from './recipe-yaml.js';

describe('data as YAML', () => {
  it.each([
    'no',
    'yes',
    'on',
    'y',
    '0755',
    '0o7',
    '0x1f',
    '0b1',
    '1_000',
    '22:22',
    '190:20:30.5',
    '1e3',
    '.5',
    '2001-01-01',
    '~',
    'null',
    '',
    '=',
    '<<',
    '- a',
    'a: b',
    'a #b',
    '@x',
    '!x',
    '%x',
    '{{ x }}',
    'two\nlines',
    ' lead',
    'tab\t',
    '\u0007',
    'ñ',
  ])('keeps the text %j a text, for Ansible too, which reads YAML 1.1', (text) => {
    const printed = printYaml({ value: text });

    expect(parse(printed, { version: '1.1', merge: false })).toEqual({ value: text });
    expect(printed).toMatch(/^value: ["|]/);
  });

  it('keeps keys, numbers, booleans and nothing', () => {
    const value = { no: 1, '80': true, y: false, list: [null, 1.5, {}], 'a key': 'x' };

    expect(parse(printYaml(value), { version: '1.1' })).toEqual(value);
  });

  it('marks texts in which nothing is a template', () => {
    expect(printYaml({ password: new PlainText('a"{{b}}\n') })).toBe('password: !unsafe "a\\"{{b}}\\n"\n');
  });

  it('shows scripts line by line', () => {
    expect(printYaml({ raw: 'if true; then\n  echo "a"\nfi' })).toBe(
      'raw: |-\n  if true; then\n    echo "a"\n  fi\n',
    );
  });

  it('repeats what it holds twice, so that every part can be read by itself', () => {
    const hosts = ['a', 'b'];

    expect(printYaml([{ hosts }, { hosts }])).not.toMatch(/[&*]/);
  });
});

describe('the data of a recipe', () => {
  it('may use an anchor as often as the check of the document allows', () => {
    const uses = Array.from({ length: 300 }, () => '- *task\n').join('');

    expect(readYaml(`- &task [a, b]\n${uses}`)).toHaveLength(301);
  });

  it('are those of YAML 1.1', () => {
    expect(readYaml('{a: yes, b: 0644, c: "yes", a: 22:22}')).toEqual({ a: 1342, b: 420, c: 'yes' });
  });

  it('are those that Ansible sees, to which y and n are letters', () => {
    expect(readYaml('{y: n, a: On, b: FALSE, c: N}')).toEqual({ y: 'n', a: true, b: false, c: 'N' });
  });
});
