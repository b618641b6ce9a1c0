import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { FileUnavailable } from '../document/files.js';
import { topologyOf } from '../document/read-topology.js';
import { TypeCache } from '../document/type-cache.js';
import { readToscaYaml } from '../yaml/read-document.js';
import type { Json } from '../yaml/values.js';
import { evaluateOutputs, outputsJson } from './evaluate-outputs.js';
import type { RunningVm } from './running-infrastructure.js';

interface Answer {
  outputs: Record<string, Json>;
  warnings: string[];
}

/** @param outputs values by name */
async function answer(nodes: string, outputs: Record<string, string>, vms: RunningVm[]): Promise<Answer> {
  const values = Object.entries(outputs).map(([name, value]) => `    ${name}: { value: ${value} }`);
  const document = readToscaYaml(`
tosca_definitions_version: tosca_simple_yaml_1_3
imports: ['https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml']
topology_template:
  node_templates:
${nodes.replaceAll(/^/gm, '    ')}
  outputs:
${values.join('\n')}`);
  const { topology } = await topologyOf(document, {
    cache: new TypeCache(),
    files: { read: (url) => Promise.reject(new FileUnavailable(url, 'Not Found')) },
    inputs: { accessToken: undefined, earlier: new Map(), random: () => '' },
  });
  const evaluated = evaluateOutputs(topology, { containerId: 'abcd1234', vms });
  return { ...outputsJson(evaluated), warnings: evaluated.warnings };
}

const networks = "network pub (outbound = 'yes') network priv (outbound = 'no')\n";

const vm = (number: number, system: string, features: string, more: Partial<RunningVm> = {}): RunningVm => ({
  number,
  cloudId: `vm-${number}`,
  system,
  radl: parseRadl(`${networks}system ${system} (${features})`),
  log: '',
  ...more,
});

const onPrivate = (address: string): string =>
  `net_interface.0.connection = 'priv' and net_interface.0.ip = '${address}'`;

const front = vm(
  0,
  'front',
  `${onPrivate('10.0.0.1')} and net_interface.1.connection = 'pub' and net_interface.1.ip = '203.0.113.7' and ` +
    "disk.0.os.credentials.username = 'u' and disk.0.os.credentials.password = 'p' and disk.0.os.credentials.private_key = 'k' and " +
    "net_interface.1.dns.0.name = 'a.example.org' and net_interface.1.dns.0.tls.certificate = 'C' and net_interface.1.dns.0.tls.private_key = 'K'",
);

describe('outputs about machines', () => {
  const nodes = `
front: { type: tosca.nodes.indigo.Compute }
app: { type: tosca.nodes.ec3.Application, requirements: [ { host: front } ] }
worker: { type: tosca.nodes.indigo.Compute }
plain: { type: tosca.nodes.Compute }
net: { type: tosca.nodes.network.Network }
port:
  type: tosca.nodes.network.Port
  properties: { order: 1 }
  requirements: [ { binding: front }, { link: net } ]`;

  it('are lists of a node that may have many, and single values of any other', async () => {
    const { outputs } = await answer(
      nodes,
      {
        all: '{ get_attribute: [ worker, private_address ] }',
        second: '{ get_attribute: [ worker, private_address, 1 ] }',
        beyond: '{ get_attribute: [ worker, private_address, 2 ] }',
        none: '{ get_attribute: [ worker, public_address, 0 ] }',
        plain: '{ get_attribute: [ plain, private_address ] }',
        hosted: '{ get_attribute: [ app, tosca_id ] }',
        interface: '{ get_attribute: [ port, ip_address ] }',
      },
      [
        front,
        vm(1, 'worker', onPrivate('10.0.0.2')),
        vm(2, 'worker', onPrivate('10.0.0.3')),
        vm(3, 'plain', onPrivate('10.0.0.4')),
      ],
    );

    expect(outputs).toEqual({
      all: ['10.0.0.2', '10.0.0.3'],
      second: '10.0.0.3',
      beyond: null,
      none: null,
      plain: '10.0.0.4',
      hosted: 'vm-0',
      interface: '203.0.113.7',
    });
  });

  it('tell how to log in, the key when there is one', async () => {
    const { outputs } = await answer(
      nodes,
      {
        all: '{ get_attribute: [ front, endpoint, credential ] }',
        user: '{ get_attribute: [ front, endpoint, credential, 0, user ] }',
        missing: '{ get_attribute: [ front, endpoint, credential, 0, nothing ] }',
      },
      [front],
    );

    expect(outputs).toEqual({
      all: [{ user: 'u', token: 'k', token_type: 'private_key' }],
      user: 'u',
      missing: null,
    });
  });

  it('tell of certificates by name', async () => {
    const { outputs } = await answer(
      nodes,
      {
        all: '{ get_attribute: [ front, endpoint, tls_certificates ] }',
        key: '{ get_attribute: [ front, endpoint, tls_certificates, a.example.org, key ] }',
      },
      [front],
    );

    expect(outputs).toEqual({ all: { 'a.example.org': { cert: 'C', key: 'K' } }, key: 'K' });
  });

  it('tell what tasks said in the log', async () => {
    const log = 'Launch task: s\n\nTASK [t] ****\nok: [h] => {"msg": {"a": 1}}\n';
    const { outputs } = await answer(
      nodes,
      {
        part: '{ get_attribute: [ front, ansible_output, s, tasks, t, output, a ] }',
        other: '{ get_attribute: [ front, ansible_output, s, tasks, u, output ] }',
        log: '{ get_attribute: [ front, ctxt_log ] }',
      },
      [{ ...front, log }],
    );

    expect(outputs).toEqual({ part: 1, other: null, log });
  });

  it('are null before there are machines', async () => {
    const { outputs, warnings } = await answer(
      nodes,
      { a: '{ get_attribute: [ front, public_address ] }', b: '{ get_attribute: [ front, tosca_id ] }' },
      [],
    );

    expect(outputs).toEqual({ a: null, b: null });
    expect(warnings).toEqual([]);
  });

  it('do not fail for one that does', async () => {
    const broken = vm(0, 'web-abcd1234', "net_interface.0.connection = 'pub'");
    broken.radl.networks[0]?.features.set('outports', 'nonsense');
    const { outputs, warnings } = await answer(
      'web: { type: tosca.nodes.Container.Application.Docker, requirements: [ { host: r } ] }\nr: { type: tosca.nodes.Container.Runtime.Docker }',
      { broken: '{ get_attribute: [ web, endpoints, 0 ] }', fine: 'text' },
      [broken],
    );

    expect(outputs).toEqual({ broken: null, fine: 'text' });
    expect(warnings).toEqual([expect.stringMatching(/^Output "broken": /)]);
  });
});

