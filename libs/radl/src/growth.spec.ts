import { describe, expect, it } from 'vitest';
import type { Radl } from './index.js';
import {
  applyReconfiguration,
  checkRadl,
  chooseFreeCidr,
  completeReferences,
  concreteSystem,
  emptyRadl,
  mergeRadl,
  parseOutports,
  parseRadl,
  parseRadlJson,
  printRadl,
  printRadlJson,
  serializeRadl,
} from './index.js';

/** Steps of `work`: writes to maps and matches of patterns, of which every reader and every merge is made. */
function stepsOf(work: () => void): number {
  const { set } = Map.prototype;
  const { exec } = RegExp.prototype;
  let steps = 0;
  Map.prototype.set = function counted<K, V>(this: Map<K, V>, key: K, value: V): Map<K, V> {
    steps++;
    return set.call(this, key, value) as Map<K, V>;
  };
  RegExp.prototype.exec = function counted(this: RegExp, text: string): RegExpExecArray | null {
    steps++;
    return exec.call(this, text);
  };
  try {
    work();
  } finally {
    Map.prototype.set = set;
    RegExp.prototype.exec = exec;
  }
  return steps;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_unused, index) => index);
const system = (features: string[]): string => `system s (${features.join(' and\n')})`;

const plain: Record<string, (n: number) => string> = {
  'systems one after another': (n) =>
    numbers(n)
      .map((i) => `system s${i} (cpu.count >= 1 and memory.size >= 512M)`)
      .join('\n'),
  'features of one system': (n) => system(numbers(n).map((i) => `x${i} = 'a'`)),
  'the same feature again and again': (n) => system(numbers(n).map(() => 'x >= 1')),
  'texts of a list': (n) =>
    `system s (x = [${numbers(n)
      .map((i) => `'t${i}'`)
      .join(',')}])`,
  'groups of one name': (n) => system(numbers(n).map((i) => `x contains (name = 'g${i}')`)),
  'groups without a name, merged into one': (n) => system(numbers(n).map((i) => `x contains (y${i} = 1)`)),
  'soft groups': (n) => system(numbers(n).map((i) => `soft ${i} (x${i} = 1)`)),
  'contextualize sections, merged into one': (n) =>
    `system s ()\n${numbers(n)
      .map((i) => `configure c${i} () contextualize 1 (option o${i} = 1 system s configure c${i})`)
      .join('\n')}`,
  'lines of a recipe': (n) => `configure c (\n@begin\n${'- a: 1\n'.repeat(n)}@end\n)`,
  'unclosed strings and stray signs': (n) => '" ; : / { } '.repeat(n),
  comments: (n) => '# a comment\n'.repeat(n),
};

/** Four times the size may cost four times the work and a little more. */
function expectLinear(work: (n: number) => () => unknown): void {
  const small = stepsOf(work(300));
  const large = stepsOf(work(1200));

  expect(small).toBeLessThan(300 * 60 + 100);
  expect(large).toBeLessThanOrEqual(small * 4.4 + 100);
}

describe('the work of reading grows with the size of the document', () => {
  it.each(Object.keys(plain))('of plain text with many %s', (name) => {
    expectLinear((n) => {
      const text = plain[name]?.(n) ?? '';
      return () => parseRadl(text);
    });
  });

  it.each(Object.keys(plain))('of JSON with many %s', (name) => {
    expectLinear((n) => {
      const text = JSON.stringify(printRadlJson(parseRadl(plain[name]?.(n) ?? '')));
      return () => parseRadlJson(text);
    });
  });

  it.each(Object.keys(plain))('of printing, storing and merging many %s', (name) => {
    expectLinear((n) => {
      const radl = parseRadl(plain[name]?.(n) ?? '');
      return () => {
        printRadl(radl);
        serializeRadl(radl);
        mergeRadl(emptyRadl(), completeReferences(radl, emptyRadl()));
        applyReconfiguration(radl, radl);
      };
    });
  });

  it('of deciding many soft groups over many features', () => {
    expectLinear((n) => {
      const [made] = parseRadl(
        system([
          ...numbers(n).map((i) => `x${i} = 1`),
          ...numbers(n).map((i) => `soft 1 (x${i} = ${i % 2} and y${i} = 1)`),
        ]),
      ).systems;
      return () => (made === undefined ? undefined : concreteSystem(made));
    });
  });

  it('of checking many of everything', () => {
    expectLinear((n) => {
      const radl: Radl = parseRadl(
        numbers(n)
          .map((i) => `network n${i} () system s${i} (net_interface.0.connection = 'n${i}') deploy s${i} 1`)
          .join('\n'),
      );
      return () => checkRadl(radl);
    });
  });
});

