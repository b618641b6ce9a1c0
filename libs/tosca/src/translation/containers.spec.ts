import { emptyRadl, printRadlJson } from '@im/radl';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileUnavailable } from '../document/files.js';
import { topologyOf } from '../document/read-topology.js';
import { TypeCache } from '../document/type-cache.js';
import { makeEvaluation } from '../functions/make-evaluation.js';
import { readToscaYaml } from '../yaml/read-document.js';
import { ansibleAttributes } from './ansible-attributes.js';
import { containerFiles } from './container-artifacts.js';
import { containerSystemName } from './container-names.js';
import { translateContainer } from './containers.js';
import type { ExistingVm, TranslationContext } from './translation.js';

const containerId = 'abcd1234';

async function contextOf(
  nodes: string,
  existing: ExistingVm[] = [],
  others = '',
): Promise<TranslationContext> {
  const document = readToscaYaml(`
tosca_definitions_version: tosca_simple_yaml_1_3
imports: ['https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml']
repositories: { registry: { url: 'https://registry.example.org/team/' } }
topology_template:
  node_templates:
${nodes.replaceAll(/^/gm, '    ')}
${others}`);
  const { topology } = await topologyOf(document, {
    cache: new TypeCache(),
    files: { read: (url) => Promise.reject(new FileUnavailable(url, 'Not Found')) },
    inputs: { accessToken: undefined, earlier: new Map(), random: () => '' },
  });
  return {
    topology,
    existing,
    containerId,
    evaluation: makeEvaluation(topology, ansibleAttributes(containerId)),
    files: new Map([['https://registry.example.org/team/app.cfg', 'a = 1\n']]),
    radl: emptyRadl(),
    remove: [],
    warnings: [],
  };
}

const image = 'image: { file: example/app, type: tosca.artifacts.Deployment.Image.Container.Docker }';

function translate(context: TranslationContext, name = 'web'): unknown {
  const node = context.topology.nodes.get(name);
  if (node === undefined) {
    throw new Error(`no node ${name}`);
  }
  translateContainer(node, context);
  return printRadlJson(context.radl);
}

const withRuntime = (host: string, more = ''): string => `
web:
  type: tosca.nodes.Container.Application.Docker
  requirements: [ { host: runtime } ]
  artifacts: { ${image} }
runtime:
  type: tosca.nodes.Container.Runtime.Docker
  capabilities: { ${host} }
${more}`;

