import { describe, expect, it } from 'vitest';
import { RadlError } from '../radl-error.js';
import { parseRadl } from '../text/parse-radl.js';
import type { AddPolicy } from './feature.js';
import { FeatureSet } from './feature-set.js';
import { convertUnit, numberText, unitFactor } from './units.js';

const setOf = (features: string): FeatureSet =>
  parseRadl(`system s (${features})`).systems[0]?.features ?? new FeatureSet();

describe('units', () => {
  it.each([
    ['', 1],
    ['B', 1],
    ['k', 1e3],
    ['KiB', 1024],
    ['mb', 1e6],
    ['Mi', 1024 ** 2],
    ['G', 1e9],
    ['gib', 1024 ** 3],
    ['TB', 1e12],
    ['Ti', 1024 ** 4],
    ['ECU', 1],
    ['constructor', 1],
    ['__proto__', 1],
  ])('%j counts %d', (unit, factor) => {
    expect(unitFactor(unit)).toBe(factor);
  });

  it.each([
    [2500, 'M', 'G', 2],
    [1536, 'M', 'G', 2],
    [3500, 'M', 'G', 4],
    [1, '', 'M', 0],
    [1, 'Gi', 'M', 1074],
    [5, '', undefined, 5],
  ])('round whole numbers half to even: %d %s in %s is %d', (value, from, to, result) => {
    expect(convertUnit(value, false, from, to)).toBe(result);
  });

  it('leave fractions alone', () => {
    expect(convertUnit(2.5, true, 'G', 'M')).toBe(2500);
    expect(convertUnit(1.5, true, 'M', 'G')).toBe(0.0015);
  });

  it.each([
    [1e21, false, '1000000000000000000000'],
    [1.5e-7, true, '0.00000015'],
    [3, true, '3.0'],
    [0, false, '0'],
  ])('%d prints without an exponent', (value, fraction, text) => {
    expect(numberText(value, fraction)).toBe(text);
  });
});

