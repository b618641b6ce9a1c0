import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const types = `
tosca_definitions_version: tosca_simple_yaml_1_0
capability_types:
  example.capabilities.Scalable:
    derived_from: tosca.capabilities.Scalable
    properties: { count: { type: integer, default: 1 } }
node_types:
  example.nodes.Compute:
    derived_from: tosca.nodes.Compute
    properties: { note: { type: string, default: none } }
    capabilities: { scalable: { type: example.capabilities.Scalable } }
`;

describe('TOSCA documents', () => {
  let web: Server;
  let typesUrl = '';
  let service: StandaloneServer;
  let client: RestClient;

  beforeAll(async () => {
    web = createServer((_request, response) => response.end(types));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    typesUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/types.yaml`;
    service = await startStandalone({ env: { IM_TOSCA_ALLOW_HTTP: 'true', IM_TOSCA_CACHE_TIME: '1' } });
    client = new RestClient(service.url, authorizationOf('ana', ['id = dummy; type = Dummy']));
  });

  afterAll(async () => {
    for (const id of await client.ids()) {
      await client.destroy(id);
    }
    await service.stop();
    web.close();
  });

  const document = (body: string): string => `
tosca_definitions_version: tosca_simple_yaml_1_0
imports: [ ${typesUrl} ]
topology_template:
${body}`;

  const nodes = (count: number): string =>
    document(`  node_templates:
${Array.from({ length: count }, (_unused, index) => `    node_${index}: { type: example.nodes.Compute, properties: { note: "${'x'.repeat(100)}" } }\n`).join('')}
  outputs:
    first: { value: { get_attribute: [ node_0, tosca_name ] } }
`);

  async function create(body: string): Promise<string> {
    const answer = await client.request('POST', '/infrastructures', { type: 'text/yaml', body });
    expect(answer.status, answer.text).toBe(200);
    return answer.text.trim().split('/').at(-1) ?? '';
  }

  const get = async (id: string, property: string): Promise<string> => {
    const answer = await client.request('GET', `/infrastructures/${id}/${property}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.text;
  };

  it('of any length are deployed, and wrong ones refused with the line', async () => {
    for (const count of [1, 60]) {
      const id = await create(nodes(count));
      expect(await client.vms(id)).toHaveLength(count);
      expect(JSON.parse(await get(id, 'outputs'))).toEqual({ outputs: { first: 'node_0' } });

      const wrong = nodes(count).replace('note: "', 'noted: "');
      const answer = await client.request('POST', '/infrastructures', { type: 'text/yaml', body: wrong });
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('"properties" of template "node_0" contains unknown field "noted".');
      expect(answer.text).toContain('(line 6, ');
    }
  });

  it('are scaled by sending them again, whatever their length', async () => {
    const wanted = (count: number): string =>
      `${nodes(40).replace('  outputs:', `    worker: { type: example.nodes.Compute, capabilities: { scalable: { properties: { count: ${count} } } } }\n  outputs:`)}`;
    const id = await create(wanted(1));

    const grown = await client.request('POST', `/infrastructures/${id}`, {
      type: 'text/yaml',
      body: wanted(3),
    });
    expect(grown.text.trim().split('\n')).toHaveLength(2);
    await client.request('POST', `/infrastructures/${id}`, { type: 'text/yaml', body: wanted(1) });
    expect(await client.vms(id)).toHaveLength(41);
  });

  it('that name a file nobody has are refused', async () => {
    const body = document('  node_templates: {}').replace(typesUrl, 'http://127.0.0.1:1/types.yaml');
    const answer = await client.request('POST', '/infrastructures', { type: 'text/yaml', body });

    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Failed to reach server "http://127.0.0.1:1/types.yaml".');
  });

  it('with random inputs get values that stay', async () => {
    const special = document(`  inputs:
    password: { type: string, default: random(12) }
  node_templates: { node: { type: example.nodes.Compute } }
  outputs:
    password: { value: { get_input: password } }
`);
    const id = await create(special);
    const first = await get(id, 'outputs');

    expect(first).toMatch(/^\{"outputs":\{"password":"[A-Za-z0-9]{12}"\}\}$/);
    const again = await client.request('POST', `/infrastructures/${id}`, {
      type: 'text/yaml',
      body: special,
    });
    expect(again.status, again.text).toBe(200);
    expect(await get(id, 'outputs')).toBe(first);
    expect(await get(id, 'tosca')).toContain('random(12)');
  });

  it('have outputs after a restart although what they import is gone', async () => {
    const id = await create(nodes(1));
    web.close();
    web.closeAllConnections();
    await service.kill9();
    await service.restart();

    expect(JSON.parse(await get(id, 'outputs'))).toEqual({ outputs: { first: 'node_0' } });
    const answer = await client.request('POST', `/infrastructures/${id}`, {
      type: 'text/yaml',
      body: nodes(2),
    });
    expect(answer.status, answer.text).toBe(400);
    expect(await client.vms(id)).toHaveLength(1);
  });
});
