import type { Radl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FileUnavailable } from '../document/files.js';
import { buildTopology } from '../topology/build-topology.js';
import { normativeTypes } from '../types/normative-types.js';
import { TypeLibrary } from '../types/type-library.js';
import { readToscaYaml } from '../yaml/read-document.js';
import { translate } from './translate.js';
import type { ExistingVm, Translation } from './translation.js';

const types = TypeLibrary.of(
  [
    readToscaYaml(`
capability_types:
  tosca.capabilities.indigo.Scalable:
    derived_from: tosca.capabilities.Scalable
    properties:
      count: { type: integer, required: false }
      removal_list: { type: list, required: false }
  tosca.capabilities.indigo.Endpoint:
    derived_from: tosca.capabilities.Endpoint
    properties:
      dns_name: { type: string, required: false }
      additional_dns_names: { type: list, required: false }
      private_ip: { type: boolean, default: true }
  tosca.capabilities.indigo.OperatingSystem:
    derived_from: tosca.capabilities.OperatingSystem
    properties: { image: { type: string, required: false } }
node_types:
  tosca.nodes.indigo.Compute:
    derived_from: tosca.nodes.Compute
    properties: { tags: { type: map, required: false } }
    capabilities:
      scalable: { type: tosca.capabilities.indigo.Scalable }
      endpoint: { type: tosca.capabilities.indigo.Endpoint }
      os: { type: tosca.capabilities.indigo.OperatingSystem }
  tosca.nodes.indigo.Front: { derived_from: tosca.nodes.indigo.Compute }
  tosca.nodes.indigo.network.Port:
    derived_from: tosca.nodes.network.Port
    properties:
      dns_name: { type: string, required: false }
      additional_dns_names: { type: list, required: false }
`),
  ],
  normativeTypes(),
);

const texts = new Map([
  ['https://x.org/two.yml', '- become: yes\n  tasks: [ first ]\n- tasks: [ second ]\n'],
  ['https://x.org/three.yml', '- become: no\n  tasks: [ third ]\n'],
  ['https://x.org/run.sh?v=1', '#!/bin/sh\necho "$NAME {{ not a template }}"\n'],
]);

function translated(
  nodes: string,
  { existing = [], policies = '' }: { existing?: ExistingVm[]; policies?: string } = {},
): Promise<Translation> {
  const document = readToscaYaml(
    `tosca_definitions_version: tosca_simple_yaml_1_0\ntopology_template:\n  node_templates:\n${nodes}\n${policies}`,
  );
  const topology = buildTopology({ document, library: types, generatedInputs: new Map() });
  const read = async (url: string): Promise<string> => {
    const text = texts.get(url);
    if (text === undefined) {
      throw new FileUnavailable(url, 'Not Found');
    }
    return text;
  };
  return translate({ topology, existing, containerId: '01234567' }, { read });
}

function recipe({ configures }: Radl, id: string): unknown {
  return parse(configures.find((configure) => configure.id === id)?.recipe ?? '', { version: '1.1' });
}

function features({ systems }: Radl, id: string) {
  const found = systems.find((system) => system.id === id)?.features;
  return Object.fromEntries(found?.names().map((name) => [name, found.get(name)]) ?? []);
}

describe('recipes', () => {
  it('keep all plays of all playbooks, and the later scalar wins', async () => {
    const { radl } = await translated(`
    server:
      type: Compute
      interfaces:
        Standard:
          create: { implementation: https://x.org/two.yml, inputs: { mode: '0755', flag: 'yes', version: 18.10 } }
          configure: { implementation: { primary: https://x.org/three.yml } }`);
    const vars = { mode: '0755', flag: 'yes', version: 18.1 };
    expect(recipe(radl, 'server_conf')).toEqual([
      { become: true, tasks: ['first'], vars },
      { become: false, tasks: ['second', 'third'], vars },
    ]);
    expect(radl.configures[0]?.recipe).toContain('version: 18.10\n');
  });

  it('run a script with the inputs as environment and its text as it is', async () => {
    const { radl } = await translated(`
    server:
      type: Compute
      interfaces:
        Standard: { create: { implementation: 'https://x.org/run.sh?v=1', inputs: { NAME: "it's" } } }`);
    const coded = Buffer.from(texts.get('https://x.org/run.sh?v=1') ?? '').toString('base64');
    const path = '{{ im_script_directory.path }}/run.sh';
    expect(recipe(radl, 'server_conf')).toMatchObject([
      {
        tasks: [
          { tempfile: { state: 'directory' } },
          { copy: { content: `{{ '${coded}' | b64decode }}`, dest: path, mode: '0755' } },
          { shell: path, environment: { NAME: "it's" } },
          { file: { state: 'absent' } },
        ],
      },
    ]);
  });

  it('are refused when an input has no value', async () => {
    const nodes = `
    server:
      type: Compute
      interfaces:
        Standard: { create: { implementation: https://x.org/two.yml, inputs: { x: { get_attribute: [ SELF, state ] } } } }`;
    await expect(translated(nodes)).rejects.toThrow(
      'input value for x in interface create of node server not valid',
    );
  });

  it.each(['/etc/passwd', 'file:///etc/passwd', '../secret.yml'])(
    'never read %s of the server',
    async (file) => {
      const nodes = `
    server: { type: Compute, interfaces: { Standard: { create: '${file}' } } }`;
      await expect(translated(nodes)).rejects.toMatchObject({ category: 'implementation' });
    },
  );

  it('are looked for in the published artifacts when they are no address', async () => {
    await expect(
      translated("\n    server: { type: Compute, interfaces: { Standard: { create: 'lrms/x.yml' } } }"),
    ).rejects.toThrow('https://raw.githubusercontent.com/grycap/tosca/main/artifacts/lrms/x.yml');
  });

  it('of nodes on no machine are left out with a warning', async () => {
    const { radl, warnings } = await translated(`
    store:
      type: ObjectStorage
      properties: { name: x }
      interfaces: { Standard: { create: https://x.org/not-there.yml } }`);
    expect(radl.configures).toEqual([]);
    expect(warnings).toEqual(['Node store is on no Compute node. Ignoring its operations.']);
  });
});