describe('reading a collection', () => {
  const set = setOf(
    "a >= 2G and a <= 4G and b <= 5 and c = 'x' and d = ['p','q'] and e contains (name = 'g' and v = 1) and soft 3 (f = 1)",
  );

  it('gives a number as its lower bound, else the upper one, in bytes or the unit asked for', () => {
    expect([set.get('a'), set.getNumber('a', 'M'), set.getNumber('b')]).toEqual([2e9, 2000, 5]);
    expect(set.getFeature('b')?.operator).toBe('<=');
  });

  it('gives texts, lists and groups', () => {
    expect([set.getText('c'), set.getText('a'), set.getList('c'), set.getList('d')]).toEqual([
      'x',
      undefined,
      ['x'],
      ['p', 'q'],
    ]);
    expect(set.getGroups('e').map((group) => group.getNumber('v'))).toEqual([1]);
    expect([set.get('nothing'), set.getNumber('c'), set.getGroups('c')]).toEqual([undefined, undefined, []]);
  });

  it('knows its names in order, and what soft groups name', () => {
    expect(set.names()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([set.has('f'), set.hasAnywhere('f'), set.hasAnywhere('g')]).toEqual([false, true, false]);
  });
});

describe('setting a value', () => {
  it('makes it exactly that value, once', () => {
    const set = setOf("cpu.count >= 1 and name = 'a'");
    set.set('cpu.count', 4);
    set.set('name', 'b');
    set.set('memory.size', 2, 'G');
    set.set('list', ['x']);

    expect(set.print()).toBe("cpu.count = 4 and\nname = 'b' and\nmemory.size = 2G and\nlist = ['x']");
  });

  it('replaces whatever was there, and can be taken back', () => {
    const set = setOf("a contains (name = 'x')");
    set.set('a', 'text');
    expect(set.print()).toBe("a = 'text'");
    set.delete('a');
    expect(set.size).toBe(0);
  });
});

describe('changes that were made elsewhere', () => {
  it('are made here too, and nothing else is touched', () => {
    const set = setOf("a = 5 and b = 'here' and c = 1");
    set.applyChanges(
      setOf("a = 1 and c = 1 and d = 1 and g contains (name = 'x')"),
      setOf("a = 1 and d = 2 and e >= 3 and g contains (name = 'x')"),
    );
    expect(set.print()).toBe("a = 5 and\nb = 'here' and\nd = 2 and\ne >= 3");
  });
});

describe('adding a feature', () => {
  const added = (first: string, second: string, policy: Partial<AddPolicy> = {}): string => {
    const set = setOf(first);
    set.apply(setOf(second), { conflict: 'error', missing: 'other', ...policy });
    return set.print();
  };

  it.each([
    ['a >= 1', 'a >= 2', 'a >= 2'],
    ['a >= 2', 'a >= 1', 'a >= 2'],
    ['a <= 5', 'a >= 1', 'a >= 1 and\na <= 5'],
    ['a >= 1 and a <= 9', 'a >= 2 and a <= 3', 'a >= 2 and\na <= 3'],
    ['a <= 5', 'a >= 5', 'a >= 5 and\na <= 5'],
    ['a = 5', 'a >= 1', 'a = 5'],
    ['a >= 1', 'a = 5', 'a = 5'],
    ['a = 1G', 'a >= 1000M', 'a = 1G'],
  ])('intersects intervals: %s and %s is %s', (first, second, result) => {
    expect(added(first, second)).toBe(result);
  });

  it.each([
    ['a = 1', 'a = 2', 'other', 'a = 2'],
    ['a = 1', 'a = 2', 'me', 'a = 1'],
    ['a = 1', 'a = 2', 'ignore', 'a = 1'],
    ["a = 'x'", "a = 'y'", 'other', "a = 'y'"],
    ["a = 'x'", "a = 'y'", 'me', "a = 'x'"],
    ["a = 'x'", 'a = 1', 'other', 'a = 1'],
    ["a = 'x'", 'a = 1', 'ignore', "a = 'x'"],
    [
      "a contains (name = 'g' and b = 1)",
      "a contains (name = 'g' and b = 2)",
      'other',
      "a contains (name = 'g' and\nb = 2)",
    ],
  ] as const)('settles the conflict of %s and %s by the policy %s', (first, second, conflict, result) => {
    expect(added(first, second, { conflict })).toBe(result);
  });

  it('adds new names unless the policy says otherwise', () => {
    expect(added('a = 1', 'b = 2', { missing: 'me' })).toBe('a = 1 and\nb = 2');
    expect(added('a = 1', 'b = 2', { missing: 'ignore' })).toBe('a = 1');
    expect(() => added('a = 1', 'b = 2', { missing: 'error' })).toThrow('Property has not set.');
  });

  it('merges groups of one name and keeps the others beside it', () => {
    expect(
      added(
        "a contains (name = 'g' and b = 1)",
        "a contains (name = 'g' and c = 2) and a contains (name = 'h')",
      ),
    ).toBe("a contains (name = 'g' and\nb = 1 and\nc = 2) and\na contains (name = 'h')");
    expect(added('a contains (b = 1)', 'a contains (c = 2)')).toBe('a contains (b = 1 and\nc = 2)');
  });

  it('appends soft groups', () => {
    expect(added('soft 1 (a = 1)', 'soft 2 (a = 2)')).toBe('soft 1 ( a = 1 ) and\nsoft 2 ( a = 2 )');
  });

  it('undoes everything when one feature clashes, in groups too', () => {
    const set = setOf("a = 1 and g contains (name = 'x' and b = 1) and soft 1 (s = 1)");
    const before = set.print();
    const clashing = setOf(
      "a >= 0 and n = 1 and soft 2 (t = 1) and g contains (name = 'y') and g contains (name = 'x' and c = 1 and b = 2)",
    );

    expect(() => set.apply(clashing)).toThrow(RadlError);
    expect(set.print()).toBe(before);
    expect(set.names()).toEqual(['a', 'g']);
  });

  it('of a collection to itself changes its hard features as little as any other', () => {
    const set = setOf("a = 1 and g contains (name = 'x') and soft 1 (s = 1)");
    set.apply(set);

    expect(set.print()).toBe(
      "a = 1 and\ng contains (name = 'x') and\nsoft 1 ( s = 1 ) and\nsoft 1 ( s = 1 )",
    );
  });

  it('shares nothing with the collection it came from', () => {
    const first = setOf('a = 1');
    const second = setOf("g contains (name = 'x') and soft 1 (s = 1)");
    first.apply(second);
    first.getGroups('g')[0]?.set('b', 1);
    first.getSofts()[0]?.features.set('b', 1);

    expect(second.print()).toBe("g contains (name = 'x') and\nsoft 1 ( s = 1 )");
  });
});

describe('equality', () => {
  it('is by value, in whatever order', () => {
    expect(setOf("a = 1 and b = 'x'").equals(setOf("b = 'x' and a = 1"))).toBe(true);
    expect(setOf('a = 1').equals(setOf('a >= 1'))).toBe(false);
    expect(setOf('a = 1').equals(setOf('a = 1 and b = 1'))).toBe(false);
  });
});
