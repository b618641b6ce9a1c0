import { describe, expect, it } from 'vitest';
import { parseRadlJson } from '../json/parse-radl-json.js';
import { parseRadl } from './parse-radl.js';
import { printRadl } from './print-radl.js';

const printed = (text: string): string => printRadl(parseRadl(text));
const printedFeature = (feature: string): string =>
  printed(`network n (${feature})`).trim().slice('network n ( '.length, -' )'.length);

describe('the printed form', () => {
  it('has the sections in their order, whatever the order of the document', () => {
    const text = printed(`deploy s 2 deploy s 1 cloud
      contextualize 60 (option v = '1' system s configure c step 2 system s configure d with cloud_init)
      configure c (
@begin
- a: 1
@end
)
      configure d () configure e
      system s (a = 1) system ref
      network n (outbound = 'yes') network m
      ansible h (host = 'x')
      description d (name = 'mine')`);

    expect(text).toBe(
      [
        "description d (name = 'mine')",
        "ansible h (host = 'x')",
        "network n ( outbound = 'yes' )",
        'network m ',
        'system s (\na = 1\n)\n',
        'system ref ',
        'configure c (\n@begin\n\n- a: 1\n\n@end\n)',
        'configure d ()',
        'configure e',
        "contextualize 60 (\noption v = '1'\nsystem s configure c step 2 \nsystem s configure d  with cloud_init\n)",
        'deploy s 2',
        'deploy s 1 cloud',
      ].join('\n'),
    );
  });

  it('has an empty line where contextualize is absent', () => {
    expect(printed('network n () deploy s 1')).toBe('network n (  )\n\ndeploy s 1');
    expect(printed('contextualize 5 ()')).toBe('contextualize ()');
  });

  it.each([
    ['a = 1', 'a = 1'],
    ['a = 1.0', 'a = 1.0'],
    ['a = 1.50 GB', 'a = 1.5GB'],
    ['a > 1 and a <= 5', 'a > 1 and\na <= 5'],
    ['a >= 1 and a = 3 and a < 9', 'a = 3'],
    ['a >= 2 and a >= 1', 'a >= 2'],
    ["v >= '1.2'", "v >= '1.2'"],
    ["a = ['x', 'y']", "a = ['x','y']"],
    ['a = []', 'a = []'],
    ["a = 'it\\'s'", "a = 'it\\'s'"],
    ["a = 'back\\\\'", "a = 'back\\\\'"],
    ["a contains (name = 'x' and b = 1)", "a contains (name = 'x' and\nb = 1)"],
    ['soft 10 (a = 1 and b = 2) and c = 3', 'soft 10 ( a = 1 and\nb = 2 ) and\nc = 3'],
    ['a = 0.0000001', 'a = 0.0000001'],
    ['a = 999999999999999999999', 'a = 1000000000000000000000'],
    ['a = 5 .5', 'a = 5 .5'],
  ])('of %s is %s', (feature, text) => {
    expect(printedFeature(feature)).toBe(text);
    expect(printedFeature(text)).toBe(text);
  });

  it('has both bounds of an option', () => {
    const text = printed('contextualize (option a >= 1 option a <= 4)');

    expect(text).toContain('option a >= 1\noption a <= 4\n');
    expect(printed(text)).toBe(text);
  });

  it('of a recipe that begins with the word that ends one reads the same', () => {
    const recipe = (text: string) => parseRadl(text).configures[0]?.recipe;
    const text = printed('configure c (\n@begin@end of the first line\n- a\n@end\n)');

    expect(recipe(text)).toBe('@end of the first line\n- a\n');
    expect(printed(text)).toBe(text);
  });

  it('of a recipe that came without newlines gains them once', () => {
    const once = printRadl(parseRadlJson('[{"class":"configure","id":"c","recipes":"- a: 1"}]'));

    expect(once).toBe('configure c (\n@begin\n- a: 1\n@end\n)\n');
    expect(parseRadl(printed(once)).configures[0]?.recipe).toBe('\n- a: 1\n');
  });
});
