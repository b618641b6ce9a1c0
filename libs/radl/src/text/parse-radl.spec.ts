import { describe, expect, it } from 'vitest';
import { RadlError } from '../radl-error.js';
import { parseRadl } from './parse-radl.js';

/** The only system of a document with these features. */
function features(text: string) {
  const [system] = parseRadl(`system s (${text})`).systems;
  if (system === undefined) {
    throw new Error('no system');
  }
  return system.features;
}

function errorOf(text: string): RadlError {
  try {
    parseRadl(text);
  } catch (error) {
    if (error instanceof RadlError) {
      return error;
    }
    throw error;
  }
  throw new Error('The document was accepted.');
}

describe('the sections of plain RADL', () => {
  it('may come in any order, a description too, alone or not', () => {
    const radl = parseRadl(`deploy s 2 cloud.a-1
      contextualize 600 ( option ansible_version = '2.9' system s configure c step 2 )
      configure c (
@begin
- tasks: []
@end
)
      system s ( net_interface.0.connection = 'n' )
      description d ( name = 'mine' )
      network n
      ansible host ( host = 'h' )`);

    expect(radl.deploys).toMatchObject([{ system: 's', vmNumber: 2, cloudId: 'cloud.a-1' }]);
    expect(radl.contextualize).toMatchObject({
      maxTime: 600,
      items: [{ system: 's', configure: 'c', step: 2 }],
    });
    expect(radl.configures).toMatchObject([{ id: 'c', recipe: '\n- tasks: []\n', reference: false }]);
    expect(radl.description?.features.getText('name')).toBe('mine');
    expect(radl.networks).toMatchObject([{ id: 'n', reference: true }]);
    expect(radl.ansibleHosts[0]?.features.getText('host')).toBe('h');
    expect(parseRadl("description d (name = 'only')").description?.id).toBe('d');
  });

  it.each(['', ' \n\t', '# only a comment', '# a comment\n\n'])('are none in %j', (text) => {
    expect(parseRadl(text)).toEqual({
      ansibleHosts: [],
      networks: [],
      systems: [],
      configures: [],
      deploys: [],
    });
  });

  it('tell a missing body from an empty one', () => {
    const radl = parseRadl('system a system b () configure c configure d () description e');

    expect(radl.systems.map((system) => system.reference)).toEqual([true, false]);
    expect(radl.configures).toMatchObject([
      { recipe: null, reference: true },
      { recipe: null, reference: false },
    ]);
    expect(radl.description?.reference).toBe(true);
  });

  it('merge all contextualize sections: the longest time, the later option, the later item in the first place', () => {
    const radl = parseRadl(`
      contextualize 100 ( option v = '1' option w = 1 system a configure x step 1 system b configure x )
      contextualize 50 ( option v = '2' system a configure x step 5 system a configure y with cloud_init )`);

    expect(radl.contextualize?.maxTime).toBe(100);
    expect(radl.contextualize?.options.getText('v')).toBe('2');
    expect(radl.contextualize?.options.getNumber('w')).toBe(1);
    expect(radl.contextualize?.items).toMatchObject([
      { system: 'a', configure: 'x', step: 5 },
      { system: 'b', configure: 'x', step: 0 },
      { system: 'a', configure: 'y', step: 0, ctxtTool: 'cloud_init' },
    ]);
  });

  it('an item with cloud-init means cloud_init', () => {
    const { contextualize } = parseRadl('contextualize (system a configure x with cloud-init)');
    expect(contextualize?.items).toMatchObject([{ step: 0, ctxtTool: 'cloud_init' }]);
  });

  it('tell an empty contextualize section from none', () => {
    expect(parseRadl('contextualize ()').contextualize).toMatchObject({ maxTime: 0, items: [] });
    expect(parseRadl('network n').contextualize).toBeUndefined();
  });
});

