import { describe, expect, it } from 'vitest';
import { checkRadl } from '../check/check-radl.js';
import { RadlError } from '../radl-error.js';
import { parseRadl } from '../text/parse-radl.js';
import { printRadl } from '../text/print-radl.js';
import { parseRadlJson, radlOfJson } from './parse-radl-json.js';
import { printRadlJson } from './print-radl-json.js';
import { deserializeRadl, serializeRadl } from './stored-form.js';

const jsonOf = (text: string): unknown => printRadlJson(parseRadl(text));
const read = (...elements: object[]) => parseRadlJson(JSON.stringify(elements));
const featuresOf = (members: object) => {
  const [system] = read({ class: 'system', id: 's', ...members }).systems;
  return system?.features.print();
};

function errorOf(text: string): RadlError {
  try {
    parseRadlJson(text);
  } catch (error) {
    if (error instanceof RadlError) {
      return error;
    }
    throw error;
  }
  throw new Error('The document was accepted.');
}

describe('RADL JSON as it is written', () => {
  it('lists ansible hosts, networks, systems, configures, deploys, contextualize and the description', () => {
    expect(
      jsonOf(`description d (name = 'mine') deploy s 2 cloud
        contextualize 60 (option v = '1' system s configure c step 2 system s configure d with cloud_init)
        configure d () system s () network n ansible h (host = 'x')`),
    ).toEqual([
      { class: 'ansible', id: 'h', host: 'x' },
      { class: 'network', id: 'n', reference: true },
      { class: 'system', id: 's' },
      { class: 'configure', id: 'd', recipes: null },
      { class: 'deploy', system: 's', vm_number: 2, cloud: 'cloud' },
      {
        class: 'contextualize',
        max_time: 60,
        items: [
          { system: 's', configure: 'c', step: 2 },
          { system: 's', configure: 'd', ctxt_tool: 'cloud_init' },
        ],
        options: { v: '1' },
      },
      { class: 'description', id: 'd', name: 'mine' },
    ]);
    expect(jsonOf('contextualize 60 ()')).toEqual([{ class: 'contextualize', max_time: 60 }]);
  });

  it.each([
    ['memory.size >= 1G', { 'memory.size_min': 1_000_000_000 }],
    ['memory.size < 1Gi', { 'memory.size_max': 1_073_741_824 }],
    ['a >= 1 and a <= 2', { a_min: 1, a_max: 2 }],
    ['a >= 1000M and a <= 1G', { a: 1_000_000_000 }],
    ["a = ['x']", { a: ['x'] }],
    ["a contains (name = 'x') and a contains (name = 'y')", { a: [{ name: 'x' }, { name: 'y' }] }],
    ['soft 5 (a = 1)', { softs: [{ weight: 5, items: { a: 1 } }] }],
  ])('has %s as members', (features, members) => {
    expect(jsonOf(`network n (${features})`)).toEqual([{ class: 'network', id: 'n', ...members }]);
  });

  it('keeps its own members apart from features of the same name', () => {
    expect(jsonOf("system s (id = 'x' and class = 'y' and __proto__ = 'z')")).toEqual([
      JSON.parse('{"class":"system","id":"s","__proto__":"z"}'),
    ]);
  });
});

