import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../fakes/misbehaving-server.js';
import type { FakeCloud } from '../servers/fake-cloud.js';
import { fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import { freePort } from '../servers/free-port.js';
import { atEngine } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const launchText = 'Error launching the VMs of type node to cloud ID one of type Docker. ';
const noSystemText = `${launchText}Error, no concrete system to deploy: node in cloud: one. Check if a correct image is being used`;
const tired: Misbehaviour = { answer: 500, body: '{"message":"tired"}' };

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({
    env: {
      IM_MAX_VM_FAILS: '2',
      IM_DELAY_BETWEEN_VM_RETRIES: '0',
      IM_CLOUD_CALL_TIMEOUT: '1',
      IM_LAUNCH_TIMEOUT: '15',
      IM_VM_INFO_UPDATE_FREQUENCY: '0',
      IM_VM_INFO_UPDATE_ERROR_GRACE_PERIOD: '2',
    },
  });
});
afterAll(async () => {
  await service.stop();
});

const cloudTest = (work: (cloud: FakeCloud) => Promise<void>) => () => withFakeCloud(service, work);

/** Somebody whose cloud is at a port where nobody listens. */
async function lostUser(): Promise<{ client: RestClient; port: number }> {
  const port = await freePort();
  const line = `id = one; type = Docker; host = http://127.0.0.1:${port}`;
  return { client: new RestClient(service.url, authorizationOf(`lost-${port}`, [line])), port };
}

describe.concurrent('a launch that never ends', () => {
  it(
    'is given up after LAUNCH_TIMEOUT when the image never comes',
    cloudTest(async ({ server, client }) => {
      server.fail(/\/images\/create/u, { hang: true });

      const answer = await client.request('POST', '/infrastructures', {
        body: fakeMachines(1, 'far/away:1'),
      });

      expect(answer.text).toBe(
        `Error Creating Inf.: Error adding VMs: ${launchText}Attempt 1: The launch took longer than 15 seconds.\n`,
      );
    }),
  );
});

describe.concurrent('an unreachable provider', () => {
  it('refuses a creation with its reason, and nothing of it stays', async () => {
    const { client, port } = await lostUser();

    const answer = await client.request('POST', '/infrastructures', { body: fakeMachines(1) });

    expect(answer.status).toBe(400);
    expect(answer.text).toBe(
      `Error Creating Inf.: Error adding VMs: ${noSystemText} (The provider 127.0.0.1:${port} refuses the connection (ECONNREFUSED).)`,
    );
    expect(await client.ids()).toEqual([]);
  });

  it('fails an asynchronous creation, which tells why and can be destroyed all the same', async () => {
    const { client } = await lostUser();

    const id = await client.create(fakeMachines(2), '?async=yes');
    await client.untilState(id, ['failed']);

    expect(await client.contmsg(id)).toContain('refuses the connection (ECONNREFUSED)');
    expect((await client.destroy(id)).status).toBe(200);
    expect(await client.ids()).toEqual([]);
  });

  it(
    'leaves the work of others alone while it hangs',
    cloudTest(async ({ server, client }) => {
      server.fail(/./u, { hang: true });
      const hanging = client.request('POST', '/infrastructures', { body: fakeMachines(3) });

      const other = new RestClient(service.url, authorizationOf('other', ['id = dummy; type = Dummy']));
      const id = await other.create(fakeMachines(2));
      await other.untilState(id, ['configured']);

      expect((await other.destroy(id)).status).toBe(200);
      const answer = await hanging;
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(/\(The provider 127\.0\.0\.1:\d+ did not answer within 1 seconds\.\)/u);
    }),
  );
});

