import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeCloud } from '../servers/fake-cloud.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({ env: { IM_LOG_LEVEL: 'DEBUG', IM_MAX_VM_FAILS: '1' } });
});
afterAll(async () => {
  await service.stop();
  // Only now all lines are written.
  expect(leaks(service.logs())).toEqual([]);
});

const secrets = {
  user: 'user-secret-4711',
  registry: 'registry-secret-4712',
  machine: 'machine-secret-4713',
};
const radl = `
network net (outbound = 'yes')
system node (
  disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1' and net_interface.0.connection = 'net' and
  disk.0.os.credentials.password = '${secrets.machine}'
)
contextualize ()
deploy node 1
`;

/** Names of secrets that a text holds. */
function leaks(text: string): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name);
}

/** Names of secrets in the files of the service. */
function leaksOnDisk(): string[] {
  return readdirSync(service.dataDir).flatMap((file) =>
    leaks(readFileSync(join(service.dataDir, file)).toString('latin1')).map((name) => `${name} in ${file}`),
  );
}

describe('user need: tokens and credentials', () => {
  it('are in no log and no file of the service, whatever fails', async () => {
    const cloud = await FakeCloud.open(service);
    const { server } = cloud;
    const line =
      `id = one; type = Docker; host = ${cloud.host}; registry = registry.example.org; registry_username = u; ` +
      `registry_password = ${secrets.registry}`;
    const client = new RestClient(
      service.url,
      authorizationOf('owner', [line]).replace('owner-pass', secrets.user),
    );

    const id = await client.create(radl);
    await client.untilState(id, ['configured']);
    server.fail(/containers\/create/u, { answer: 500, body: '{"message":"no luck"}' });
    const failed = await client.request('POST', `/infrastructures/${id}`, {
      body: 'system node\ndeploy node 1',
    });
    const foreign = await client.request('POST', '/infrastructures', {
      body: radl.replace('docker://im-test:1', 'docker://registry.example.org/a/b:1'),
    });
    const broken = await client.request('POST', '/infrastructures', { body: `${radl} system (` });

    expect([failed.status, foreign.status, broken.status]).toEqual([400, 400, 400]);
    expect([failed, foreign, broken].flatMap(({ text }) => leaks(text))).toEqual([]);
    expect(leaksOnDisk()).toEqual([]);
    server.heal();
    expect((await client.destroy(id)).status).toBe(200);
    expect(leaksOnDisk()).toEqual([]);
    await cloud.close();
  });

  it('are those of each request: new ones count at once, old ones are not remembered', async () => {
    const cloud = await FakeCloud.open(service);
    const id = await cloud.client.create(radl);
    const elsewhere = await FakeCloud.open(service);
    const moved = new RestClient(service.url, cloud.client.authorization.replace(cloud.host, elsewhere.host));
    const without = new RestClient(service.url, cloud.client.authorization.split('\\n')[0] ?? '');

    const stopped = await without.request('PUT', `/infrastructures/${id}/stop`);

    expect(stopped.status).toBe(400);
    expect(stopped.text).toContain('No auth data has been specified to Docker');
    expect([...cloud.engine.containers.values()].map(({ status }) => status)).toEqual(['running']);
    expect((await moved.request('PUT', `/infrastructures/${id}/stop`)).status).toBe(400);
    expect(elsewhere.server.requests.length).toBeGreaterThan(0);
    expect((await cloud.client.request('PUT', `/infrastructures/${id}/stop`)).status).toBe(200);
    await cloud.close();
    elsewhere.server.close();
  });
});
