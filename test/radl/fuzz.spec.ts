import type { Radl } from '@im/radl';
import {
  applyReconfiguration,
  checkRadl,
  completeReferences,
  concreteSystem,
  deserializeRadl,
  emptyRadl,
  mergeRadl,
  parseOutports,
  parseRadl,
  parseRadlJson,
  printRadl,
  printRadlJson,
  RadlError,
  serializeRadl,
} from '@im/radl';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validRadl } from './arbitrary-radl.js';

/** Inputs per kind; together more than 100,000. A failure prints its seed and path: give them to `fc.assert` to see it again. */
const counts = {
  soup: 45_000,
  mutated: 25_000,
  unicode: 12_000,
  json: 20_000,
  mutatedJson: 8_000,
  recipe: 2_000,
};
/** A small input that takes this long hangs, however busy the machine is. */
const hangMs = 5_000;

/** Whatever it throws must be for the author of the document. */
function refusedOrFine<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RadlError)) {
      throw error;
    }
    return undefined;
  }
}

/** Everything the service does with a document that was read. */
function use(radl: Radl): void {
  refusedOrFine(() => checkRadl(radl));
  const printed = printRadl(radl);
  expect(printRadl(deserializeRadl(serializeRadl(radl)))).toBe(printed);
  const merged = mergeRadl(emptyRadl(), radl);
  refusedOrFine(() => completeReferences(radl, merged));
  refusedOrFine(() => applyReconfiguration(merged, radl));
  for (const system of radl.systems) {
    refusedOrFine(() => concreteSystem(system, system));
  }
  for (const network of radl.networks) {
    refusedOrFine(() => parseOutports(network.features.getText('outports') ?? ''));
  }
}

/** What was read from plain text reads the same once it is printed. @returns whether it was read */
function tryPlain(text: string): boolean {
  const radl = refusedOrFine(() => parseRadl(text, { random: (length) => 'r'.repeat(length) }));
  if (radl !== undefined) {
    use(radl);
    const printed = printRadl(radl);
    expect(printRadl(parseRadl(printed))).toBe(printed);
  }
  return radl !== undefined;
}

/** JSON can hold texts that plain RADL cannot, so only JSON is held to read the same again. @returns whether it was read */
function tryJson(text: string): boolean {
  const radl = refusedOrFine(() => parseRadlJson(text));
  if (radl !== undefined) {
    use(radl);
    refusedOrFine(() => parseRadl(printRadl(radl)));
    const json = JSON.stringify(printRadlJson(radl));
    const again = refusedOrFine(() => parseRadlJson(json));
    if (again !== undefined) {
      expect(JSON.stringify(printRadlJson(again))).toBe(json);
    }
  }
  return radl !== undefined;
}

/** @param attempt uses an input and tells whether it was read: inputs that are all refused at once would test little */
function fuzz(input: fc.Arbitrary<string>, numRuns: number, attempt: (text: string) => boolean): void {
  let read = 0;
  fc.assert(
    fc.property(input, (text) => {
      const started = performance.now();
      read += attempt(text) ? 1 : 0;
      if (performance.now() - started > hangMs) {
        throw new Error('This input hangs.');
      }
    }),
    { numRuns },
  );
  expect(read / numRuns).toBeGreaterThan(0.01);
}

const words = [
  ...['network', 'ansible', 'system', 'soft', 'and', 'contains', 'deploy', 'configure', 'contextualize'],
  ...['step', 'with', 'option', 'description', 'n', 's', 'cpu.count', 'memory.size', 'disk.0.size', 'x', 'M'],
  ...['net_interface.0.connection', 'disk.0.applications', 'outports', 'name', 'constructor', '__proto__'],
  ...['(', ')', '(', ')', '[', ']', ',', '=', '<', '>', '<=', '>=', '=>', '!=', '-', '"', "'", ';', '@', '#'],
  ...['1', '0', '2.5', '3.', '99999999999999999999999', '1e9', "'a'", "''", '"b"', "'it\\'s'", "'\\\\'"],
  ...[
    "'random(3)'",
    "'random(0)'",
    '@begin',
    '@end',
    '\n',
    '\n@end\n',
    '@begin\n- a\n@end',
    '@begin@end',
    '@input.x@',
    '\r',
  ],
];
const soup = fc
  .array(fc.constantFrom(...words), { maxLength: 30 })
  .map((tokens) => tokens.join(tokens.length % 3 === 0 ? '' : ' '));