describe.concurrent('a launch', () => {
  const onlyFailures: [string, Misbehaviour, string][] = [
    ['errors', tired, 'Error creating the Container: tired'],
    [
      'garbage',
      { answer: 200, body: '<html>Welcome</html>' },
      'Error creating the Container: the answer of PROVIDER is not that of a Docker Engine.',
    ],
    ['silence', { hang: true }, 'The provider PROVIDER did not answer within 1 seconds.'],
    ['broken connections', { cut: true }, 'The provider PROVIDER closed the connection (ECONNRESET).'],
  ];
  it.each(onlyFailures)(
    'that meets nothing but %s fails after MAX_VM_FAILS attempts and leaves nothing',
    async (_what, how, cause) => {
      await withFakeCloud(service, async ({ server, client }) => {
        server.fail(/\/containers\/create/u, how);

        const answer = await client.request('POST', '/infrastructures', { body: fakeMachines(1) });

        expect(answer.status).toBe(400);
        expect(answer.text.replaceAll(/127\.0\.0\.1:\d+/gu, 'PROVIDER')).toBe(
          `Error Creating Inf.: Error adding VMs: ${launchText}Attempt 1: ${cause}\nAttempt 2: ${cause}\n`,
        );
        expect(await client.ids()).toEqual([]);
      });
    },
  );

  it(
    'survives a burst of errors',
    cloudTest(async ({ engine, server, client }) => {
      server.fail(/\/containers\/create/u, { answer: 503, body: '{}' }, 2);
      server.fail(/\/start/u, tired, 2);
      server.fail(/\/networks\/create/u, tired, 1);

      const id = await client.create(fakeMachines(2));
      await client.untilState(id, ['configured']);

      expect(engine.containers.size).toBe(2);
    }),
  );

  it(
    'whose answers are lost finds its machine again instead of making another',
    cloudTest(async ({ engine, server, client }) => {
      server.fail(/\/containers\/create/u, { loseAnswer: true });
      server.fail(/\/networks\/create/u, { loseAnswer: true }, 1);

      const id = await client.create(fakeMachines(2));
      await client.untilState(id, ['configured']);

      expect(engine.containers.size).toBe(2);
      expect(engine.networks.size).toBe(1);
      expect(await client.vms(id)).toEqual(['0', '1']);
    }),
  );

  it(
    'keeps what worked when another machine of it cannot be had',
    cloudTest(async ({ engine, server, client }) => {
      server.fail(/\/containers\/create\?name=im-[\da-f-]+-1$/u, {
        answer: 500,
        body: '{"message":"no space left on device"}',
      });

      const id = await client.create(fakeMachines(3));
      await client.untilState(id, ['failed']);

      expect(await client.vms(id)).toEqual(['0', '1', '2']);
      const { text } = await client.request('GET', `/infrastructures/${id}/vms/1/contmsg`);
      expect(text).toBe(`${launchText}Attempt 1: Error creating the Container: no space left on device\n\n`);
      expect(engine.containers.size).toBe(2);
      expect((await client.request('DELETE', `/infrastructures/${id}/vms/1`)).status).toBe(200);
      await client.untilState(id, ['configured']);
    }),
  );

  it(
    'of an image that does not exist is not tried twice',
    cloudTest(async ({ server, client }) => {
      const answer = await client.request('POST', '/infrastructures', { body: fakeMachines(1, 'no/body:1') });

      expect(answer.text).toBe(
        `Error Creating Inf.: Error adding VMs: ${launchText}Attempt 1: Error pulling the image no/body:1: ` +
          'manifest for no/body:1 not found: manifest unknown\n',
      );
      expect(server.count(/\/images\/create/u)).toBe(1);
    }),
  );
});

describe.concurrent('a provider that asks for a pause', () => {
  const pause = (seconds: number): Misbehaviour => ({
    answer: 429,
    body: '{"message":"slow down"}',
    headers: { 'Retry-After': String(seconds) },
  });

  it.each([
    ['sizes', /\/info/u],
    ['networks', /\/networks\/create/u],
    ['machines', /\/containers\/create/u],
  ])('when it is asked for %s gets it, and then the rest of the work', async (_what, which) => {
    await withFakeCloud(service, async ({ engine, server, client }) => {
      const fault = server.fail(which, pause(6), 1);
      const created = client.create(fakeMachines(1));
      await fault.reached;
      const asked = performance.now();

      const id = await created;

      expect(performance.now() - asked).toBeGreaterThan(5900);
      await client.untilState(id, ['configured']);
      expect(engine.containers.size).toBe(1);
    });
  });

  it(
    'longer than LAUNCH_TIMEOUT ends the launch',
    cloudTest(async ({ server, client }) => {
      server.fail(/\/containers\/create/u, pause(3600));

      const answer = await client.request('POST', '/infrastructures', { body: fakeMachines(1) });

      expect(answer.text).toContain(`${launchText}Attempt 1: Error creating the Container: slow down\n`);
      expect(answer.text).not.toContain('Attempt 2');
    }),
  );
});