describe('RADL JSON as it is read', () => {
  it('takes lists of texts as values and lists of objects as groups', () => {
    expect(featuresOf({ 'environment.variables': ['A:1', 'B:2'], 'disk.0.image.url': ['a', 'b'] })).toBe(
      "environment.variables = ['A:1','B:2'] and\ndisk.0.image.url = ['a','b']",
    );
    expect(featuresOf({ 'disk.0.applications': [{ name: 'git' }, { name: 'x', version: '1' }] })).toBe(
      "disk.0.applications contains (name = 'git') and\ndisk.0.applications contains (name = 'x' and\nversion = '1')",
    );
  });

  it('takes an empty list of applications for none', () => {
    expect(featuresOf({ 'disk.0.applications': [] })).toBe('');
    expect(featuresOf({ 'disk.0.applications': [''] })).toBe('');
    expect(featuresOf({ x: [] })).toBe('x = []');
  });

  it('takes booleans for yes and no', () => {
    expect(featuresOf({ a: true, b: false })).toBe("a = 'yes' and\nb = 'no'");
  });

  it('takes _min and _max of numbers for bounds, of texts for names', () => {
    expect(featuresOf({ a_min: 1, a_max: 5, b_min: 'x' })).toBe("a >= 1 and\na <= 5 and\nb_min = 'x'");
  });

  it('takes an empty object for an empty document', () => {
    expect(radlOfJson({}).systems).toEqual([]);
    expect(parseRadlJson('[]').systems).toEqual([]);
  });

  it.each([
    [9, '9'],
    [2.9, '2.9'],
    ['2.10', '2.10'],
  ])('takes the version of Ansible from %j', (version, text) => {
    const radl = read({ class: 'contextualize', options: { ansible_version: version } });

    expect(radl.contextualize?.options.getText('ansible_version')).toBe(text);
  });

  it('takes a recipe that is a shell script when only cloud-init uses it', () => {
    const configure = {
      class: 'configure',
      id: 'c',
      recipes: '#!/bin/sh\nif [ "$A" = b ]; then echo "x: y: z"; fi',
    };
    const item = { system: 's', configure: 'c', ctxt_tool: 'cloud-init' };
    const other = { system: 't', configure: 'c' };

    expect(read(configure, { class: 'contextualize', items: [item] }).configures).toMatchObject([
      { id: 'c' },
    ]);
    expect(() => read(configure, { class: 'contextualize', items: [item, other] })).toThrow(
      'Error parsing YAML',
    );
  });

  it('keeps both the step and the tool of an item', () => {
    const radl = read({
      class: 'contextualize',
      items: [{ system: 's', configure: 'c', step: 2, ctxt_tool: 'Ansible' }],
    });

    expect(radl.contextualize?.items).toMatchObject([{ step: 2, ctxtTool: 'Ansible' }]);
  });

  it('cannot reach into the objects of the program', () => {
    const text = '[{"class":"system","id":"s","__proto__":{"polluted":1},"constructor":"x"}]';
    const radl = parseRadlJson(text);

    expect(radl.systems[0]?.features.names()).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('RADL JSON that is refused', () => {
  it.each([
    ['', 'Parse error in JSON: '],
    ['{"class": "network"}', 'The document: it must be a list of objects, each with "class".'],
    ['5', 'The document: it must be a list of objects'],
    ['["x"]', 'Element 1: it must be an object with "class".'],
    ['[{}]', 'Element 1: "class" is missing; expected one of network, system'],
    ['[{"class":"netwrok"}]', "Element 1: unknown class 'netwrok'; expected one of"],
    ['[{"class":"netwrok"}]', "Did you mean 'network'?"],
    ['[{"class":"toString"}]', "unknown class 'toString'"],
    ['[{"class":"system"}]', 'Element 1 (system): "id" must be a text.'],
    ['[{"class":"system","id":""}]', 'Element 1 (system): "id" must be a name'],
    ['[{"class":"system","id":"a b (x = 1)"}]', '"id" must be a name'],
    ['[{"class":"system","id":"step"}]', 'no word of the language'],
    ['[{"class":"system","id":"s","a b":1}]', 'Element 1 (system): "a b" is not a name'],
    ['[{"class":"system","id":"s","and":1}]', '"and" is not a name'],
    [
      '[{"class":"system","id":"s","a":null}]',
      'Element 1 (system): "a" must be a text, a number, a list or an object, not null.',
    ],
    ['[{"class":"system","id":"s","a":-1}]', '"a" must be a number from 0 to 1e21.'],
    ['[{"class":"system","id":"s","a":1e999}]', '"a" must be a number from 0 to 1e21.'],
    ['[{"class":"system","id":"s","a":["x",1]}]', '"a" must be a list of texts or a list of objects.'],
    [
      '[{"class":"system","id":"s","softs":[1]}]',
      '"softs" must be a list of objects with "weight" and "items".',
    ],
    ['[{"class":"system","id":"s","softs":[{"weight":1e999}]}]', 'a soft group needs a number as "weight"'],
    [
      '[{"class":"network","id":"n"},{"class":"configure","id":"c"}]',
      'Element 2 (configure): "recipes" must be a text, or null',
    ],
    ['[{"class":"configure","id":"c","recipes":"a: ["}]', 'Error parsing YAML: '],
    [
      '[{"class":"contextualize","options":{"ansible_version":2.10}}]',
      '"ansible_version" is 2.1 or 2.10; write it as a text',
    ],
    [
      JSON.stringify([{ class: 'configure', id: 'c', recipes: '"a\n@end\n)\nsystem evil ()"' }]),
      'cannot have a line that begins with @end',
    ],
    ['[{"class":"deploy","system":"s"}]', 'Element 1 (deploy): "vm_number" must be a whole number.'],
    ['[{"class":"deploy","system":"s","vm_number":1.5}]', '"vm_number" must be a whole number.'],
    ['[{"class":"deploy","system":"s","vm_number":1e300}]', '"vm_number" must be a whole number.'],
    ['[{"class":"deploy","vm_number":1}]', '"system" must be a text.'],
    ['[{"class":"contextualize","max_time":"1"}]', '"max_time" must be a number of seconds.'],
    ['[{"class":"contextualize","items":{}}]', '"items" must be a list.'],
    [
      '[{"class":"contextualize","items":[{"system":"s"}]}]',
      'Element 1 (contextualize), item 1: "configure" must be a text.',
    ],
    [
      '[{"class":"contextualize","items":[{"system":"s","configure":"c","step":-1}]}]',
      '"step" must be a whole number from 0 on.',
    ],
    [
      '[{"class":"contextualize","options":{"a":["x"]}}]',
      '"options" must be an object of texts and numbers.',
    ],
    ['[{"class":"system","id":"s"},{"class":"system","id":"s"}]', 'There are two definitions of system s.'],
    [
      '[{"class":"description","id":"a"},{"class":"description","id":"b"}]',
      'Description can only be defined once.',
    ],
    [
      '[{"class":"system","id":"s","a_min":5,"a_max":1}]',
      "Disjoint intervals!. Involved features: ['a >= 5', 'None'] (Element 1 (system))",
    ],
  ])('%s', (text, message) => {
    expect(errorOf(text).message).toContain(message);
    expect(errorOf(text).phase).toBe('parse');
  });
});

describe('the stored form', () => {
  it('keeps what neither text nor JSON can hold', () => {
    const radl = read(
      {
        class: 'system',
        id: 's',
        a: 'ends in a backslash \\',
        b: "a quoted \\' quote",
        c: 'random(8)',
        d: 1.5,
      },
      { class: 'deploy', system: 's', vm_number: 1, cloud: 'my cloud' },
    );
    radl.systems[0]?.features.add({ name: 'e', operator: '<', value: 3, unit: 'ECU' });
    const restored = deserializeRadl(serializeRadl(radl));

    expect(printRadlJson(restored)).toEqual(printRadlJson(radl));
    expect(restored.systems[0]?.features.getFeature('e')).toEqual({
      name: 'e',
      operator: '<',
      value: 3,
      unit: 'ECU',
    });
    expect(restored.deploys[0]?.cloudId).toBe('my cloud');
  });

  it.each(['', 'null', '{"v":2}', '[', 'network n'])('that is damaged or too new is refused: %j', (text) => {
    expect(() => deserializeRadl(text)).toThrow(RadlError);
  });
});

describe('what came in JSON', () => {
  it('reads the same once it is printed as text', () => {
    const radl = read(
      { class: 'network', id: 'n', outbound: 'yes' },
      {
        class: 'system',
        id: 's',
        'cpu.count_min': 2,
        'disk.0.size': 1.5e9,
        'net_interface.0.connection': 'n',
        softs: [{ weight: 2, items: { 'memory.size_min': 4_000_000_000 } }],
      },
      { class: 'configure', id: 'c', recipes: '\n- a: 1\n' },
      { class: 'contextualize', items: [{ system: 's', configure: 'c', step: 1 }] },
      { class: 'deploy', system: 's', vm_number: 3 },
    );
    checkRadl(radl);

    expect(printRadlJson(parseRadl(printRadl(radl)))).toEqual(printRadlJson(radl));
  });
});