describe('values of plain RADL', () => {
  it('are numbers with or without a unit, texts and lists', () => {
    const set = features(
      "a = 2 and b = 2.5GB and c = 512 mand and d = 'text' and e = ['x','y'] and f = [] and g = [''] and h = 3.",
    );

    expect(set.getFeature('a')).toMatchObject({ value: 2, operator: '=' });
    expect(set.getFeature('b')).toMatchObject({ value: 2.5, unit: 'GB', fraction: true });
    expect(set.getFeature('c')).toMatchObject({ value: 512, unit: 'mand' });
    expect(set.get('d')).toBe('text');
    expect(set.get('e')).toEqual(['x', 'y']);
    expect([set.get('f'), set.get('g')]).toEqual([[], []]);
    expect(set.getFeature('h')).toMatchObject({ value: 3, fraction: true });
  });

  it('keep every escape of a text but the one of the apostrophe', () => {
    expect(features("a = 'it\\'s'").get('a')).toBe("it's");
    expect(features("a = 'x\\ny\\\\z'").get('a')).toBe('x\\ny\\\\z');
    expect(features("a = 'two\nlines # no comment'").get('a')).toBe('two\nlines # no comment');
  });

  it('may stand in double quotes', () => {
    expect(features('a = "it\'s" and b = ["x", "y z"]').get('a')).toBe("it's");
    expect(features('a = "say \\"hello\\" or \\\'"').get('a')).toBe('say "hello" or \'');
  });

  it('are random texts of the length asked for, fresh every time', () => {
    const [first, second] = [
      features("a = 'random(12)'").getText('a'),
      features('a = "random(12)"').getText('a'),
    ];

    expect(first).toMatch(/^[A-Za-z0-9]{12}$/);
    expect(second).toMatch(/^[A-Za-z0-9]{12}$/);
    expect(first).not.toBe(second);
    expect(features("a = ' random(12)'").getText('a')).toBe(' random(12)');
  });

  it('end at the quote: a word may follow without a blank', () => {
    const set = features("a = '12.04'and b = 'yes'and soft 10 (c='1')");

    expect(set.names()).toEqual(['a', 'b']);
    expect(set.getSofts()).toMatchObject([{ weight: 10 }]);
  });
});

describe('signs that mean nothing', () => {
  it('are skipped: semicolons, quotes around names, carriage returns', () => {
    const radl = parseRadl('network "net" (outbound = \'yes\');\r\nsystem s ()\r\n');

    expect(radl.networks[0]?.id).toBe('net');
    expect(radl.networks[0]?.features.getText('outbound')).toBe('yes');
    expect(radl.systems[0]?.id).toBe('s');
  });

  it.each([
    ['system s (a = -1)', 'Line 1: Parse error in: - (a number has no sign here).'],
    ['system s ()\ndeploy s -1', 'Line 2: Parse error in: - (a number has no sign here).'],
    ["system s (a != 'x')", 'Line 1: Parse error in: != (there is no such operator).'],
  ])('are refused where skipping them would change a value: %s', (text, message) => {
    expect(errorOf(text).message).toBe(message);
  });
});

describe('recipes', () => {
  const recipe = (text: string): string | null | undefined => parseRadl(text).configures[0]?.recipe;

  it('go from @begin to an @end at the start of a line, as they are', () => {
    expect(recipe("configure c (\n@begin\n- a: 'b' # c\n  @end\n@end\n)")).toBe("\n- a: 'b' # c\n  @end\n");
    expect(recipe('configure c (@begin one\r\ntwo\n@end)')).toBe(' one\r\ntwo\n');
    expect(recipe('configure c (\n@begin\n@end\n)')).toBe('\n');
  });

  it('lose the newlines that printing adds', () => {
    expect(recipe('configure c (\n@begin\n\n- a\n\n@end\n)')).toBe('\n- a\n');
  });

  it.each([
    ['configure c (\n@begin\n- a\n', 2],
    ['configure c (\n@begin\n- a\n @end\n)', 2],
    ['configure c (\n@begin@end\n)', 2],
  ])('have to end: %j', (text, line) => {
    const error = errorOf(text);

    expect(error.message).toContain('Expected a line that begins with @end.');
    expect(error.line).toBe(line);
  });
});