/** Documents to be spoilt, made once. */
const seeds = fc.sample(validRadl, 300);
const jsonSeeds = seeds.map((text) => JSON.stringify(printRadlJson(parseRadl(text))));

/** A document with some pieces cut out, doubled, moved or replaced. */
function mutated(originals: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.tuple(
    fc.constantFrom('cut', 'double', 'insert', 'replace'),
    fc.nat(),
    fc.nat({ max: 12 }),
    fc.constantFrom(...pieces),
  );
  return fc
    .tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([original, edits]) =>
      edits.reduce((text, [how, where, length, piece]) => {
        const at = where % (text.length + 1);
        const cut = text.slice(at, at + length);
        const kept = { cut: '', double: cut + cut, insert: piece + cut, replace: piece }[how];
        return text.slice(0, at) + kept + text.slice(at + length);
      }, original),
    );
}

const members = [
  ...['class', 'id', 'reference', 'recipes', 'system', 'vm_number', 'cloud', 'max_time', 'items', 'options'],
  ...['configure', 'step', 'ctxt_tool', 'softs', 'weight', 'cpu.count', 'memory.size_min', 'x_max', ' soft'],
  ...['disk.0.applications', 'disk.0.image.url', 'name', '__proto__', 'constructor', 'toString', 'a b', ''],
];
const classes = ['network', 'system', 'description', 'ansible', 'configure', 'deploy', 'contextualize', 'x'];
const scalars = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  1e300,
  2 ** 53,
  '',
  'a',
  's',
  'n',
  "it's",
  '\\',
  '- [',
  ...classes,
];
const { element } = fc.letrec<{ value: unknown; object: unknown; element: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...scalars),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom(...members), tie('value'), { maxKeys: 4 }),
  element: fc
    .tuple(fc.constantFrom(...classes), tie('object'))
    .map(([kind, object]) => ({ class: kind, id: 's', ...(object as object) })),
}));
const json = fc
  .oneof({ weight: 20, arbitrary: fc.array(element, { maxLength: 3 }) }, element, fc.constantFrom(...scalars))
  .map((value) => JSON.stringify(value));

const recipe = fc
  .array(
    fc.constantFrom(
      '- ',
      '? ',
      ': ',
      'a',
      '[',
      ']',
      '{',
      '}',
      ',',
      '\n',
      '  ',
      '&a ',
      '*a',
      '!!x ',
      '|',
      '>',
      '"',
      "'",
      '---',
      '%',
      '#',
      '\t',
    ),
    {
      maxLength: 25,
    },
  )
  .map((tokens) => `configure c (\n@begin\n${tokens.join('')}\n@end\n)`);

describe('the readers of RADL survive', () => {
  it(`${counts.soup} heaps of tokens`, () => {
    fuzz(soup, counts.soup, tryPlain);
  }, 60_000);

  it(`${counts.mutated} spoilt documents`, () => {
    fuzz(mutated(seeds, words), counts.mutated, tryPlain);
  }, 60_000);

  it(`${counts.unicode} texts of any characters`, () => {
    const wrapped = fc
      .tuple(fc.string({ unit: 'binary', maxLength: 12 }), fc.nat({ max: 3 }))
      .map(
        ([text, place]) =>
          [
            text,
            `system s${text} (a = 1)`,
            `system s (a${text} = '${text}')`,
            `configure c (\n@begin\n${text}\n@end)`,
          ][place] ?? text,
      );
    fuzz(wrapped, counts.unicode, tryPlain);
  }, 60_000);

  it(`${counts.json} JSON values`, () => {
    fuzz(json, counts.json, tryJson);
  }, 60_000);

  it(`${counts.mutatedJson} spoilt JSON documents`, () => {
    const pieces = [
      '"',
      ',',
      '{',
      '}',
      '[',
      ']',
      ':',
      'null',
      '1',
      '-1',
      '1e999',
      '"softs"',
      '\\',
      '"_min":',
    ];
    fuzz(mutated(jsonSeeds, pieces), counts.mutatedJson, tryJson);
  }, 60_000);

  it(`${counts.recipe} recipes of YAML tokens`, () => {
    fuzz(recipe, counts.recipe, tryPlain);
  }, 60_000);
});
