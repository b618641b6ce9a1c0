import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeCloud, fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import { atEngine, leftBehind } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const hybrid = `
network a () network b ()
system left (
  disk.0.image.url = 'docker://im-test:1' and net_interface.0.connection = 'a' and disk.0.os.name = 'linux' and
  disk.1.mount_path = '/data'
)
system right (disk.0.image.url = 'docker://im-test:1' and net_interface.0.connection = 'b' and disk.0.os.name = 'linux')
contextualize ()
deploy left 2 west
deploy right 2 east
`;

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({ env: { IM_MAX_VM_FAILS: '1' } });
});
afterAll(async () => {
  await service.stop();
});

/** Somebody with two clouds. */
async function inTwoClouds(
  username: string,
  work: (clouds: { client: RestClient; west: FakeCloud; east: FakeCloud }) => Promise<void>,
): Promise<void> {
  const [west, east] = [await FakeCloud.open(service), await FakeCloud.open(service)];
  const lines = [
    `id = west; type = Docker; host = ${west.host}`,
    `id = east; type = Docker; host = ${east.host}`,
  ];
  try {
    await work({ client: new RestClient(service.url, authorizationOf(username, lines)), west, east });
    await west.close();
    await east.close();
  } finally {
    west.server.close();
    east.server.close();
  }
}

describe('user need: things left behind', () => {
  it('an infrastructure in two clouds goes from both', async () => {
    await inTwoClouds('hybrid', async ({ client, west, east }) => {
      const id = await client.create(hybrid);
      expect(west.engine.containers.size + east.engine.containers.size).toBe(4);

      expect((await client.destroy(id)).status).toBe(200);

      expect(await atEngine(west.docker, id)).toEqual([]);
      expect(await atEngine(east.docker, id)).toEqual([]);
    });
  });

  it('a cloud that fails keeps the infrastructure listed until it lets go; the other is empty at once', async () => {
    await inTwoClouds('half', async ({ client, west, east }) => {
      const id = await client.create(hybrid);
      const outage = east.server.fail(/DELETE/u, { answer: 500, body: '{"message":"not now"}' });

      const answer = await client.destroy(id);

      expect(answer.status).toBe(400);
      expect(answer.text).toContain('not now');
      expect(await atEngine(west.docker, id)).toEqual([]);
      expect(await client.vms(id)).toEqual(['2', '3']);
      outage.end();
      expect((await client.destroy(id)).status).toBe(200);
    });
  });

  it('a destroy says it succeeded only when the provider agrees that nothing is left', async () => {
    await withFakeCloud(service, async ({ client, engine, server }) => {
      const id = await client.create(fakeMachines(2));
      // Answers as if it had deleted, and does nothing.
      const liar = server.fail(/DELETE .*\/containers/u, { answer: 204 });

      const answer = await client.destroy(id);

      expect(answer.status).toBe(400);
      expect(answer.text).toContain('the Docker server still has');
      expect(engine.containers.size).toBe(2);
      liar.end();
    });
  });

  it('the networks of a cloud go with its last machine, though the infrastructure lives on', async () => {
    await inTwoClouds('shrinks', async ({ client, west, east }) => {
      const id = await client.create(hybrid);

      expect((await client.request('DELETE', `/infrastructures/${id}/vms/2,3`)).status).toBe(200);

      expect(await atEngine(east.docker, id)).toEqual([]);
      expect(west.engine.networks.size).toBe(1);
      expect((await client.destroy(id)).status).toBe(200);
    });
  });

  it.each([
    ['the network was made', /POST .*\/containers\/create/u],
    ['the volume was made', /GET .*\/containers\/im-/u],
    ['the container was made', /POST .*\/start/u],
  ])('a launch that fails for good after %s leaves nothing of it', async (_when, which) => {
    await withFakeCloud(service, async ({ client, engine, server }) => {
      server.fail(which, { answer: 400, body: '{"message":"never"}' }, 1);

      expect((await client.request('POST', '/infrastructures', { body: fakeMachines(1) })).status).toBe(400);

      expect([engine.containers.size, engine.networks.size, engine.volumes.size]).toEqual([0, 0, 0]);
      expect(await leftBehind({ dataDir: service.dataDir })).toEqual([]);
    });
  });

  it('what belongs to others on the same provider stays', async () => {
    await withFakeCloud(service, async ({ client, docker, engine }) => {
      await docker.createNetwork({ Name: 'theirs' });
      await docker.createVolume({ Name: 'their-data' });
      const id = await client.create(fakeMachines(1));

      expect((await client.destroy(id)).status).toBe(200);

      expect([...engine.networks.values()].map(({ Name }) => Name)).toEqual(['theirs']);
      expect([...engine.volumes.keys()]).toEqual(['their-data']);
      engine.networks.clear();
      engine.volumes.clear();
    });
  });
});
