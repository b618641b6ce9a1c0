import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leftBehind, livingInfrastructures } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const megabyte = 1024 * 1024;
const system =
  "network net (outbound = 'yes')\nsystem node (net_interface.0.connection = 'net' and disk.0.os.name = 'linux')\n";
const recipe = (text: string): string =>
  `${system}configure node (\n@begin\n${text}\n@end\n)\ndeploy node 1\n`;

let service: StandaloneServer;
let client: RestClient;
beforeAll(async () => {
  service = await startStandalone();
  client = new RestClient(service.url, authorizationOf('documents', ['id = dummy; type = Dummy']));
});
afterEach(async () => {
  await Promise.all((await client.ids()).map((id) => client.destroy(id)));
  expect(livingInfrastructures(service.dataDir)).toEqual([]);
  expect(await leftBehind({ dataDir: service.dataDir })).toEqual([]);
});
afterAll(async () => {
  await service.stop();
});

async function refusal(
  body: string | Uint8Array,
  type = 'text/plain',
): Promise<{ status: number; text: string }> {
  const { status, text } = await client.request('POST', '/infrastructures', { body, type });
  return { status, text };
}

describe('a document that cannot be read', () => {
  it.each([
    ['ends too early', 'system s (cpu.count = 1', /^Error parsing request body: Parse error in: None/u],
    [
      'has an error on its third line',
      `${system}system (`,
      /^Error parsing request body: Line 3: Parse error in: \(/u,
    ],
    [
      'has a wrong sign',
      `${system}deploy node -1`,
      /^Error parsing request body: Line 3: Parse error in: - /u,
    ],
    [
      'is a page of HTML',
      '<html><body>Welcome</body></html>',
      /^Error parsing request body: Line 1: Parse error in: html/u,
    ],
    ['is no UTF-8', new Uint8Array(100).fill(0xff), /^Error parsing request body: it is not UTF-8\.$/u],
  ])('because it %s is refused, and says where', async (_why, body, text) => {
    const answer = await refusal(body);

    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(text);
  });

  it.each([
    ['no JSON', '[{', /^Error parsing request body: Parse error in JSON: /u],
    ['no list', '{"class": "system"}', /^Error parsing request body: The document: it must be a list/u],
    [
      'a list of texts',
      '["system"]',
      /^Error parsing request body: Element 1: it must be an object with "class"\.$/u,
    ],
    [
      'a system with a number for its name',
      '[{"class": "system", "id": 5}]',
      /^Error parsing request body: Element 1 \(system\)/u,
    ],
  ])('because it is %s is refused as JSON', async (_what, body, text) => {
    const answer = await refusal(body, 'application/json');

    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(text);
  });

  it.each([
    ['text/html', "Unsupported Media Type ['text/html']"],
    ['application/xml', "Unsupported Media Type ['application/xml']"],
  ])('because it is %s is answered 415', async (type, text) => {
    const answer = await refusal('a: 1', type);

    expect(answer.status).toBe(415);
    expect(answer.text).toContain(text);
  });
});

describe('a document that makes no sense', () => {
  it.each([
    [
      "system s0 (cpu.count = 'many')\ndeploy s0 1",
      "Line 1: Invalid type; expected number in property 'cpu.count'.",
    ],
    ['system s0 (memory.size = 512X)\ndeploy s0 1', 'Line 1: Invalid unit; expected one of'],
    [
      "network n (outbound = 'perhaps')\nsystem s0 ()\ndeploy s0 1",
      "Line 1: Invalid value; expected one of ['YES', 'NO'] in property 'outbound'.",
    ],
    [
      "system s0 (net_interface.0.connection = 'nowhere')\ndeploy s0 1",
      "Line 1: Invalid value in property 'net_interface.0.connection': there is no such network.",
    ],
    ['deploy nobody 1', 'Line 1: Invalid system id in the deploy.'],
    [`${system}deploy node 1000000000`, 'The document asks for 1000000000 VMs'],
    [recipe('- tasks: ['), 'Line 3: Invalid YAML code: '],
    [`${system}configure node ()\ncontextualize (system nobody configure node)\ndeploy node 1`, 'Line 4: '],
  ])('is refused with what is wrong and where: %s', async (body, text) => {
    const answer = await refusal(body);

    expect(answer.status).toBe(400);
    expect(answer.text).toContain(`Error Creating Inf.: ${text}`);
  });

  it('is refused as an addition too, and leaves the infrastructure as it is', async () => {
    const id = await client.create(`${system}contextualize ()\ndeploy node 1`);
    await client.untilState(id, ['configured']);

    const unknown = await client.request('POST', `/infrastructures/${id}`, {
      body: 'system other\ndeploy other 1',
    });
    const wrong = await client.request('POST', `/infrastructures/${id}`, {
      body: "system node (cpu.count = 'x')",
    });
    const broken = await client.request('PUT', `/infrastructures/${id}/reconfigure`, {
      body: recipe('- a: ['),
    });

    expect([unknown.status, wrong.status, broken.status]).toEqual([400, 400, 400]);
    expect(unknown.text).toMatch(/^Error Adding resources: Unknown reference in RADL/u);
    expect(broken.text).toContain('Error reconfiguring infrastructure: ');
    expect(await client.state(id)).toBe('configured');
    expect(await client.vms(id)).toEqual(['0']);
  });

  it('only by features nobody knows is accepted, and keeps them', async () => {
    const id = await client.create(
      `${system.replace('node (', "node (cpu.cuont = 2 and my.own = 'x' and ")}contextualize ()\ndeploy node 1`,
    );
    await client.untilState(id, ['configured']);

    const { text } = await client.request('GET', `/infrastructures/${id}/radl`);
    expect(text).toContain('cpu.cuont = 2');
    expect((await client.request('GET', `/infrastructures/${id}/vms/0/my.own`)).text).toBe('x');
  });
});

describe('a document that is made to hurt', () => {
  const names = [...'abcdefghij'];
  const bomb = names
    .map(
      (name, n) =>
        `${name}: &${name} [${Array(10)
          .fill(n === 0 ? 'x' : `*${names[n - 1]}`)
          .join(', ')}]`,
    )
    .join('\n');
  const tasks = (depth: number): string => `- a: ${'['.repeat(depth)}${']'.repeat(depth)}`;

  it.each([
    ['10 MB of one name', 'a'.repeat(10 * megabyte), 'text/plain'],
    ['10 MB of brackets', '('.repeat(10 * megabyte), 'text/plain'],
    ['10 MB of quotes', "'".repeat(10 * megabyte), 'text/plain'],
    ['a million nested groups', `system s (${'soft 1 ('.repeat(megabyte)}`, 'text/plain'],
    ['a million nested lists', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`, 'application/json'],
    [
      'half a million nested objects',
      `[{"class": "system", "id": "s", "x": ${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}}]`,
      'application/json',
    ],
    ['a recipe whose aliases multiply', recipe(bomb), 'text/plain'],
    ['a recipe of nested lists', recipe(tasks(100_000)), 'text/plain'],
  ])('by %s is refused with a short text, and the service goes on', async (_how, body, type) => {
    const answer = await refusal(body, type);

    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(500);
    expect((await client.request('GET', '/version')).status).toBe(200);
  });

  it('by more than REST_MAX_BODY_SIZE is answered 413', async () => {
    expect((await refusal('a'.repeat(21 * megabyte))).status).toBe(413);
  });

  it('by the same alias bomb in a reconfigure is refused', async () => {
    const id = await client.create(`${system}contextualize ()\ndeploy node 1`);

    const { status, text } = await client.request('PUT', `/infrastructures/${id}/reconfigure`, {
      body: `configure node (\n@begin\n${bomb}\n@end\n)`,
    });

    expect(status).toBe(400);
    expect(text).toContain('its aliases multiply each other');
  });
});

describe('a document that is only large', () => {
  it.each([
    [
      '2 MB of comments in a recipe',
      recipe(`${'# nothing to see here, move along\n'.repeat(60_000)}- tasks: []`),
    ],
    [
      '10 MB in one value',
      `${system.replace('node (', `node (note = '${'a'.repeat(10 * megabyte)}' and `)}deploy node 1`,
    ],
    ['two hundred machines', `${system}deploy node 200`],
  ])('by %s is carried out', async (_how, body) => {
    const id = await client.create(`${body}\ncontextualize ()`);

    await client.untilState(id, ['configured'], 120_000);
    expect((await client.destroy(id)).status).toBe(200);
  });
});
