import { TypeCache } from '@im/tosca';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTo, filesOf, knownDocuments, knownFiles, optionsWith } from './fixtures.js';
import { handmadeDocuments } from './handmade-documents.js';

const header = 'tosca_definitions_version: tosca_simple_yaml_1_0';

/** Documents that give the same names to different types, import different types under one name, or are wrong. */
const rivals = [
  `${header}
node_types: { my.Worker: { derived_from: tosca.nodes.Compute } }
topology_template: { node_templates: { server: { type: my.Worker } } }`,
  `${header}
node_types: { my.Worker: { derived_from: tosca.nodes.Root, properties: { must: { type: string } } } }
topology_template: { node_templates: { server: { type: my.Worker } } }`,
  `${header}
node_types: { tosca.nodes.Compute: { derived_from: tosca.nodes.Root } }
topology_template: { node_templates: { server: { type: tosca.nodes.Compute } } }`,
  `${header}
topology_template: { node_templates: { server: { type: my.Worker } } }`,
  `${header}
imports: [ https://a.example/one.yaml, https://a.example/two.yaml ]
topology_template: { node_templates: { server: { type: my.Worker } } }`,
  `${header}
imports: [ https://a.example/two.yaml, https://a.example/one.yaml ]
topology_template: { node_templates: { server: { type: my.Worker } } }`,
  `${header}
imports: [ { one: { file: https://a.example/one.yaml, namespace_prefix: x } } ]
topology_template: { node_templates: { server: { type: x.my.Worker }, other: { type: my.Worker } } }`,
  `${header}\ntopology_template: { node_templates: { server: { type: Compute, colour: red } } }`,
  `${header}\ntopology_template: [`,
];

const files = filesOf({
  ...knownFiles,
  'https://a.example/one.yaml':
    'node_types: { my.Worker: { derived_from: tosca.nodes.Compute, properties: { size: { type: integer, default: 1 } } } }',
  'https://a.example/two.yaml':
    'node_types: { my.Worker: { derived_from: tosca.nodes.SoftwareComponent, properties: { size: { type: integer } } } }',
});

const documents = [...rivals, ...handmadeDocuments, ...knownDocuments];

/** Documents to read, by their numbers: some twice. */
const orders = fc.array(fc.nat({ max: documents.length - 1 }), { minLength: 20, maxLength: 60 });

const documentAt = (number: number): string => documents[number] ?? '';

describe('the answer to a document', () => {
  /** Answer to each document when nothing else was read. */
  const alone: Promise<string[]> = Promise.all(
    documents.map(async (text) => (await answerTo(text, optionsWith(files, new TypeCache()))).text),
  );

  it('is of many kinds', async () => {
    expect(new Set(await alone).size).toBeGreaterThan(documents.length * 0.8);
  });

  it('does not depend on what was read before it', async () => {
    const expected = await alone;
    const cache = new TypeCache();
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        for (const number of order) {
          expect((await answerTo(documentAt(number), optionsWith(files, cache))).text).toBe(expected[number]);
        }
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it('does not depend on what is read beside it', async () => {
    const expected = await alone;
    const cache = new TypeCache();
    await fc.assert(
      fc.asyncProperty(orders, fc.scheduler(), async (order, scheduler) => {
        const slow = { read: scheduler.scheduleFunction((url: string) => files.read(url)) };
        const answers = Promise.all(
          order.map(async (number) => (await answerTo(documentAt(number), optionsWith(slow, cache))).text),
        );
        await scheduler.waitFor(answers);
        expect(await answers).toEqual(order.map((number) => expected[number]));
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});
