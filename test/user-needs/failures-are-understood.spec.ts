import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeMachines, withFakeCloud } from '../servers/fake-cloud.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone({ env: { IM_MAX_VM_FAILS: '2', IM_DELAY_BETWEEN_VM_RETRIES: '0' } });
});
afterAll(async () => {
  await service.stop();
});

const system = (features: string): string =>
  `network net (outbound = 'yes')\nsystem node (net_interface.0.connection = 'net' ${features})\ndeploy node 1`;

async function refusal(clouds: string[], body: string): Promise<string> {
  const client = new RestClient(service.url, authorizationOf('puzzled', clouds));
  const answer = await client.request('POST', '/infrastructures', { body });
  expect(answer.status).toBe(400);
  expect(await new RestClient(service.url, authorizationOf('puzzled', [])).ids()).toEqual([]);
  return answer.text;
}

describe('user need: failure is hard to understand', () => {
  it.each<[string, string[], string, string]>([
    ['no cloud was given', [], system(''), 'Error Creating Inf.: No cloud provider available'],
    [
      'the type of the cloud is misspelt',
      ['id = one; type = Dokcer; host = http://127.0.0.1:2375'],
      system("and disk.0.image.url = 'docker://im-test:1'"),
      'Error Creating Inf.: Cloud provider not supported: Dokcer',
    ],
    [
      'the deploy names another cloud',
      ['id = one; type = Dummy'],
      system('').replace('node 1', 'node 1 two'),
      'Error Creating Inf.: No auth data for cloud with ID: two',
    ],
    [
      'the image is not for this cloud',
      ['id = one; type = Docker; host = http://127.0.0.1:2375'],
      system("and disk.0.image.url = 'ost://somewhere/image'"),
      'Error, no concrete system to deploy: node in cloud: one. Check if a correct image is being used',
    ],
    [
      'the host of the cloud is no host',
      ['id = one; type = Docker; host = http://'],
      system("and disk.0.image.url = 'docker://im-test:1'"),
      "The host of the cloud 'one' is not valid: write it as [protocol://]host[:port][/path].",
    ],
    [
      'a static host has no log-in',
      ['id = one; type = DeployedNode'],
      system("and net_interface.0.ip = '192.0.2.1' and disk.0.image.url = 'static://none'"),
      'Error, no concrete system to deploy: node in cloud: one.',
    ],
  ])('the answer says that %s', async (_what, clouds, body, text) => {
    expect(await refusal(clouds, body)).toContain(text);
  });

  it('the log of an asynchronous creation says why there is no machine, in its state too', async () => {
    const client = new RestClient(service.url, authorizationOf('waiting', ['id = one; type = Dummy']));
    const id = await client.create(system('').replace('node 1', 'node 1 two'), '?async=yes');

    await client.untilState(id, ['failed']);

    expect(await client.contmsg(id)).toContain('No auth data for cloud with ID: two');
    expect((await client.destroy(id)).status).toBe(200);
  });

  it('the message of the infrastructure holds the errors of its machines, attempt by attempt', async () => {
    await withFakeCloud(service, async ({ client, server }) => {
      server.fail(/containers\/create\?name=im-.*-1$/u, { answer: 500, body: '{"message":"no luck"}' });

      const id = await client.create(fakeMachines(2));
      await client.untilState(id, ['failed']);

      expect(await client.contmsg(id)).toContain(
        'VM 1:\n' +
          'Error launching the VMs of type node to cloud ID one of type Docker. ' +
          'Attempt 1: Error creating the Container: no luck\nAttempt 2: Error creating the Container: no luck\n',
      );
    });
  });

  it('a failed destroy that nobody waited for is in the log, and the infrastructure does not look destroyed', async () => {
    await withFakeCloud(service, async ({ client, server }) => {
      const id = await client.create(fakeMachines(1));
      await client.untilState(id, ['configured']);
      server.fail(/DELETE/u, { answer: 500, body: '{"message":"no luck"}' });

      expect((await client.destroy(id, '?async=yes')).status).toBe(200);
      await client.untilState(id, ['deleting']);
      await client.untilState(id, ['configured']);

      expect(await client.contmsg(id)).toContain(
        'Error destroying the infrastructure: \nError deleting the Container: no luck',
      );
    });
  });

  it('an error without any text of its own still names who failed', async () => {
    await withFakeCloud(service, async ({ client, server }) => {
      server.fail(/containers\/create/u, { answer: 500 });

      const answer = await client.request('POST', '/infrastructures', { body: fakeMachines(1) });

      expect(answer.text).toContain('Attempt 1: Error creating the Container: HTTP 500');
    });
  });
});