describe('a syntax error', () => {
  it.each<[text: string, line: number | undefined, column: number | undefined, message: string]>([
    [
      'sistem s ()',
      1,
      1,
      "Line 1: Parse error in: sistem. Expected a section: description, network, system, ansible, configure, deploy, contextualize. Did you mean 'system'?",
    ],
    ['network n ()\n  depoy s 1', 2, 3, "Did you mean 'deploy'?"],
    ['system (a = 1)', 1, 8, 'Line 1: Parse error in: (. Expected the name of the system.'],
    ['system step ()', 1, 8, 'Line 1: Parse error in: step. Expected the name of the system.'],
    ['system 1s ()', 1, 8, 'Line 1: Parse error in: 1. Expected the name of the system.'],
    ['ansible a', undefined, undefined, "Parse error in: None (the document ends too early). Expected '('."],
    [
      'system s (\n a = 1\n b = 2)',
      3,
      4,
      "Line 3: Parse error in: =. Expected 'and' before the next feature, or ')'.",
    ],
    ['system s (a = 1,\n b = 2)', 1, 16, 'Line 1: Parse error in: ,.'],
    ['system s (a = 1 adn b = 2)', 1, 21, "Line 1: Parse error in: b. Expected 'and' before"],
    ["system s (a = 'x' adn b = 2)", 1, 19, "Did you mean 'and'?"],
    ['system s (a = 1 and)', 1, 20, 'Line 1: Parse error in: ). Expected the name of a feature.'],
    [
      'system s (a 1)',
      1,
      13,
      "Line 1: Parse error in: 1. Expected an operator: '=', '<', '>', '<=', '>=' or 'contains'.",
    ],
    ['system s (a contians (b = 1))', 1, 13, "Did you mean 'contains'?"],
    ['system s (a => 1)', 1, 14, 'Line 1: Parse error in: >. Expected a value'],
    [
      'system s (a = net)',
      1,
      15,
      'Line 1: Parse error in: net. Expected a value: a number, a text in single quotes or a list',
    ],
    ['system s (a = [1])', 1, 16, "Line 1: Parse error in: 1. Expected ','."],
    ["system s (a = ['x' 'y'])", 1, 20, "Line 1: Parse error in: 'y'. Expected ','."],
    ["system s (a = ['x', 'random(3)'])", 1, 21, 'Expected a text in single quotes.'],
    [
      "system s (a = 'random(0)')",
      1,
      15,
      "Line 1: Parse error in: 'random(0)'. Expected a length from 1 to 1024.",
    ],
    ["system s (a = 'random(2000)')", 1, 15, 'Expected a length from 1 to 1024.'],
    [
      "system s (\na = 'no end)",
      2,
      5,
      "Line 2: Parse error in: ' (the text in quotes has no end). Expected a closing '.",
    ],
    ['system s (a = 1', undefined, undefined, 'Parse error in: None (the document ends too early).'],
    ['system s (a = 1))', 1, 17, 'Line 1: Parse error in: ). Expected a section'],
    [
      'system s (soft (a = 1))',
      1,
      16,
      'Line 1: Parse error in: (. Expected the weight of the soft features.',
    ],
    ["deploy s '1'", 1, 10, "Line 1: Parse error in: '1'. Expected the number of VMs."],
    ['deploy s', undefined, undefined, 'Expected the number of VMs.'],
    ['deploy s 1.5', 1, 10, 'Line 1: Parse error in: 1.5. Expected a whole number.'],
    [
      'configure c (- tasks: [])',
      1,
      16,
      "Line 1: Parse error in: tasks. Expected a recipe between @begin and @end, or ')'.",
    ],
    [
      'contextualize (\nsystem s configur c)',
      2,
      10,
      "Line 2: Parse error in: configur. Expected 'configure'. Did you mean 'configure'?",
    ],
    [
      "contextualize (system s configure c option a = '1')",
      1,
      37,
      "Line 1: Parse error in: option. Expected 'system', or ')' (options come before the items).",
    ],
    ['contextualize (system s configure c step 1 with Ansible)', 1, 44, 'Line 1: Parse error in: with.'],
    [
      'contextualize (system s configure c step 1.5)',
      1,
      42,
      'Line 1: Parse error in: 1.5. Expected a whole number.',
    ],
    ["contextualize (option a = ['x'])", 1, 27, 'Expected a number or a text in single quotes.'],
    [
      'system s (a = 99999999999999999999999)',
      1,
      15,
      'Line 1: Parse error in: 99999999999999999999999 (the number is too large).',
    ],
    [
      'system s (a = 900000000000T)',
      1,
      15,
      'Line 1: Parse error in: 900000000000 (the number is too large).',
    ],
    [
      'system s (memory.size = @input.Memory@)',
      1,
      25,
      'Line 1: Parse error in: @input (unreplaced parameter Memory).',
    ],
  ])('says where and what would fit: %j', (text, line, column, message) => {
    const error = errorOf(text);

    expect(error.message).toContain(message);
    expect(error).toMatchObject({ phase: 'parse', line, column });
    expect(error.category).toMatch(/^(syntax|value)$/);
  });

  it('counts the lines inside texts and recipes', () => {
    expect(errorOf("system s (\na = 'x\ny\nz' and\n= 1)").line).toBe(5);
    expect(errorOf('configure c (\n@begin\n-\n-\n@end\n)\nnetwork n (').line).toBeUndefined();
    expect(errorOf('configure c (\n@begin\n-\n-\n@end\n) network n x').line).toBe(6);
    expect(errorOf('# one\n# two\n\n  x').column).toBe(3);
  });
});

