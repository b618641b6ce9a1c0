import { readToscaYaml, ToscaError, TypeCache } from '@im/tosca';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { answerTo, filesOf, knownDocuments, knownFiles, optionsWith } from './fixtures.js';
import { handmadeDocuments } from './handmade-documents.js';

/** Inputs per kind; together more than 20,000. A failure prints its seed and path: give them to `fc.assert` to see it again. */
const counts = { mutated: 15_000, spoilt: 3_000, random: 2_500, soup: 1_500 };
/** A document that takes this long hangs, however busy the machine is. */
const hangMs = 10_000;

type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

function isPlain(value: unknown): value is Plain {
  return value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value);
}

/** Documents to be spoilt, as texts and as values; those that are no YAML or very long teach little. */
const texts = [...handmadeDocuments, ...knownDocuments].filter((text) => text.length < 10_000);
const values = texts.flatMap((text): Plain[] => {
  try {
    const value: unknown = parse(text, {
      version: '1.1',
      merge: true,
      maxAliasCount: 100,
      uniqueKeys: false,
    });
    return isPlain(value) && typeof value === 'object' ? [value] : [];
  } catch {
    return [];
  }
});

const functionNames = [
  ...[
    'get_input',
    'get_property',
    'get_attribute',
    'get_artifact',
    'concat',
    'token',
    'get_operation_output',
  ],
  'get_nodes_of_type',
];
const names = [
  ...['SELF', 'HOST', 'SOURCE', 'TARGET', 'server', 'app', 'net', 'port', 'disk', 'work', 'other', 'wanted'],
  ...['host', 'os', 'endpoint', 'scalable', 'binding', 'link', 'local_storage', 'dependency', 'credential'],
  ...['public_address', 'private_address', 'ip_address', 'tosca_name', 'ansible_output', 'tls_certificates'],
  ...['num_cpus', 'mem_size', 'count', 'default_instances', 'removal_list', 'network_name', 'ports', 'token'],
  ...[
    'type',
    'derived_from',
    'properties',
    'capabilities',
    'requirements',
    'interfaces',
    'artifacts',
    'node',
  ],
  ...['node_templates', 'topology_template', 'inputs', 'outputs', 'policies', 'groups', 'imports', 'default'],
  ...[
    'relationship',
    'occurrences',
    'constraints',
    'entry_schema',
    'implementation',
    'value',
    'members',
    'file',
  ],
  ...['Standard', 'Configure', 'configure', 'tosca.nodes.Compute', 'tosca.nodes.indigo.Compute', 'my.Worker'],
  ...[
    'tosca.nodes.Root',
    'tosca.nodes.SoftwareComponent',
    'tosca.nodes.network.Network',
    'my.Cyclic',
    'Port',
  ],
  ...[
    'tosca.nodes.Container.Application.Docker',
    'tosca.nodes.Container.Runtime.Docker',
    'tosca.relationships.HostedOn',
  ],
  ...[
    'tosca.nodes.aisprint.FaaS.Function',
    'tosca.nodes.BlockStorage',
    'tosca.artifacts.File',
    'BlockStorage',
  ],
  ...['tosca.nodes.im.AnsibleHost', 'tosca.policies.Placement', 'tosca.capabilities.Endpoint', 'my.Data'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    ' ',
    '4 GB',
    '-1 GB',
    '10.0.0.0/24',
    'yes',
  ],
  ...[
    'random(8)',
    'random(99999)',
    'access_token()',
    '{{ x }}',
    '"\\',
    '\n',
    '\u0000',
    '\ud800',
    'é',
    'PUBLIC',
  ],
  ...[
    'https://a.example/x',
    'file:///etc/passwd',
    '../x',
    '1.2.3',
    '22:22',
    '0x1f',
    'UNBOUNDED',
    '*',
    '(',
    '[a',
  ],
];
const scalars: Plain[] = [null, true, false, 0, 1, -1, 2, 0.5, 1e21, -1e300, 65536, 2 ** 53, ...names];
const scalar = fc.constantFrom(...scalars);

/** Values of any form, with functions inside of functions. */
const { value: anyValue } = fc.letrec<{ value: Plain; call: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    { weight: 3, arbitrary: tie('call') },
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
  ),
  call: fc
    .tuple(
      fc.constantFrom(...functionNames),
      fc.oneof(fc.array(fc.oneof(scalar, tie('value')), { maxLength: 4 }), tie('value')),
    )
    .map(([name, argument]) => ({ [name]: argument })),
}));

const change = fc.record({
  how: fc.constantFrom('delete', 'double', 'swap', 'replace', 'rename', 'wrap', 'move'),
  where: fc.nat(),
  other: fc.nat(),
  value: anyValue,
  name: fc.constantFrom(...names, ...functionNames),
});

type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** A place of a value: in a list or a map. */
interface Slot {
  holder: Plain[] | { [key: string]: Plain };
  key: string;
}

function slotsOf(value: Plain): Slot[] {
  const slots: Slot[] = [];
  const open = [value];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    if (typeof top !== 'object' || top === null) {
      continue;
    }
    for (const [key, member] of Object.entries(top)) {
      slots.push({ holder: top, key });
      open.push(member);
    }
  }
  return slots;
}

function valueAt({ holder, key }: Slot): Plain {
  return (Array.isArray(holder) ? holder[Number(key)] : holder[key]) ?? null;
}

function put({ holder, key }: Slot, value: Plain): void {
  if (Array.isArray(holder)) {
    holder[Number(key)] = value;
  } else {
    define(holder, key, value);
  }
}

/** Sets a key of any name, `__proto__` too. */
function define(holder: { [key: string]: Plain }, key: string, value: Plain): void {
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}

