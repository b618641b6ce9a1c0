import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({ env: { IM_MAX_VM_FAILS: '1' } });
});
afterAll(async () => {
  await service.stop();
});

describe('user need: async create and state', () => {
  it('is pending from the first moment to the last machine, and never unknown', async () => {
    await withFakeCloud(service, async ({ client, server }) => {
      const moments = [
        /GET .*\/info/u,
        /POST .*\/networks\/create/u,
        /POST .*\/containers\/create/u,
        /POST .*\/start/u,
      ];
      const holds = moments.map((which) => server.fail(which, { hold: true }));

      const id = await client.create(fakeMachines(3), '?async=yes');

      expect(await client.ids()).toEqual([id]);
      for (const hold of holds) {
        await hold.reached;
        expect(await client.state(id)).toBe('pending');
        hold.end();
      }
      const seen = new Set<string>();
      while (!seen.has('configured')) {
        seen.add(await client.state(id));
      }
      expect([...seen].filter((state) => !['pending', 'running', 'configured'].includes(state))).toEqual([]);
    });
  });

  it('is failed, not unknown, when no machine could be had', async () => {
    await withFakeCloud(service, async ({ client, server }) => {
      server.fail(/POST .*\/containers\/create/u, { answer: 400, body: '{"message":"never"}' });

      const id = await client.create(fakeMachines(2), '?async=yes');

      const seen = new Set<string>();
      while (!seen.has('failed')) {
        seen.add(await client.state(id));
      }
      expect([...seen].filter((state) => !['pending', 'failed'].includes(state))).toEqual([]);
      expect(await client.contmsg(id)).toContain('never');
    });
  });

  it('of a destroy is deleting until everything is gone, and only then 404', async () => {
    await withFakeCloud(service, async ({ client, engine, server }) => {
      const id = await client.create(fakeMachines(2));
      const hold = server.fail(/DELETE .*\/networks/u, { hold: true });

      expect((await client.destroy(id, '?async=yes')).status).toBe(200);
      await hold.reached;

      expect(await client.state(id)).toBe('deleting');
      expect(await client.ids()).toEqual([id]);
      hold.end();
      await client.untilState(id, [
        'Error Getting Inf. prop: Invalid infrastructure ID or access not granted.',
      ]);
      expect(engine.networks.size).toBe(0);
    });
  });
});