describe.concurrent('a provider that fails for longer than a creation lasts', () => {
  it(
    'leaves the infrastructure to its owner, who destroys it when the provider is back',
    cloudTest(async ({ server, client }) => {
      const outage = server.fail(/\/containers|\/networks/u, tired);

      const answer = await client.request('POST', '/infrastructures', { body: fakeMachines(1) });

      expect(answer.status).toBe(400);
      const [id = ''] = await client.ids();
      expect(await client.state(id)).toBe('failed');
      expect(await client.contmsg(id)).toContain('Error getting info about the Networks: tired');
      outage.end();
      expect((await client.destroy(id)).status).toBe(200);
    }),
  );
});

describe.concurrent('a provider that fails at the end', () => {
  it(
    'makes a destroy fail with its reason; the infrastructure stays, and the next destroy finishes it',
    cloudTest(async ({ server, client }) => {
      const id = await client.create(fakeMachines(2));
      await client.untilState(id, ['configured']);
      const fault = server.fail(/DELETE .*\/containers/u, tired);

      const answer = await client.destroy(id);

      expect(answer.status).toBe(400);
      expect(answer.text).toBe(
        'Error Destroying Inf: Error destroying the infrastructure: \n' +
          'Error deleting the Container: tired\nError deleting the Container: tired',
      );
      expect(await client.ids()).toEqual([id]);
      expect(await client.state(id)).toBe('configured');
      expect(await client.contmsg(id)).toContain('Error deleting the Container: tired');
      fault.end();
      expect((await client.destroy(id)).status).toBe(200);
      expect(await client.ids()).toEqual([]);
    }),
  );

  it(
    'but says nothing of what it did is asked again, until it agrees',
    cloudTest(async ({ server, client }) => {
      const id = await client.create(fakeMachines(2));
      server.fail(/DELETE .*\/containers/u, { loseAnswer: true }, 4);
      server.fail(/DELETE .*\/networks/u, { loseAnswer: true }, 1);

      expect((await client.destroy(id)).status).toBe(200);
    }),
  );

  it(
    'by half lets go of the rest, and of the networks only with the last machine',
    cloudTest(async ({ docker, server, client }) => {
      const id = await client.create(fakeMachines(2));
      server.fail(new RegExp(`DELETE .*/containers/im-${id}-0`, 'u'), tired);

      expect((await client.destroy(id)).status).toBe(400);

      expect(await client.vms(id)).toEqual(['0']);
      expect(await atEngine(docker, id)).toContain(`network im_${id}_priv`);
    }),
  );
});

describe.concurrent('a provider that goes away while machines run', () => {
  it(
    'leaves them in their state for the grace period, then unknown, and comes back',
    cloudTest(async ({ server, client }) => {
      const id = await client.create(fakeMachines(1));
      await client.untilState(id, ['configured']);
      const outage = server.fail(/./u, tired);

      expect(await client.state(id)).toBe('configured');
      await client.untilState(id, ['unknown']);
      outage.end();

      await client.untilState(id, ['configured']);
    }),
  );

  it(
    'shows a machine that was removed behind the back of the service as off, and lets it be destroyed',
    cloudTest(async ({ engine, client }) => {
      const id = await client.create(fakeMachines(1));
      await client.untilState(id, ['configured']);

      engine.containers.clear();

      await client.untilState(id, ['off']);
    }),
  );

  it(
    'refuses actions with its reason',
    cloudTest(async ({ server, client }) => {
      const id = await client.create(fakeMachines(1));
      await client.untilState(id, ['configured']);
      server.fail(/(?:stop|restart|update)(?:\?|$)/u, tired);
      const put = async (path: string, body?: string): Promise<string> =>
        (await client.request('PUT', `/infrastructures/${id}${path}`, body === undefined ? {} : { body }))
          .text;

      expect(await put('/stop')).toBe(
        'Error in stop operation: Error stopping the infrastructure: Error stopping the Container: tired\n',
      );
      expect(await put('/vms/0/reboot')).toBe(
        'Error in reboot op in VM: Error rebooting the VM: Error restarting the Container: tired',
      );
      expect(await put('/vms/0', 'system node (cpu.count = 2)')).toBe(
        'Error modifying resources: Error modifying the information about the VM 0: Error changing the Container: tired',
      );
      expect(await client.state(id)).toBe('configured');
    }),
  );

  it.each(['images', 'quotas'])('answers questions about its %s with its reason', async (question) => {
    await withFakeCloud(service, async ({ server, client }) => {
      server.fail(/./u, tired);

      const answer = await client.request('GET', `/clouds/one/${question}`);

      expect(answer.status).toBe(400);
      expect(answer.text).toBe('Error getting cloud info: Error connecting with Docker server: tired');
    });
  });
});