function remove({ holder, key }: Slot): void {
  if (Array.isArray(holder)) {
    holder.splice(Number(key), 1);
  } else {
    delete holder[key];
  }
}

/** A key that stands last, with another name. */
function addAs(name: string, { holder }: Slot, value: Plain): void {
  if (Array.isArray(holder)) {
    holder.push(value);
  } else {
    define(holder, name, value);
  }
}

function apply(document: Plain, { how, where, other, value, name }: Change): void {
  const slots = slotsOf(document);
  const slot = slots[where % Math.max(1, slots.length)];
  const second = slots[other % Math.max(1, slots.length)];
  if (slot === undefined || second === undefined) {
    return;
  }
  const here = structuredClone(valueAt(slot));
  switch (how) {
    case 'delete':
      return remove(slot);
    case 'double':
      return addAs(name, slot, here);
    case 'swap':
      put(slot, structuredClone(valueAt(second)));
      return put(second, here);
    case 'rename':
      remove(slot);
      return addAs(name, slot, here);
    case 'wrap':
      return put(slot, other % 2 === 0 ? { [name]: here } : [here]);
    case 'move':
      return put(second, here);
    case 'replace':
      return put(slot, value);
  }
}

const mutated = fc
  .tuple(fc.constantFrom(...values), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([original, changes]) => {
    const document = structuredClone(original);
    for (const each of changes) {
      apply(document, each);
    }
    return JSON.stringify(document);
  });

/** The text of a document with pieces cut out, doubled or put in. */
const spoilt = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(
      fc.tuple(
        fc.constantFrom('cut', 'double', 'insert'),
        fc.nat(),
        fc.nat({ max: 40 }),
        fc.constantFrom(
          ...[': ', '- ', '\n', '  ', '&a ', '*a', '{', ']', '<<: ', '!!x ', '|\n', '"', '#', '? '],
          ...names,
        ),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([original, edits]) =>
    edits.reduce((text, [how, where, length, piece]) => {
      const at = where % (text.length + 1);
      const cut = text.slice(at, at + length);
      return (
        text.slice(0, at) + { cut: '', double: cut + cut, insert: piece + cut }[how] + text.slice(at + length)
      );
    }, original),
  );

/** Documents whose sections hold anything. */
const random = fc
  .record({
    imports: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, anyValue),
    node_types: fc.dictionary(fc.constantFrom('my.Worker', 'my.Cyclic', 'x'), anyValue, { maxKeys: 2 }),
    topology_template: fc.record(
      {
        inputs: fc.dictionary(fc.constantFrom(...names), anyValue, { maxKeys: 2 }),
        node_templates: fc.dictionary(
          fc.constantFrom('server', 'app', 'net', 'port'),
          fc.record(
            {
              type: fc.constantFrom(...names.filter((name) => /^tosca\.nodes|^my\./.test(name))),
              properties: anyValue,
              capabilities: anyValue,
              requirements: fc.array(
                fc.dictionary(fc.constantFrom('host', 'binding', 'link'), anyValue, { maxKeys: 2 }),
              ),
              interfaces: anyValue,
              artifacts: anyValue,
            },
            { requiredKeys: ['type'] },
          ),
          { maxKeys: 3 },
        ),
        outputs: fc.dictionary(fc.constantFrom('a', 'b'), fc.record({ value: anyValue }), { maxKeys: 2 }),
        policies: anyValue,
        groups: anyValue,
      },
      { requiredKeys: ['node_templates'] },
    ),
  })
  .map((document) => JSON.stringify({ tosca_definitions_version: 'tosca_simple_yaml_1_0', ...document }));

const soup = fc
  .array(
    fc.constantFrom(
      ...[
        '- ',
        ': ',
        '? ',
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
        '"',
        '---',
        '<<',
      ],
    ),
    {
      maxLength: 30,
    },
  )
  .map((tokens) => tokens.join(''));

const cache = new TypeCache();
const files = filesOf({
  'https://a.example/run.sh': '#!/bin/sh\necho hello\n',
  'https://a.example/play.yml': '- hosts: all\n  tasks: [ { debug: { msg: hello } } ]\n',
  'https://a.example/data.txt': 'data',
  'https://a.example/x': 'node_types: { x: { derived_from: tosca.nodes.Root } }',
  ...knownFiles,
});

/** @param least share of the inputs that must be accepted: inputs that are all refused at once would test little */
async function fuzz(input: fc.Arbitrary<string>, numRuns: number, least: number): Promise<void> {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(input, async (text) => {
      const started = performance.now();
      accepted += (await answerTo(text, optionsWith(files, cache))).accepted ? 1 : 0;
      if (performance.now() - started > hangMs) {
        throw new Error('This document hangs.');
      }
    }),
    { numRuns },
  );
  expect(accepted / numRuns).toBeGreaterThanOrEqual(least);
}

describe('TOSCA documents are answered or refused with a ToscaError, also', () => {
  it(`${counts.mutated} documents with values deleted, doubled, swapped, renamed and retyped`, async () => {
    await fuzz(mutated, counts.mutated, 0.03);
  }, 120_000);

  it(`${counts.spoilt} documents with spoilt texts`, async () => {
    await fuzz(spoilt, counts.spoilt, 0.02);
  }, 60_000);

  it(`${counts.random} documents with any values in their sections`, async () => {
    await fuzz(random, counts.random, 0);
  }, 60_000);

  it(`${counts.soup} heaps of YAML tokens`, () => {
    fc.assert(
      fc.property(soup, (text) => {
        try {
          readToscaYaml(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ToscaError);
        }
      }),
      { numRuns: counts.soup },
    );
  }, 60_000);
});