describe('a document that contradicts itself', () => {
  it.each([
    [
      'network n ()\nnetwork n ()',
      2,
      'Aspect with the same id was found. There are two definitions of network n.',
    ],
    ['system n\nsystem n ()', 2, 'There are two definitions of system n.'],
    ['configure n\n\nconfigure n', 3, 'There are two definitions of configure n.'],
    ["ansible n (host = 'a') ansible n (host = 'b')", 1, 'There are two definitions of ansible n.'],
    ['description a\ndescription b', 2, 'Description can only be defined once.'],
  ])('by two definitions is refused: %j', (text, line, message) => {
    expect(errorOf(text)).toMatchObject({ category: 'duplicate', line });
    expect(errorOf(text).message).toContain(message);
  });

  it('may use one name for things of different kinds, and deploy a system more than once', () => {
    const radl = parseRadl('network n () system n () configure n ansible n (a = 1) deploy n 1 deploy n 2');

    expect(radl.deploys).toHaveLength(2);
  });

  it.each([
    ["system s (a = 'x' and\na = 'y')", "Line 2: Conflict adding `a = 'y'` because `a = 'x'` is already set"],
    ["system s (a = 1 and\na = 'y')", "Line 2: Conflict adding `a = 'y'` because `a = 1` is already set"],
    ["system s (a = 'y' and a contains (b = 1))", "because `a = 'y'` is already set and conflict is error"],
    ['system s (a >= 4 and\na < 2)', "Line 2: Disjoint intervals!. Involved features: ['a >= 4', 'None']"],
    [
      'system s (a = 1G and\n\na = 2G)',
      "Line 3: Disjoint intervals!. Involved features: ['a = 1G', 'a = 1G']",
    ],
    ["system s (a contains (name = 'g' and v = '1') and a contains (name = 'g' and v = '2'))", "`v = '1'`"],
  ])('by features that exclude each other is refused: %j', (text, message) => {
    expect(errorOf(text)).toMatchObject({ category: 'conflict', phase: 'parse' });
    expect(errorOf(text).message).toContain(message);
  });
});
