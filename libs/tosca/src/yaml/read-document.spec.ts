import { describe, expect, it } from 'vitest';
import { ToscaError } from '../tosca-error.js';
import { readSourceDocument, readToscaYaml } from './read-document.js';
import { DecimalNumber, jsonOf, textOf } from './values.js';

function problemOf(text: string): ToscaError {
  try {
    readToscaYaml(text);
  } catch (error) {
    if (error instanceof ToscaError) {
      return error;
    }
    throw error;
  }
  throw new Error('The text was accepted.');
}

describe('reading YAML 1.1', () => {
  it.each([
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['n', 'n'],
    ['0755', 0o755],
    ['0x1F', 31],
    ['22:22', 1342],
    ['1_000', 1000],
    ['1e3', '1e3'],
    ['~', null],
    ['', null],
    ['2020-01-01', '2020-01-01'],
    ['"18.10"', '18.10'],
    ['-7', -7],
    ['08', '08'],
    ['!!str 5', '5'],
  ])('%j is %j', (text, value) => {
    expect(readToscaYaml(`a: ${text}`).get('a')).toEqual(value);
  });

  it('remembers how a number with a point was written', () => {
    const value = readToscaYaml('version: 18.10').get('version');

    expect(value).toEqual(new DecimalNumber(18.1, '18.10'));
    expect(textOf(value ?? null)).toBe('18.10');
  });

  it('merges, follows aliases and keeps the order of keys', () => {
    const document = readToscaYaml(
      'base: &b {z: 1, a: 2}\n2: two\n1: one\nnode:\n  <<: *b\n  a: 3\nsame: *b\n',
    );

    expect([...document.keys()]).toEqual(['base', '2', '1', 'node', 'same']);
    expect(jsonOf(document.get('node') ?? null)).toEqual({ z: 1, a: 3 });
    expect(document.get('same')).toBe(document.get('base'));
  });

  it('lets merges of merges share what they bring', () => {
    const chain = Array.from(
      { length: 30 },
      (_unused, index) => `a${index + 1}: &a${index + 1} {<<: *a${index}, y: {<<: *a${index}}}`,
    );

    const document = readToscaYaml(`a0: &a0 {x: 1}\n${chain.join('\n')}`);

    expect(jsonOf(document.get('a3') ?? null)).toEqual({ x: 1, y: { x: 1, y: { x: 1, y: { x: 1 } } } });
  });

  it('refuses tags of others', () => {
    expect(problemOf('a: !secret text').message).toContain('!secret');
    expect(readToscaYaml('a: !!binary dGV4dA==').get('a')).toBe('dGV4dA==');
  });

  it('takes an empty text as an empty document', () => {
    expect(readToscaYaml('# nothing\n').size).toBe(0);
  });

  it('keeps keys that mean something to JavaScript', () => {
    expect(readToscaYaml('__proto__: {x: 1}\nconstructor: 2').get('constructor')).toBe(2);
  });
});

describe('places', () => {
  const source = readSourceDocument('a:\n  b:\n    - one\n    - c: 2\na:\n  d: 3\n');

  it('are those of the key that counts, or the nearest one above', () => {
    expect(source.positionOf(['a', 'd'])).toEqual({ line: 6, column: 3 });
    expect(source.positionOf(['a', 'd', 'deeper'])).toEqual({ line: 6, column: 3 });
    expect(source.positionOf([])).toBeUndefined();
  });

  it.each([
    [['a', 0], { line: 2, column: 5 }],
    [['a', 1, 'c'], { line: 3, column: 5 }],
    [['b', 'd'], { line: 4, column: 8 }],
    [['b', 'e', 1], { line: 4, column: 23 }],
    [['f', 0], { line: 5, column: 6 }],
    [['f', 0, 'd'], { line: 5, column: 6 }],
  ])('are known of lists, maps in one line and aliases: %j', (path, position) => {
    const text = 'a:\n  - one\n  - c: 2\nb: &b {d: 1, "e": [x, "y"]}\nf: [ *b ]\n';

    expect(readSourceDocument(text).positionOf(path)).toEqual(position);
  });
});

describe('a text that is no document', () => {
  it.each([
    ['a: [1, 2', 'yaml', 1],
    ['a: 1\nb: [1\n  2: {', 'yaml', undefined],
    ['- a\n- b\n', 'yaml', 1],
    ['just text', 'yaml', 1],
    ['a: 1\n---\nb: 2\n', 'yaml', 2],
    ['a: *nothing', 'yaml', undefined],
    ['a: &x [*x]', 'yaml', undefined],
    ['? [1]\n: 2', 'yaml', undefined],
  ])('%j is refused', (text, category, line) => {
    const problem = problemOf(text);

    expect(problem.category).toBe(category);
    expect(problem.message).toMatch(/^Error parsing TOSCA template: /);
    if (line !== undefined) {
      expect(problem.line).toBe(line);
    }
  });

  it('has its first place in line 1, also when that is empty', () => {
    expect(problemOf('\n- a\n').problems[0].position).toEqual({ line: 1, column: 1 });
  });

  it('is refused when lists stand too deep in each other', () => {
    expect(problemOf(`a: ${'['.repeat(5000)}`).message).toContain('inside each other');
  });

  it('is refused when its aliases multiply', () => {
    const bomb = Array.from(
      { length: 12 },
      (_unused, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`,
    );

    expect(problemOf(`a0: &a0 x\n${bomb.join('\n')}`).message).toContain('aliases multiply');
  });

  it.each(['a: &a {<<: *a, b: 1}', 'a: {<<: text}', 'a: {<<: [1]}', 'a: {<<: *b}'])(
    '%s is refused',
    (text) => {
      expect(problemOf(text).category).toBe('yaml');
    },
  );

  it('is refused when its merges copy a large map many times', () => {
    const large = `a: &a {${Array.from({ length: 5000 }, (_unused, index) => `k${index}: 1`).join(', ')}}`;

    expect(problemOf(`${large}\nb: [${'{<<: *a},'.repeat(500)}]`).message).toContain('aliases multiply');
  });

  it('is refused when it is very long', () => {
    expect(problemOf(`a: ${'x'.repeat(3_000_000)}`).message).toContain('longer than 2097152 characters');
  });

  it('is refused when few aliases repeat a large part', () => {
    const large = `a: &a [${'1,'.repeat(100_000)}]`;

    expect(problemOf(`${large}\nb: [${'*a,'.repeat(50)}]`).message).toContain('aliases');
  });
});
