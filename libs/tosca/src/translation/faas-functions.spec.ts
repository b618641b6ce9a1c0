import { emptyRadl, printRadlJson } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FileUnavailable } from '../document/files.js';
import { topologyOf } from '../document/read-topology.js';
import { TypeCache } from '../document/type-cache.js';
import { makeEvaluation } from '../functions/make-evaluation.js';
import { readToscaYaml } from '../yaml/read-document.js';
import { ansibleAttributes } from './ansible-attributes.js';
import { translateFunction } from './faas-functions.js';
import type { ExistingVm, TranslationContext } from './translation.js';

async function translated(nodes: string, existing: ExistingVm[] = []): Promise<TranslationContext> {
  const document = readToscaYaml(`
tosca_definitions_version: tosca_simple_yaml_1_3
imports: ['https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml']
topology_template:
  node_templates:
${nodes.replaceAll(/^/gm, '    ')}`);
  const { topology } = await topologyOf(document, {
    cache: new TypeCache(),
    files: { read: (url) => Promise.reject(new FileUnavailable(url, 'Not Found')) },
    inputs: { accessToken: undefined, earlier: new Map(), random: () => '' },
  });
  const context: TranslationContext = {
    topology,
    existing,
    containerId: 'abcd1234',
    evaluation: makeEvaluation(topology, ansibleAttributes('abcd1234')),
    files: new Map(),
    radl: emptyRadl(),
    remove: [],
    warnings: [],
  };
  const node = topology.nodes.get('fun');
  if (node !== undefined) {
    translateFunction(node, context);
  }
  return context;
}

const fun = (properties: string, more = ''): string => `
fun:
  type: tosca.nodes.aisprint.FaaS.Function
  properties: { name: fun, memory: 512MB, cpu: 1.0, image: 'docker://example/image', script: 'echo hi', ${properties} }
  ${more}`;

const oscar = (properties: string): string => `
oscar: { type: tosca.nodes.indigo.OSCAR, properties: { password: longsecret, ${properties} }, requirements: [ { host: kube } ] }
kube:
  type: tosca.nodes.indigo.LRMS.FrontEnd.Kubernetes
  properties: { admin_token: t }
  requirements: [ { host: server } ]
server: { type: tosca.nodes.indigo.Compute }`;

describe('a function for a cloud of functions', () => {
  it('is a system that says how it runs', async () => {
    const { radl } = await translated(
      fun(
        `enable_sgx: true, alpine: yes, env_variables: { A: 'x:y' }, image_pull_secrets: [ key ],
        exposed: { min_scale: '1', port: '8080' },
        input: [ { storage_provider: minio.default, path: in } ],
        storage_providers: { minio: { default: { access_key: a, secret_key: s, region: r, endpoint: e, verify: true } } }`,
      ),
    );

    expect(printRadlJson(radl)).toEqual([
      {
        class: 'system',
        id: 'fun',
        name: 'fun',
        'memory.size': 512e6,
        'cpu.count': 1,
        'cpu.sgx': 1,
        'disk.0.image.url': 'docker://example/image',
        script: 'echo hi',
        alpine: 1,
        'environment.variables': ['A:x:y'],
        image_pull_secrets: ['key'],
        'expose.min_scale': 1,
        'expose.port': 8080,
        'input.0.provider': 'minio.default',
        'input.0.path': 'in',
        'minio.0.id': 'default',
        'minio.0.access_key': 'a',
        'minio.0.secret_key': 's',
        'minio.0.region': 'r',
        'minio.0.endpoint': 'e',
        'minio.0.verify': 1,
      },
      { class: 'configure', id: 'fun', recipes: null },
      { class: 'deploy', system: 'fun', vm_number: 1 },
      { class: 'contextualize', items: [{ system: 'fun', configure: 'fun', step: 1 }] },
    ]);
  });

  it('waits for the nodes it depends on', async () => {
    const { radl } = await translated(
      `${fun('', 'requirements: [ { dependency: server } ]')}\nserver: { type: tosca.nodes.indigo.Compute }`,
    );

    expect(radl.systems[0]?.features.getList('dependencies')).toEqual(['server']);
  });

  it('is deployed once, however often its document is sent', async () => {
    const { radl } = await translated(fun(''), [{ id: 0, system: 'fun', created: 1 }]);

    expect(radl.deploys).toEqual([]);
  });

  it('comes as one only', async () => {
    await expect(
      translated(fun('', 'capabilities: { scalable: { properties: { count: 2 } } }')),
    ).rejects.toThrow('Scalability values of tosca.nodes.aisprint.FaaS.Function only allows 0 or 1.');
  });
});

describe('a function on an OSCAR of the document', () => {
  const host = 'requirements: [ { host: oscar } ]';

  it('is a recipe on the machine of the OSCAR', async () => {
    const { radl } = await translated(
      fun('env_variables: { A: b }, image_pull_secrets: [ key ]', host) +
        oscar('dns_host: oscar.example.org'),
    );

    expect(radl.systems).toEqual([]);
    expect(radl.contextualize?.items).toEqual([{ system: 'server', configure: 'oscar_fun', step: 4 }]);
    const recipe: unknown = parse(radl.configures[0]?.recipe ?? '');
    expect(recipe).toEqual([
      {
        tasks: [
          {
            include_tasks: 'utils/tasks/oscar_function.yml',
            vars: {
              oscar_endpoint: 'https://oscar.example.org',
              oscar_username: 'oscar',
              oscar_password: 'longsecret',
              oscar_service_json: JSON.stringify({
                name: 'fun',
                memory: '488Mi',
                cpu: '1',
                image: 'example/image',
                script: 'echo hi',
                enable_gpu: false,
                alpine: false,
                environment: { Variables: { A: 'b' } },
                image_pull_secrets: ['key'],
              }),
            },
          },
        ],
      },
    ]);
  });

  it('is taken away when none is wanted, at the address of the machine when there is no name', async () => {
    const { radl } = await translated(
      fun('', `${host}\n  capabilities: { scalable: { properties: { count: 0 } } }`) + oscar(''),
    );

    expect(parse(radl.configures[0]?.recipe ?? '')).toEqual([
      {
        tasks: [
          {
            include_tasks: 'utils/tasks/del_oscar_function.yml',
            vars: {
              oscar_endpoint: 'http://{{ IM_NODE_PUBLIC_IP }}',
              oscar_username: 'oscar',
              oscar_password: 'longsecret',
              oscar_service_name: 'fun',
            },
          },
        ],
      },
    ]);
  });
});
