import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import type { RestAnswer } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone();
});
afterAll(async () => {
  await service.stop();
});

const statuses = (answers: readonly RestAnswer[]): number[] => answers.map(({ status }) => status);

describe.concurrent('two requests at once', () => {
  it('to destroy both succeed, and a third one finds nothing', async () => {
    await withFakeCloud(service, async ({ server, client }) => {
      const id = await client.create(fakeMachines(2));
      const hold = server.fail(/DELETE/u, { hold: true });

      const first = client.destroy(id);
      await hold.reached;
      const second = client.destroy(id);
      const third = client.destroy(id, '?async=yes');
      expect((await third).status).toBe(200);
      hold.end();

      expect(statuses(await Promise.all([first, second]))).toEqual([200, 200]);
      const late = await client.destroy(id);
      expect(late.status).toBe(404);
      expect(late.text).toBe('Error Destroying Inf: Invalid infrastructure ID or access not granted.');
    });
  });

  it('to add give machines of their own to each', async () => {
    await withFakeCloud(service, async ({ engine, client }) => {
      const id = await client.create(fakeMachines(1));
      const add = (vms: number) =>
        client.request('POST', `/infrastructures/${id}`, { body: `system node\ndeploy node ${vms}` });

      const answers = await Promise.all([add(2), add(3)]);

      expect(statuses(answers)).toEqual([200, 200]);
      const numbers = answers.map(({ text }) => text.split('\n').map((line) => line.split('/').at(-1)));
      expect(numbers.map((list) => list.length)).toEqual([2, 3]);
      expect(numbers.flat().sort()).toEqual(['1', '2', '3', '4', '5']);
      expect(await client.vms(id)).toEqual(['0', '1', '2', '3', '4', '5']);
      expect(engine.containers.size).toBe(6);
    });
  });

  it('to add and to remove both have their way', async () => {
    await withFakeCloud(service, async ({ engine, client }) => {
      const id = await client.create(fakeMachines(2));

      const answers = await Promise.all([
        client.request('POST', `/infrastructures/${id}`, { body: 'system node\ndeploy node 2' }),
        client.request('DELETE', `/infrastructures/${id}/vms/0`),
      ]);

      expect(statuses(answers)).toEqual([200, 200]);
      expect(await client.vms(id)).toEqual(['1', '2', '3']);
      expect(engine.containers.size).toBe(3);
      await client.untilState(id, ['configured']);
    });
  });

  it('to remove the same machine remove it once', async () => {
    await withFakeCloud(service, async ({ engine, server, client }) => {
      const id = await client.create(fakeMachines(2));
      const hold = server.fail(/DELETE/u, { hold: true });
      const first = client.request('DELETE', `/infrastructures/${id}/vms/1`);
      await hold.reached;
      const second = client.request('DELETE', `/infrastructures/${id}/vms/1,0`);
      hold.end();

      expect(statuses(await Promise.all([first, second]))).toEqual([200, 200]);
      expect(await client.vms(id)).toEqual([]);
      expect(engine.containers.size).toBe(0);
    });
  });

  it('to reconfigure end configured, with the recipes of both', async () => {
    await withFakeCloud(service, async ({ client }) => {
      const id = await client.create(fakeMachines(1));
      const reconfigure = (name: string) =>
        client.request('PUT', `/infrastructures/${id}/reconfigure`, {
          body: `configure ${name} (\n@begin\n- tasks: []\n@end\n)`,
        });

      const answers = await Promise.all([reconfigure('one'), reconfigure('two')]);

      expect(statuses(answers)).toEqual([200, 200]);
      await client.untilState(id, ['configured']);
      const { text } = await client.request('GET', `/infrastructures/${id}/radl`);
      expect(text).toContain('configure one');
      expect(text).toContain('configure two');
    });
  });

  it('to stop and to start leave all machines in one of the two states', async () => {
    await withFakeCloud(service, async ({ engine, client }) => {
      const id = await client.create(fakeMachines(3));
      const put = (action: string) => client.request('PUT', `/infrastructures/${id}/${action}`);

      expect(statuses(await Promise.all([put('stop'), put('start')]))).toEqual([200, 200]);

      const states = [...engine.containers.values()].map(({ status }) => status);
      expect(new Set(states).size).toBe(1);
    });
  });

  it('to alter and to remove a machine each get a definite answer', async () => {
    await withFakeCloud(service, async ({ engine, server, client }) => {
      const id = await client.create(fakeMachines(2));
      const hold = server.fail(/DELETE/u, { hold: true });
      const removed = client.request('DELETE', `/infrastructures/${id}/vms/1`);
      await hold.reached;
      const altered = client.request('PUT', `/infrastructures/${id}/vms/1`, {
        body: 'system node (cpu.count = 2)',
      });
      hold.end();

      expect((await removed).status).toBe(200);
      const answer = await altered;
      expect(answer.status).toBe(400);
      expect(answer.text).toBe(
        'Error modifying resources: Error modifying the information about the VM 1: The VM 1 does not exist at its cloud.',
      );
      expect(engine.containers.size).toBe(1);
    });
  });

  it('with one idempotency key make one infrastructure', async () => {
    await withFakeCloud(service, async ({ engine, client }) => {
      const post = () =>
        client.request('POST', '/infrastructures', {
          body: fakeMachines(1),
          headers: { 'idempotency-key': 'the same' },
        });

      const answers = await Promise.all([post(), post(), post()]);

      expect(statuses(answers)).toEqual([200, 200, 200]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(await client.ids()).toHaveLength(1);
      expect(engine.containers.size).toBe(1);
    });
  });
});

describe.concurrent('twenty creations at once', () => {
  it('make twenty infrastructures, each with its own machine and network', async () => {
    await withFakeCloud(service, async ({ engine, client }) => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => client.create(fakeMachines(1))));

      expect(new Set(ids).size).toBe(20);
      expect(new Set(await client.ids())).toEqual(new Set(ids));
      expect(engine.containers.size).toBe(20);
      expect(engine.networks.size).toBe(20);
      await Promise.all(ids.map((id) => client.untilState(id, ['configured'])));
    });
  });
});