describe('documents of an unusual size', () => {
  const mebi = 1 << 20;

  it('may hold texts of many megabytes', () => {
    for (const text of ['x'.repeat(10 * mebi), "\\'".repeat(mebi)]) {
      const features = parseRadl(`system s (single = '${text}' and double = "${text}")`).systems[0]?.features;
      const lengths = ['single', 'double'].map((name) => features?.getText(name)?.length);

      expect(lengths).toEqual(text.startsWith('x') ? [10 * mebi, 10 * mebi] : [mebi, mebi]);
    }
  });

  it('may hold more networks than a call has room for arguments', () => {
    const radl = parseRadl(
      numbers(200_000)
        .map((i) => `network n${i}()`)
        .join(' '),
    );

    expect(mergeRadl(emptyRadl(), completeReferences(radl, emptyRadl())).networks).toHaveLength(200_000);
    expect(mergeRadl(radl, radl).networks).toHaveLength(200_000);
  });

  it('are refused when groups go too deep', () => {
    const depth = 5000;
    const nested = (n: number): string => `system s (${'a contains ('.repeat(n)}${')'.repeat(n)})`;
    const objects = `${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`;

    expect(parseRadl(nested(50)).systems).toHaveLength(1);
    expect(() => parseRadl(nested(depth))).toThrow(/Expected at most 50 groups inside each other/);
    expect(() => parseRadlJson(`[{"class":"system","id":"s","a":[${objects}]}]`)).toThrow(
      /at most 50 objects/,
    );
  });

  it.each(['[', '{', '- ', '? ', '- a: ', '{a: ', '[{'])(
    'are refused when a recipe nests %s too deep',
    (open) => {
      const radl = parseRadl(`configure c (\n@begin\n${open.repeat(20_000)}\n@end\n)`);

      expect(() => checkRadl(radl)).toThrow(/Line 1: Invalid YAML code: /);
    },
  );

  it('are refused when a recipe is indented ever deeper', () => {
    const lines = numbers(3000).map((depth) => `${' '.repeat(depth)}a:`);

    expect(() => checkRadl(parseRadl(`configure c (\n@begin\n${lines.join('\n')}\n@end\n)`))).toThrow(
      'there are more than 100 lists and maps inside each other',
    );
  });

  it('end the search for a free network', () => {
    expect(chooseFreeCidr('*.*.*.*/8', ['0.0.0.0/0'])).toBeNull();
    expect(chooseFreeCidr('*'.repeat(1000), [])).toBeNull();
  });

  it('are refused with a short text', () => {
    const long = 'x'.repeat(mebi);

    for (const work of [
      () => parseRadl(`${long} n ()`),
      () => parseRadl(`system s (a = ${'9'.repeat(mebi)})`),
      () => parseRadlJson(`[{"class":"system","id":"s","a ${long}":1}]`),
      () => parseOutports(long),
      () => checkRadl(parseRadl(`configure c (\n@begin\na: *${long}\n@end\n)`)),
      () => checkRadl(parseRadl(`configure c (\n@begin\na: ${'- a\n[} '.repeat(20_000)}\n@end\n)`)),
      () =>
        checkRadl(
          parseRadl(
            `system s (${numbers(20_000)
              .map((i) => `disk.${i + 1}.size = 1`)
              .join(' and ')})`,
          ),
        ),
    ]) {
      expect(work).toThrow(/^.{10,400}$/s);
    }
  });
});