describe('fewer machines', () => {
  const existing = [3, 1, 2].map((id) => ({ id, system: 'wn', created: id }));
  const worker = (list: string): string => `
    wn:
      type: tosca.nodes.indigo.Compute
      capabilities: { scalable: { properties: { count: 1, removal_list: ${list} } } }`;

  it('are those of the list, no more than needed', async () => {
    expect((await translated(worker("[ '2', 2, 3, 9 ]"), { existing })).remove).toEqual([2, 3]);
  });

  it('are never those of another node', async () => {
    const others = [...existing, { id: 9, system: 'front', created: 0 }];
    await expect(translated(worker("[ 9, '2', 3 ]"), { existing: others })).rejects.toThrow(
      'VM 9 of the removal_list is no VM of node wn.',
    );
  });

  it('are the oldest when the list is empty', async () => {
    expect((await translated(worker('[]'), { existing })).remove).toEqual([1, 2]);
  });
});

describe('networks', () => {
  it('of a document without nodes are one public network', async () => {
    const { radl } = await translated('');
    expect(radl.networks.map(({ id, features: own }) => [id, own.print()])).toEqual([
      ['public', "outbound = 'yes'"],
    ]);
  });

  it('count additional names behind the name of a port', async () => {
    const { radl } = await translated(`
    net: { type: tosca.nodes.network.Network }
    port:
      type: tosca.nodes.indigo.network.Port
      properties: { dns_name: a.org, additional_dns_names: [ b.org ] }
      requirements: [ { binding: server }, { link: net } ]
    server: { type: tosca.nodes.indigo.Compute }`);
    expect(features(radl, 'server')).toMatchObject({
      'net_interface.0.dns.0.name': 'a.org',
      'net_interface.0.dns.1.name': 'b.org',
    });
  });

  it('are refused when a port leads to none', async () => {
    const nodes = `
    port: { type: tosca.nodes.network.Port, requirements: [ { binding: server }, { link: server } ] }
    server: { type: Compute }`;
    await expect(translated(nodes)).rejects.toThrow(
      'Node server with a port binded to a non existing network: server.',
    );
  });

  it('of an earlier split are used again for new machines of the same cloud', async () => {
    const image = (url: string): string => `capabilities: { os: { properties: { image: '${url}' } } }`;
    const { radl } = await translated(
      `
    one: { type: tosca.nodes.indigo.Compute, ${image('ost://a.org/1')} }
    two: { type: tosca.nodes.indigo.Compute, ${image('ost://b.org/1')} }
    three: { type: tosca.nodes.indigo.Compute, ${image('ost://b.org/2')} }`,
      {
        existing: [
          { id: 0, system: 'one', created: 0, image: 'ost://a.org/1', networks: ['private_net'] },
          { id: 1, system: 'two', created: 0, image: 'ost://b.org/1', networks: ['private.b.org'] },
        ],
      },
    );
    expect(features(radl, 'three')['net_interface.0.connection']).toBe('private.b.org');
    expect(radl.networks.map(({ id }) => id)).toEqual(['private_net', 'private.b.org']);
  });
});

describe('addresses in recipes', () => {
  it('are lists for types that derive from the Compute type with lists', async () => {
    const { radl } = await translated(`
    app:
      type: SoftwareComponent
      requirements: [ { host: front } ]
      interfaces:
        Standard:
          create:
            implementation: https://x.org/three.yml
            inputs: { ips: { get_attribute: [ front, private_address ] } }
    front: { type: tosca.nodes.indigo.Front }`);
    expect(recipe(radl, 'app_front_conf')).toMatchObject([
      {
        vars: {
          ips: "{{ groups['front']|map('extract', hostvars,'IM_NODE_PRIVATE_IP')|list if 'front' in groups else []}}",
        },
      },
    ]);
  });
});

describe('policies', () => {
  it('may say where a node is placed by a function', async () => {
    const { radl, warnings } = await translated('\n    a: { type: Compute }', {
      policies: `
  policies:
    - here: { type: tosca.policies.Placement, properties: { cloud_id: { concat: [ x, y ] } }, targets: [ a ] }
    - there: { type: tosca.policies.Scaling, targets: [ a ] }`,
    });
    expect(radl.deploys).toEqual([{ system: 'a', vmNumber: 1, cloudId: 'xy' }]);
    expect(warnings).toEqual(['Policy tosca.policies.Scaling not supported. Ignoring it.']);
  });
});
