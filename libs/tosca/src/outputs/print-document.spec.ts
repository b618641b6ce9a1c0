import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readToscaYaml } from '../yaml/read-document.js';
import type { ToscaValue } from '../yaml/values.js';
import { DecimalNumber, valueOfJson } from '../yaml/values.js';
import { printToscaDocument } from './print-document.js';

const printed = (value: ToscaValue): string => printToscaDocument(new Map([['a', value]]));

describe('the printed document', () => {
  it('has its keys sorted, in block style, without comments and anchors', () => {
    const document = readToscaYaml('# comment\nb: &x {d: [1, {z: 1, x: []}], c: text}\na: *x\n');

    expect(printToscaDocument(document)).toBe(
      ['a:', 'b:'].map((key) => `${key}\n  c: text\n  d:\n    - 1\n    - x: []\n      z: 1\n`).join(''),
    );
  });

  it.each([
    ...[
      'yes',
      'No',
      'on',
      'OFF',
      'y',
      'true',
      '~',
      'null',
      '',
      '=',
      '<<',
      ' a',
      'a ',
      'a: b',
      'a #b',
      '- a',
      '@a',
    ],
    ...[
      '0755',
      '0o17',
      '0x1F',
      '12',
      '+12',
      '1_000',
      '22:22',
      '1:2',
      '1e3',
      '1.',
      '.5',
      '1.5',
      '.inf',
      '-.INF',
      '.nan',
    ],
    ...[
      '2020-01-01',
      '2020-01-01 10:00:00',
      '2001-12-14t21:59:43.10-05:00',
      'tosca_simple_yaml_1_0',
      'http://a:80/',
    ],
    ...[
      "it's",
      '"quoted"',
      'tab\tinside',
      'back\\slash',
      '{ get_input: a }',
      '[a]',
      '{{ expression }}',
      '%a',
      '---',
      '?',
    ],
    ...[
      '#!/bin/sh\necho "hi" # there\n\n  indented\n',
      'line\nend',
      'a\n\n\n',
      '2020-01-01\nend',
      ' first\nblank',
      'blank \nend',
      '\n',
      '\r\n',
    ],
    ...[
      '\u0007bell',
      '\u007f',
      '\u0085next',
      '\u2028',
      '\ufeffmark',
      'ñandú €',
      '😀',
      '\ud800',
      'é\u0000\u{1f600}',
    ],
  ])('gives the text %j back to readers of YAML 1.1', (text) => {
    for (const document of [new Map<string, ToscaValue>([['a', [text]]]), new Map([[text, 'a']])]) {
      const yaml = printToscaDocument(document);
      expect(readToscaYaml(yaml)).toEqual(document);
      expect(parse(yaml, { version: '1.1', mapAsMap: true })).toEqual(document);
    }
  });

  it('keeps numbers as they were written, and booleans and null', () => {
    expect(printed([new DecimalNumber(18.1, '18.10'), new DecimalNumber(1, '1.'), 7, true, null])).toBe(
      'a:\n  - 18.10\n  - 1.\n  - 7\n  - true\n  - null\n',
    );
  });

  it('prints scripts as blocks that people can read', () => {
    expect(printed('#!/bin/sh\necho hi\n')).toBe('a: |\n  #!/bin/sh\n  echo hi\n');
  });

  it('prints every value that aliases share where it stands', () => {
    const shared = valueOfJson({ k: [1] });

    expect(
      printToscaDocument(
        new Map([
          ['a', shared],
          ['b', shared],
        ]),
      ),
    ).toBe('a:\n  k:\n    - 1\nb:\n  k:\n    - 1\n');
  });
});