describe('a container', () => {
  let context: TranslationContext;

  beforeEach(async () => {
    context = await contextOf(withRuntime('host: { properties: { num_cpus: 0.5, mem_size: 1 GB } }'));
  });

  it('is a system that runs its image and is not contextualized', () => {
    expect(translate(context)).toEqual([
      expect.objectContaining({
        class: 'system',
        id: 'web-abcd1234',
        'disk.0.image.url': 'docker://example/app',
        'cpu.count': 0.5,
        'memory.size': 1e9,
      }),
      { class: 'configure', id: 'web-abcd1234', recipes: null },
      { class: 'deploy', system: 'web-abcd1234', vm_number: 1 },
      expect.objectContaining({
        items: [{ system: 'web-abcd1234', configure: 'web-abcd1234', step: 2 }],
      }),
    ]);
  });

  it('is deployed once, however often its document is sent', () => {
    translate({ ...context, existing: [{ id: 3, system: 'web-abcd1234', created: 1 }] });

    expect(context.radl.deploys).toEqual([]);
    expect(context.remove).toEqual([]);
  });

  it('is removed when none is wanted any more', async () => {
    const none = await contextOf(
      withRuntime('scalable: { properties: { min_instances: 0, max_instances: 1, default_instances: 0 } }'),
      [{ id: 3, system: 'web-abcd1234', created: 1 }],
    );

    translate(none);

    expect(none.remove).toEqual([3]);
  });

  it('comes as one only', async () => {
    const many = await contextOf(
      withRuntime('scalable: { properties: { min_instances: 2, max_instances: 2 } }'),
    );

    expect(() => translate(many)).toThrow(
      'Scalability values of tosca.nodes.Container.Application.Docker only allows 0 or 1.',
    );
  });

  it('is placed by the policies about its node', async () => {
    const placed = await contextOf(
      withRuntime('host: {properties: {}}'),
      [],
      '  policies: [ { p: { type: tosca.policies.indigo.Placement, properties: { cloud_id: kube }, targets: [ web ] } } ]',
    );

    translate(placed);

    expect(placed.radl.deploys).toEqual([{ system: 'web-abcd1234', vmNumber: 1, cloudId: 'kube' }]);
  });

  it('publishes ports at the name that the first one gives, and does not invent ports outside', async () => {
    const ports = await contextOf(
      withRuntime(
        "host: { properties: { publish_ports: [ { target: 80, endpoint: 'https://web.example.org' }, { target: 81, source: 30081 } ] } }",
      ),
    );

    expect(translate(ports)).toEqual(
      expect.arrayContaining([
        {
          class: 'network',
          id: 'web-abcd1234_pub',
          outbound: 'yes',
          outports: '0/tcp-80/tcp,30081/tcp-81/tcp',
        },
        expect.objectContaining({
          'net_interface.0.connection': 'web-abcd1234_pub',
          'net_interface.0.dns_name': 'https://web.example.org',
          'net_interface.0.dns.0.name': 'https://web.example.org',
        }),
      ]),
    );
  });

  it('gets files first and then volumes, and tells of volumes that name nothing', async () => {
    const disks = await contextOf(
      withRuntime(
        "host: { properties: { volumes: [ 'nowhere:/x', 'data:/data' ] } }",
        'data: { type: tosca.nodes.BlockStorage, properties: { size: 10 GB, volume_id: vol-1 } }',
      ).replace(
        image,
        `${image}, cfg: { file: app.cfg, repository: registry, deploy_path: /etc/app.cfg, type: tosca.artifacts.File }`,
      ),
    );

    expect(translate(disks)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          'disk.1.content': 'a = 1\n',
          'disk.1.mount_path': '/etc/app.cfg',
          'disk.2.size': 1e10,
          'disk.2.image.url': 'vol-1',
          'disk.2.mount_path': '/data',
        }),
      ]),
    );
    expect(disks.warnings).toEqual([
      'The volume nowhere:/x of web names no BlockStorage node and path. Ignoring it.',
    ]);
    expect(containerFiles(disks.topology, disks.evaluation)).toEqual([
      'https://registry.example.org/team/app.cfg',
    ]);
  });

  it('quotes values of variables that hold a comma', async () => {
    const environment = await contextOf(`
web:
  type: tosca.nodes.Container.Application.Docker
  properties: { environment: { A: '1,"2"', B: plain }, command: [ sh, '-c' ] }
  requirements: [ { host: runtime } ]
  artifacts: { image: { file: app, repository: registry, type: tosca.artifacts.Deployment.Image.Container.Docker } }
runtime: { type: tosca.nodes.Container.Runtime.Docker }`);

    expect(translate(environment)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          'environment.variables': 'A="1,\\"2\\"",B=plain',
          command: ['sh', '-c'],
          'disk.0.image.url': 'docker://registry.example.org/team/app',
        }),
      ]),
    );
  });

  it('needs an image', async () => {
    const bare = await contextOf(withRuntime('host: {properties: {}}').replace(image, ''));

    expect(() => translate(bare)).toThrow('No image specified for K8s container.');
  });
});

describe('the name of the system of a container', () => {
  it.each([
    ['my_app', 'my-app-abcd1234'],
    ['a b.c\\d[e]', 'a-b.c-d-e--abcd1234'],
  ])('of %s is %s', (node, system) => {
    expect(containerSystemName(node, 'abcd12345678')).toBe(system);
  });
});