describe('outputs about containers', () => {
  it('find a container by its name, whatever id an older server gave it, and no other', async () => {
    const nodes = ['web', 'web-api']
      .map(
        (name) =>
          `${name}: { type: tosca.nodes.Container.Application.Docker, requirements: [ { host: r } ] }\n`,
      )
      .join('')
      .concat('r: { type: tosca.nodes.Container.Runtime.Docker }');
    const { outputs } = await answer(
      nodes,
      {
        web: '{ get_attribute: [ web, tosca_id ] }',
        api: '{ get_attribute: [ web-api, tosca_id ] }',
      },
      [vm(0, 'web-api-abcd1234', ''), vm(1, 'web-0a1b2c3d', '')],
    );

    expect(outputs).toEqual({ web: 'vm-1', api: 'vm-0' });
  });
});

describe('outputs about functions', () => {
  const properties = 'properties: { name: f, memory: 1GB, image: i/i, script: s }';
  const nodes = `
fun: { type: tosca.nodes.aisprint.FaaS.Function, ${properties} }
hosted: { type: tosca.nodes.aisprint.FaaS.Function, ${properties}, requirements: [ { host: oscar } ] }
oscar: { type: tosca.nodes.indigo.OSCAR, properties: { password: longsecret }, requirements: [ { host: kube } ] }
kube: { type: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes, properties: { admin_token: t }, requirements: [ { host: front } ] }
front: { type: tosca.nodes.indigo.Compute }`;
  const asked = {
    url: '{ get_attribute: [ fun, endpoint ] }',
    token: '{ get_attribute: [ fun, credential, token ] }',
    type: '{ get_attribute: [ fun, credential, token_type ] }',
  };

  it('tell of the cloud that runs them', async () => {
    const { outputs } = await answer(nodes, asked, [
      vm(0, 'fun', '', { cloud: { url: 'https://oscar.example.org', token: 'T' } }),
    ]);

    expect(outputs).toEqual({ url: 'https://oscar.example.org', token: 'T', type: 'bearer' });
  });

  it('tell the own address of a function of Lambda', async () => {
    const features = "function.arn = 'arn:x' and function.api_url = 'https://x.lambda-url'";
    const { outputs } = await answer(nodes, asked, [vm(0, 'fun', features)]);

    expect(outputs).toEqual({ url: 'https://x.lambda-url', token: null, type: null });
  });

  it('tell of the deployed OSCAR', async () => {
    const { outputs } = await answer(
      nodes,
      {
        url: '{ get_attribute: [ hosted, endpoint ] }',
        credential: '{ get_attribute: [ hosted, credential ] }',
      },
      [front],
    );

    expect(outputs).toEqual({
      url: 'http://203.0.113.7',
      credential: { user: 'oscar', token_type: 'password', token: 'longsecret' },
    });
  });
});
