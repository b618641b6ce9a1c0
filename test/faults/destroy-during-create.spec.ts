import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

/** Every call of a creation, in their order. */
const moments: [string, RegExp][] = [
  ['the size of the host is asked', /GET .*\/info/u],
  ['a network is looked for', /GET .*\/networks/u],
  ['a network is made', /POST .*\/networks\/create/u],
  ['the image is looked for', /GET .*\/images/u],
  ['a volume is made', /POST .*\/volumes\/create/u],
  ['a container is looked for', /GET .*\/containers\/im-/u],
  ['a container is made', /POST .*\/containers\/create/u],
  ['a container gets its key', /PUT .*\/archive/u],
  ['a container is started', /POST .*\/start/u],
];

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({ env: { IM_MAX_SIMULTANEOUS_LAUNCHES: '1' } });
});
afterAll(async () => {
  await service.stop();
});

describe.concurrent('a destroy during a creation', () => {
  it.each(moments)('while %s ends deleted, with nothing left', async (_moment, which) => {
    await withFakeCloud(service, async ({ server, client, engine }) => {
      const fault = server.fail(which, { hold: true }, 1);
      const id = await client.create(fakeMachines(3), '?async=yes');
      await fault.reached;

      const destroyed = client.destroy(id);
      await until(
        () => client.state(id),
        (state) => state === 'deleting' || state.includes('Invalid infrastructure ID'),
      );
      fault.end();

      expect((await destroyed).status).toBe(200);
      expect(await client.state(id)).toContain('Invalid infrastructure ID or access not granted.');
      expect(engine.containers.size).toBe(0);
      // Lanes launch one after another: those that had not begun never do.
      expect(server.count(/POST .*\/containers\/create/u)).toBeLessThanOrEqual(1);
    });
  });

  it.each(moments)('whose answer is lost while %s ends deleted as well', async (_moment, which) => {
    await withFakeCloud(service, async ({ server, client }) => {
      const fault = server.fail(which, { loseAnswer: true }, 2);
      const id = await client.create(fakeMachines(3), '?async=yes');
      await fault.reached;

      expect((await client.destroy(id)).status).toBe(200);

      expect(await client.ids()).toEqual([]);
    });
  });

  it('is told to the one who waits for the creation', async () => {
    await withFakeCloud(service, async ({ server, client }) => {
      const fault = server.fail(/POST .*\/start/u, { hold: true });
      const created = client.request('POST', '/infrastructures', { body: fakeMachines(3) });
      await fault.reached;
      const [id = ''] = await client.ids();

      const destroyed = client.destroy(id, '?async=yes');
      await client.untilState(id, ['deleting']);
      fault.end();

      expect((await destroyed).status).toBe(200);
      const answer = await created;
      expect(answer.status).toBe(400);
      expect(answer.text).toBe(
        'Error Creating Inf.: The operation was cancelled because the infrastructure is being destroyed.',
      );
      await until(
        () => client.ids(),
        (ids) => ids.length === 0,
      );
    });
  });

  it('lets nothing be added any more', async () => {
    await withFakeCloud(service, async ({ server, client }) => {
      const fault = server.fail(/POST .*\/start/u, { hold: true });
      const id = await client.create(fakeMachines(3), '?async=yes');
      await fault.reached;
      const destroyed = client.destroy(id);
      await client.untilState(id, ['deleting']);

      const added = await client.request('POST', `/infrastructures/${id}`, { body: fakeMachines(3) });
      const removed = await client.request('DELETE', `/infrastructures/${id}/vms/0`);
      fault.end();

      expect(added.status).toBe(400);
      expect(added.text).toBe('Error Adding resources: Infrastructure deleted. Do not add resources.');
      expect(removed.status).toBe(400);
      expect((await destroyed).status).toBe(200);
    });
  });

  it('that meets a provider which is away for a moment waits for it', async () => {
    await withFakeCloud(service, async ({ server, client }) => {
      const fault = server.fail(/POST .*\/containers\/create/u, { hold: true }, 1);
      const id = await client.create(fakeMachines(3), '?async=yes');
      await fault.reached;
      server.fail(/./u, { cut: true }, 6);
      const destroyed = client.destroy(id);
      await client.untilState(id, ['deleting']);
      fault.end();

      expect((await destroyed).status).toBe(200);
    });
  });
});
