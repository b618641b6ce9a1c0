import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ReadOptions, ToscaFiles } from '@im/tosca';
import { FileUnavailable, readTopology, TypeCache, translate } from '@im/tosca';
import { exampleFile } from './example-file.js';
import type { Figure } from './figure.js';
import { median } from './figure.js';
import type { Owned } from './owned.js';
import { processorSeconds } from './processor-time.js';
import { benchToscaFlood } from './tosca-flood.js';

const batches = 7;
const batchSeconds = 0.3;
const warmUpSeconds = 1;
const smallTarget = 500;
const largeTarget = 50;
const largeNodes = 50;
const importCount = 5;

/**
 * TOSCA documents, read and translated in this process: an example with one machine, and one with 50 nodes and five imports. What they
 * import is known already, as it is in a service that runs. Processor time is measured, on one processor.
 */
export async function benchTosca(owned: Owned): Promise<Figure[]> {
  const options = optionsOf();
  const large = largeDocument();
  const small = readFileSync(exampleFile('tosca-server.yaml'), 'utf8');
  await answer(small, options);
  await answer(large, options);
  return [
    {
      name: 'TOSCA documents of one node, read and translated',
      value: await perSecond(() => answer(small, options)),
      unit: 'documents/s',
      target: { bound: 'at least', value: smallTarget },
    },
    {
      name: `TOSCA documents of ${largeNodes} nodes, ${(large.length / 1024).toFixed(0)} KiB, ${importCount} imports`,
      value: await perSecond(() => answer(large, options)),
      unit: 'documents/s',
      target: { bound: 'at least', value: largeTarget },
    },
    { name: 'resident memory of the loaded TOSCA types', value: await loadedTypesMiB(), unit: 'MiB' },
    ...(await benchToscaFlood(owned, largePlainDocument())),
  ];
}

async function answer(text: string, options: ReadOptions): Promise<void> {
  const { topology } = await readTopology(text, options);
  await translate({ topology, existing: [], containerId: '0123abcd' }, options.files);
}

/** Reads nothing from the network: the published types come from the copy in the service, four imports and a playbook from here. */
function optionsOf(): ReadOptions {
  const types = new Map(
    Array.from({ length: importCount - 1 }, (_unused, n) => [
      `https://types.example.org/${n + 1}.yaml`,
      importedTypes(String(n + 1)),
    ]),
  );
  const files: ToscaFiles = {
    read: async (url) => {
      const known = types.get(url);
      if (known !== undefined) {
        return known;
      }
      if (url.endsWith('.yml')) {
        return '---\n- hosts: localhost\n  tasks:\n    - name: Write\n      copy: { content: "{{ text }}", dest: /etc/text }\n';
      }
      throw new FileUnavailable(url, 'Not Found');
    },
  };
  return {
    files,
    cache: new TypeCache(),
    inputs: { accessToken: undefined, earlier: new Map(), random: (length) => 'r'.repeat(length) },
  };
}

/** A collection of types, half as large as the published one. */
function importedTypes(number: string): string {
  const types = Array.from(
    { length: 40 },
    (_unused, index) => `  example.t${number}.Type${index}:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      text: { type: string, required: true, default: none }
      size: { type: integer, required: false, constraints: [ { in_range: [ 1, 99 ] } ] }
    interfaces:
      Standard:
        configure:
          implementation: https://types.example.org/play.yml
          inputs: { text: { get_property: [ SELF, text ] } }`,
  );
  return `tosca_definitions_version: tosca_simple_yaml_1_0\nnode_types:\n${types.join('\n')}\n`;
}

/** Ten machines with four components each, in the block style that most documents are written in. */
function largeDocument(): string {
  const machines = Array.from({ length: largeNodes / 5 }, (_unused, machine) =>
    [
      `    server_${machine}:
      type: tosca.nodes.indigo.Compute
      capabilities:
        scalable:
          properties:
            count: { get_input: count }
        endpoint:
          properties:
            network_name: PUBLIC
            ports:
              http:
                protocol: tcp
                source: ${8000 + machine}
        host:
          properties:
            num_cpus: 2
            mem_size: 4 GB
        os:
          properties:
            type: linux
            image: one://cloud.example/${machine}`,
      ...Array.from(
        { length: 4 },
        (_other, component) => `    component_${machine}_${component}:
      type: example.t${component + 1}.Type${machine}
      properties:
        text: { concat: [ "http://", { get_attribute: [ HOST, public_address, 0 ] }, "/" ] }
        size: ${machine + 1}
      requirements:
        - host: server_${machine}
      interfaces:
        Standard:
          start:
            implementation: https://types.example.org/start.yml
            inputs:
              address: { get_attribute: [ HOST, private_address, 0 ] }`,
      ),
    ].join('\n'),
  );
  const imports = [
    'https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml',
    ...Array.from({ length: importCount - 1 }, (_unused, n) => `https://types.example.org/${n + 1}.yaml`),
  ];
  return [
    'tosca_definitions_version: tosca_simple_yaml_1_0',
    `imports: [ ${imports.join(', ')} ]`,
    'topology_template:',
    '  inputs: { count: { type: integer, default: 2 } }',
    '  node_templates:',
    ...machines,
    '  outputs:',
    '    address: { value: { get_attribute: [ server_0, public_address, 0 ] } }',
  ].join('\n');
}

async function perSecond(work: () => Promise<void>): Promise<number> {
  const warm = processorSeconds();
  while (processorSeconds() - warm < warmUpSeconds) {
    await work();
  }
  const rates: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const start = processorSeconds();
    let count = 0;
    while (processorSeconds() - start < batchSeconds) {
      await work();
      count++;
    }
    rates.push(count / (processorSeconds() - start));
  }
  return median(rates);
}

/** In a process of its own: memory that other parts left free here would hide it. */
async function loadedTypesMiB(): Promise<number> {
  const program = join(import.meta.dirname, 'tosca-memory.js');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program]);
  return Number(stdout);
}

/** 50 nodes of normative types: it needs nothing from the network. */
function largePlainDocument(): string {
  const nodes = Array.from(
    { length: largeNodes },
    (_unused, index) => `    node_${index}:
      type: tosca.nodes.Compute
      capabilities:
        host: { properties: { num_cpus: 1, mem_size: 1 GB, disk_size: 10 GB } }
        os: { properties: { type: linux, distribution: debian, architecture: x86_64 } }
`,
  );
  return `tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  node_templates:
${nodes.join('')}`;
}
