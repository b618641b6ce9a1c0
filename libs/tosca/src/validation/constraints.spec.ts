import { describe, expect, it } from 'vitest';
import { readToscaYaml } from '../yaml/read-document.js';
import { constraintProblem } from './constraints.js';

/** Why a value breaks a constraint; both are written in YAML. */
function problemOf(value: string, constraint: string, kind = 'string'): string | undefined {
  const document = readToscaYaml(`value: ${value}\nconstraint: { ${constraint} }`);
  const rules = document.get('constraint');
  const [[rule, limit] = ['', null]] = rules instanceof Map ? [...rules] : [];
  return constraintProblem({ rule, limit, value: document.get('value') ?? null, name: 'p', kind });
}

describe('a constraint', () => {
  it.each([
    ['3', 'greater_or_equal: 3', 'integer'],
    ['0.5', 'less_than: 1', 'float'],
    ['4 GB', 'greater_than: 3999 MB', 'scalar-unit.size'],
    ['1000 MB', 'equal: 1 GB', 'scalar-unit.size'],
    ['5', 'in_range: [ 1, UNBOUNDED ]', 'integer'],
    ['[ 2, 3 ]', 'in_range: [ 1, 5 ]', 'range'],
    ['b', 'valid_values: [ a, b ]', 'string'],
    ['[ 1 ]', 'min_length: 1', 'list'],
    ['abc', 'pattern: "[a-c]*"', 'string'],
    ['x', 'nobody_knows: 3', 'string'],
    ['x', 'greater_than: 3', 'string'],
  ])('%s holds %s', (value, constraint, kind) => {
    expect(problemOf(value, constraint, kind)).toBeUndefined();
  });

  it.each([
    ['2', 'greater_or_equal: 3', 'The value "2" of property "p" must be greater than or equal to "3".'],
    ['3', 'greater_than: 3', 'The value "3" of property "p" must be greater than "3".'],
    ['3', 'less_than: 3', 'The value "3" of property "p" must be less than "3".'],
    ['4', 'less_or_equal: 3', 'The value "4" of property "p" must be less than or equal to "3".'],
    ['4', 'equal: 3', 'The value "4" of property "p" is not equal to "3".'],
    ['6', 'in_range: [ 1, 5 ]', 'The value "6" of property "p" is out of range "(min:1, max:5)".'],
    [
      'c',
      'valid_values: [ a, b ]',
      'The value "c" of property "p" is not valid. Expected a value from "[a, b]".',
    ],
    ['abc', 'length: 2', 'Length of value "abc" of property "p" must be equal to "2".'],
    ['a', 'min_length: 2', 'Length of value "a" of property "p" must be at least "2".'],
    ['abc', 'max_length: 2', 'Length of value "abc" of property "p" must be no greater than "2".'],
    ['xabc', 'pattern: "[a-c]*"', 'The value "xabc" of property "p" does not match pattern "[a-c]*".'],
  ])('%s breaks %s', (value, constraint, problem) => {
    expect(problemOf(value, constraint, 'integer')).toBe(problem);
  });

  it('compares sizes by what they mean', () => {
    expect(problemOf('900 MB', 'greater_or_equal: 1 GB', 'scalar-unit.size')).toContain(
      'must be greater than or equal to "1 GB"',
    );
  });

  it('with a pattern that is none tells so', () => {
    expect(problemOf('x', 'pattern: "["')).toContain('The pattern is no regular expression');
  });

  it('with a pattern that others take for ever to match comes to an end', () => {
    expect(problemOf(`${'a'.repeat(5000)}b`, 'pattern: "(a*)*(a|aa)+"')).toContain('does not match pattern');
  });
});
