import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({
    env: { IM_MAX_VM_FAILS: '3', IM_DELAY_BETWEEN_VM_RETRIES: '0', IM_MAX_SIMULTANEOUS_LAUNCHES: '4' },
  });
});
afterAll(async () => {
  await service.stop();
});

const noLuck = { answer: 500, body: '{"message":"no luck"}' };
/** Each attempt of a launch makes so many calls before it gives up. */
const callsPerAttempt = 3;

describe.concurrent('user need: launch failure policy', () => {
  it('a launch is tried again, and one that succeeds at last leaves no trace of the failures', async () => {
    await withFakeCloud(service, async ({ client, engine, server }) => {
      server.fail(/containers\/create/u, noLuck, 2 * callsPerAttempt);

      const id = await client.create(fakeMachines(1));
      await client.untilState(id, ['configured']);

      expect(engine.containers.size).toBe(1);
      expect(await client.contmsg(id)).not.toContain('no luck');
    });
  });

  it('machines are launched side by side, MAX_SIMULTANEOUS_LAUNCHES of them, and keep the order of the document', async () => {
    await withFakeCloud(service, async ({ client, engine, server }) => {
      const hold = server.fail(/containers\/create/u, { hold: true });
      const created = client.create(fakeMachines(6));
      await until(
        async () => hold.met,
        (met) => met === 4,
      );
      hold.end();

      const id = await created;

      expect(await client.vms(id)).toEqual(['0', '1', '2', '3', '4', '5']);
      for (const container of engine.containers.values()) {
        const number = container.labels['im.im_id'];
        const { text } = await client.request('GET', `/infrastructures/${id}/vms/${number}/instance_id`);
        expect(text).toBe(container.Id);
      }
    });
  });

  it('an addition of which nothing can be had leaves the infrastructure as it was', async () => {
    await withFakeCloud(service, async ({ client, engine, server }) => {
      const id = await client.create(fakeMachines(1));
      await client.untilState(id, ['configured']);
      const fault = server.fail(/containers\/create/u, noLuck);

      const added = await client.request('POST', `/infrastructures/${id}`, {
        body: 'system node\ndeploy node 3',
      });

      expect(added.status).toBe(400);
      expect(added.text).toMatch(/^Error Adding resources: Error adding VMs: /u);
      expect(await client.vms(id)).toEqual(['0']);
      expect(await client.state(id)).toBe('configured');
      expect(engine.containers.size).toBe(1);
      fault.end();
      const again = await client.request('POST', `/infrastructures/${id}`, {
        body: 'system node\ndeploy node 1',
      });
      expect(again.status).toBe(200);
      expect(await client.vms(id)).toEqual(['0', '4']);
    });
  });

  it('an addition of which some can be had keeps those and shows the others as failed', async () => {
    await withFakeCloud(service, async ({ client, engine, server }) => {
      const id = await client.create(fakeMachines(1));
      server.fail(/containers\/create\?name=im-.*-2$/u, noLuck);

      const added = await client.request('POST', `/infrastructures/${id}`, {
        body: 'system node\ndeploy node 2',
      });

      expect(added.status).toBe(200);
      expect(await client.vms(id)).toEqual(['0', '1', '2']);
      await client.untilState(id, ['failed']);
      expect((await client.request('GET', `/infrastructures/${id}/vms/2/state`)).text).toBe('failed');
      expect(engine.containers.size).toBe(2);
    });
  });
});
