import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from '../connectors/engine-socket.js';
import { ContainerCloud, changedImage } from '../servers/container-cloud.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

const socketPath = engineSocket();
const sshTimeoutS = 30;
/** Ansible on a busy host. */
const configureLimitMs = 120_000;

const machines = (more: string, image = 'im-test:1', memory = '512M'): string => `
network net (outbound = 'yes')
system node (
  cpu.count = 1 and memory.size = ${memory} and disk.0.os.name = 'linux' and disk.0.image.url = 'docker://${image}' and
  net_interface.0.connection = 'net'
)
${more}
deploy node 1
`;
const tasks = (text: string): string => `configure node (\n@begin\n- tasks:\n${text}\n@end\n)`;

describe.skipIf(socketPath === '')('a machine', () => {
  let service: StandaloneServer;
  let images: string[] = [];
  beforeAll(async () => {
    service = await startStandalone({
      env: {
        IM_WAIT_SSH_ACCCESS_TIMEOUT: String(sshTimeoutS),
        IM_WAIT_RUNNING_VM_TIMEOUT: '20',
        IM_VM_INFO_UPDATE_FREQUENCY: '1',
      },
    });
  });
  afterAll(async () => {
    await service.stop();
    const { docker } = new ContainerCloud(service, socketPath, 'nobody');
    await Promise.all(images.map((image) => docker.getImage(image).remove({ force: true })));
  });

  async function inCloud(username: string, work: (cloud: ContainerCloud) => Promise<void>): Promise<void> {
    const cloud = new ContainerCloud(service, socketPath, username);
    await work(cloud);
    await cloud.close();
  }

  describe('that', () => {
    it('does not open SSH leaves its infrastructure unconfigured, with the reason', async () => {
      await inCloud('no-ssh', async ({ client, docker }) => {
        const image = await changedImage(
          docker,
          'im-deaf',
          'printf "#!/bin/sh\\nexec sleep 1000000\\n" > /usr/sbin/sshd',
        );
        images = [...images, image];
        const id = await client.create(machines('', image));

        await client.untilState(id, ['unconfigured'], configureLimitMs);

        expect(await client.contmsg(id)).toContain(
          'Contextualization Error: Error Waiting the Master VM to have the SSH active: Timeout waiting SSH access. ',
        );
      });
    });

    it('has no SSH server and can install none fails, with the reason', async () => {
      await inCloud('no-sshd', async ({ client, docker }) => {
        const image = await changedImage(docker, 'im-bare', 'rm -f /usr/sbin/sshd /usr/bin/apt-get');
        images = [...images, image];
        const id = await client.create(machines('', image));

        await client.untilState(id, ['failed'], configureLimitMs);

        const message = await until(
          () => client.contmsg(id),
          (text) => text.includes('Contextualization Error: Error Waiting the Master VM to'),
        );
        expect(message).toContain('No SSH server could be installed in the container');
      });
    });

    it('ends while it is configured ends the contextualization, and is shown as off', async () => {
      await inCloud('vanishes', async (cloud) => {
        const { client } = cloud;
        const id = await client.create(machines(tasks('    - command: sleep 600')));
        await until(
          () => client.contmsg(id),
          (message) => message.includes('sleep') || message.includes('Launch task'),
          configureLimitMs,
        );

        const [container] = await cloud.containers(id);
        await container?.remove({ force: true });

        await client.untilState(id, ['off'], configureLimitMs);
        expect((await client.destroy(id)).status).toBe(200);
      });
    });

    it('has a full disk where Ansible works leaves its infrastructure unconfigured, with the reason', async () => {
      await inCloud('full-disk', async ({ client, docker }) => {
        await docker.createVolume({
          Name: 'im-full',
          Driver: 'local',
          DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=16k' },
        });
        const full = "disk.1.device = 'im-full' and disk.1.mount_path = '/var/tmp' and net_interface";
        const id = await client.create(machines('').replace('net_interface', full));

        await client.untilState(id, ['unconfigured'], configureLimitMs);

        expect(await client.contmsg(id)).toMatch(/Error generating playbooks: .*No space left on device/u);
        expect((await client.destroy(id)).status).toBe(200);
        await docker.getVolume('im-full').remove();
      });
    });
  });

  describe('whose playbook', () => {
    it('fails is unconfigured, tells which task and why, and can be reconfigured', async () => {
      await inCloud('fails', async ({ client }) => {
        const id = await client.create(machines(tasks('    - command: sh -c "echo the-reason >&2; exit 3"')));

        await client.untilState(id, ['unconfigured'], configureLimitMs);

        const message = await client.contmsg(id);
        expect(message).toContain('fatal: ');
        expect(message).toContain('the-reason');
        const again = await client.request('PUT', `/infrastructures/${id}/reconfigure`, {
          body: tasks('    - command: echo the-cure'),
        });
        expect(again.status).toBe(200);
        await client.untilState(id, ['configured'], configureLimitMs);
      });
    });

    it('is no playbook is unconfigured, and tells what Ansible says', async () => {
      await inCloud('nonsense', async ({ client }) => {
        const id = await client.create(machines(tasks('    - no_such_module: {}')));

        await client.untilState(id, ['unconfigured'], configureLimitMs);

        expect(await client.contmsg(id)).toContain('no_such_module');
      });
    });

    it('hangs is ended after the time of the document, with everything it started', async () => {
      await inCloud('hangs', async (cloud) => {
        const { client } = cloud;
        const text = `${tasks('    - command: sleep 4321')}\ncontextualize 25 (system node configure node)`;
        const id = await client.create(machines(text));

        await client.untilState(id, ['unconfigured'], configureLimitMs);

        expect(await client.contmsg(id)).toContain('ERROR: Max contextualization time passed.');
        await until(
          async () =>
            (await cloud.run(id, 0, 'pgrep -fa "ansible-playbook|sleep 4321" | grep -v pgrep')).output,
          (left) => left === '',
          90_000,
        );
      });
    });

    it('prints 100 MB is configured, with a log of bounded size', async () => {
      await inCloud('prints', async ({ client }) => {
        // Ansible needs a while for each line, so they are long ones.
        const recipe = tasks('    - shell: "head -c 100000000 /dev/zero | tr \\\\000 x | fold -w 1000000"');
        const id = await client.create(machines(recipe, 'im-test:1', '3G'));

        await client.untilState(id, ['configured'], configureLimitMs);

        const message = await client.contmsg(id);
        expect(message).toContain('Task main_node finished successfully');
        expect(message.length).toBeLessThan(5 * 1024 * 1024);
        expect((await client.request('GET', '/version')).status).toBe(200);
      });
    });

    it('runs while everything is destroyed takes nothing with it', async () => {
      await inCloud('destroyed', async ({ client }) => {
        const id = await client.create(machines(tasks('    - command: sleep 600')));
        await until(
          () => client.contmsg(id),
          (message) => message.includes('Launch task'),
          configureLimitMs,
        );

        expect((await client.destroy(id)).status).toBe(200);
      });
    });
  });
});
