import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseRadl } from '@im/radl';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from '../connectors/engine-socket.js';
import { outputOf, sshTarget } from '../connectors/ssh-login.js';
import { atEngine } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const configuredLimitMs = 150_000;

const files: Readonly<Record<string, string>> = {
  '/types.yaml': `
tosca_definitions_version: tosca_simple_yaml_1_0
capability_types:
  example.capabilities.OperatingSystem:
    derived_from: tosca.capabilities.OperatingSystem
    properties: { image: { type: string, required: false } }
  example.capabilities.Scalable:
    derived_from: tosca.capabilities.Scalable
    properties:
      count: { type: integer, default: 1 }
      removal_list: { type: list, entry_schema: { type: string }, required: false }
node_types:
  tosca.nodes.indigo.Compute:
    derived_from: tosca.nodes.Compute
    attributes:
      private_address: { type: list, entry_schema: { type: string } }
      public_address: { type: list, entry_schema: { type: string } }
    capabilities:
      os: { type: example.capabilities.OperatingSystem }
      scalable: { type: example.capabilities.Scalable }
  example.nodes.Members:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      addresses: { type: list, entry_schema: { type: string } }
    interfaces:
      Standard:
        configure:
          implementation: BASE/members.yml
          inputs:
            members: { get_property: [ SELF, addresses ] }
`,
  '/members.yml': `
- hosts: localhost
  tasks:
    - name: Write the members
      copy:
        content: "{{ members | sort | join(' ') }}\\n"
        dest: /srv/members.txt
`,
};

describe.skipIf(engineSocket() === '')('a TOSCA cluster on Docker (needs a Docker Engine)', () => {
  let docker: Docker;
  let web: Server;
  let base = '';
  let service: StandaloneServer;
  let client: RestClient;
  let id = '';

  beforeAll(async () => {
    docker = new Docker({ socketPath: engineSocket() });
    web = createServer((request, response) => {
      const text = files[request.url ?? ''];
      response.statusCode = text === undefined ? 404 : 200;
      response.end(text?.replaceAll('BASE', base));
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${portOf(web)}`;
    service = await startStandalone({ env: { IM_TOSCA_ALLOW_HTTP: 'true' } });
    client = new RestClient(
      service.url,
      authorizationOf('tosca', [`id = docker; type = Docker; host = unix://${engineSocket()}`]),
    );
    const answer = await client.request('POST', '/infrastructures', { type: 'text/yaml', body: cluster(2) });
    expect(answer.status, answer.text).toBe(200);
    id = answer.text.trim().split('/').at(-1) ?? '';
    await untilConfigured();
  });

  afterAll(async () => {
    for (const left of await client.ids()) {
      await client.destroy(left);
    }
    await service.stop();
    web.close();
  });

  function cluster(workers: number, removalList: readonly string[] = []): string {
    return `
tosca_definitions_version: tosca_simple_yaml_1_0
imports:
  - types: ${base}/types.yaml
topology_template:
  node_templates:
    front:
      type: tosca.nodes.indigo.Compute
      capabilities:
        endpoint: { properties: { network_name: PUBLIC } }
        host: { properties: { num_cpus: 1, mem_size: 512 MB } }
        os: { properties: { type: linux, image: 'docker://debian:12' } }
    worker:
      type: tosca.nodes.indigo.Compute
      capabilities:
        host: { properties: { num_cpus: 1, mem_size: 512 MB } }
        os: { properties: { type: linux, image: 'docker://debian:12' } }
        scalable: { properties: { count: ${workers}, removal_list: [ ${removalList.join(', ')} ] } }
    members:
      type: example.nodes.Members
      properties:
        addresses: { get_attribute: [ worker, private_address ] }
      requirements: [ { host: front } ]
  outputs:
    front: { value: { get_attribute: [ front, private_address, 0 ] } }
    workers: { value: { get_attribute: [ worker, private_address ] } }
`;
  }

  async function untilConfigured(): Promise<void> {
    const state = await client.untilState(id, ['configured', 'unconfigured', 'failed'], configuredLimitMs);
    expect(state, await client.contmsg(id)).toBe('configured');
  }

  async function scaleTo(workers: number, removalList: readonly string[] = []): Promise<string> {
    const answer = await client.request('POST', `/infrastructures/${id}`, {
      type: 'text/yaml',
      body: cluster(workers, removalList),
      timeoutMs: 120_000,
    });
    expect(answer.status, answer.text).toBe(200);
    await untilConfigured();
    return answer.text;
  }

  const vm = async (number: string) =>
    parseRadl((await client.request('GET', `/infrastructures/${id}/vms/${number}`)).text);

  async function addresses(numbers: readonly string[]): Promise<string[]> {
    const vms = await Promise.all(numbers.map(vm));
    return vms.map((radl) => radl.systems[0]?.features.getText('net_interface.0.ip') ?? '');
  }

  async function outputs(): Promise<unknown> {
    const answer = await client.request('GET', `/infrastructures/${id}/outputs`);
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text);
  }

  /** What Ansible last wrote on the front: the addresses of the workers, as the document hands them to the playbook. */
  async function members(): Promise<string[]> {
    const target = { ...sshTarget(await vm('0'), 0), port: 22 };
    const text = await outputOf(target, 'cat /srv/members.txt');
    return text.trim().split(' ');
  }

  it('is configured, and its outputs are the addresses of the machines', async () => {
    const [front, ...workers] = await addresses(['0', '1', '2']);

    expect(await outputs()).toEqual({ outputs: { front, workers } });
    expect(await members()).toEqual([...workers].sort());
  });

  it('grows when the document is sent again with more workers, and is configured anew', async () => {
    expect(await scaleTo(3)).toMatch(/vms\/3$/);

    expect(await client.vms(id)).toEqual(['0', '1', '2', '3']);
    expect(await members()).toEqual((await addresses(['1', '2', '3'])).sort());
  });

  it('shrinks by the workers of the removal list, and is configured anew', async () => {
    await scaleTo(1, ["'1'", "'3'"]);

    expect(await client.vms(id)).toEqual(['0', '2']);
    const [worker = ''] = await addresses(['2']);
    expect(await members()).toEqual([worker]);
    expect(await outputs()).toMatchObject({ outputs: { workers: [worker] } });
    const containers = (await atEngine(docker, id)).filter((thing) => thing.startsWith('container '));
    expect(containers).toHaveLength(2);
  });

  it('leaves nothing at the engine when it is destroyed', async () => {
    expect((await client.destroy(id)).status).toBe(200);
    expect(await atEngine(docker, id)).toEqual([]);
  });
});

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
