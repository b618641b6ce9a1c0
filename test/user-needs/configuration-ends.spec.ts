import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from '../connectors/engine-socket.js';
import { ContainerCloud } from '../servers/container-cloud.js';
import { freePort } from '../servers/free-port.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

const socketPath = engineSocket();
/** Ansible on a busy host. */
const limitMs = 150_000;

/** Machines whose recipe says that it runs, and then waits for a file. */
const radl = (workers: number): string => `
network net (outbound = 'yes') network priv ()
system front (
  cpu.count = 1 and memory.size = 512M and disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1' and
  net_interface.0.connection = 'net' and net_interface.1.connection = 'priv'
)
system worker (
  cpu.count = 1 and memory.size = 512M and disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1' and
  net_interface.0.connection = 'priv'
)
configure wait (
@begin
- tasks:
    - shell: echo run >> /root/runs; until [ -f /root/go ]; do sleep 0.2; done
@end
)
contextualize (system front configure wait step 1 system worker configure wait step 1)
deploy front 1
deploy worker ${workers}
`;

describe.skipIf(socketPath === '')('user need: configuration always ends, and ends right', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'im-ends-'));
  let service: StandaloneServer;
  beforeAll(async () => {
    service = await startStandalone({ dataDir, port: await freePort() });
  });
  afterAll(async () => {
    await service.stop();
    rmSync(dataDir, { recursive: true });
  });

  /** An infrastructure whose recipe runs on the front, and on the workers. */
  async function running(
    username: string,
    workers: number,
  ): Promise<{ cloud: ContainerCloud; id: string; go: (vm: number) => Promise<void> }> {
    const cloud = new ContainerCloud(service, socketPath, username);
    const id = await cloud.client.create(radl(workers));
    for (let vm = 0; vm <= workers; vm++) {
      await until(
        () => cloud.run(id, vm, 'cat /root/runs'),
        ({ code }) => code === 0,
        limitMs,
      );
    }
    const go = async (vm: number): Promise<void> => {
      expect((await cloud.run(id, vm, 'touch /root/go')).code).toBe(0);
    };
    return { cloud, id, go };
  }

  const states = async ({ client }: ContainerCloud, id: string): Promise<string> =>
    (await client.request('GET', `/infrastructures/${id}/state`)).text;

  describe.concurrent('when', () => {
    it('a machine is removed while it is configured, the others are configured', async () => {
      const { cloud, id, go } = await running('removes', 1);

      const removed = cloud.client.request('DELETE', `/infrastructures/${id}/vms/1`);
      await go(0);

      expect((await removed).status).toBe(200);
      await cloud.client.untilState(id, ['configured'], limitMs);
      expect(await cloud.client.vms(id)).toEqual(['0']);
      await cloud.close();
    });

    it('a machine breaks down while it is configured, only that one is unconfigured', async () => {
      const { cloud, id, go } = await running('breaks', 1);

      await (await cloud.containers(id))[1]?.stop({ t: 0 });
      await go(0);

      await until(
        () => states(cloud, id),
        (text) => /"0":\s*"configured"/u.test(text),
        limitMs,
      );
      expect(await states(cloud, id)).toMatch(/"1":\s*"stopped"/u);
      await cloud.close();
    });

    it('a machine breaks down before it is configured, only that one is left out', async () => {
      const cloud = new ContainerCloud(service, socketPath, 'early');
      const id = await cloud.client.create(radl(1));
      await (await cloud.containers(id))[1]?.stop({ t: 0 });
      await cloud.run(id, 0, 'touch /root/go');

      await until(
        () => states(cloud, id),
        (text) => /"0":\s*"configured"/u.test(text),
        limitMs,
      );
      expect(await cloud.client.contmsg(id)).toMatch(/WARNING: The VM ID: [\da-f]+ is not running/u);
      await cloud.close();
    });

    it('it is asked for again while it runs, the new one takes its place', async () => {
      const { cloud, id } = await running('again', 0);

      const answer = await cloud.client.request('PUT', `/infrastructures/${id}/reconfigure`, {
        body: 'configure wait (\n@begin\n- tasks:\n    - command: touch /root/new\n@end\n)',
      });

      expect(answer.status).toBe(200);
      await cloud.client.untilState(id, ['configured'], limitMs);
      expect((await cloud.run(id, 0, 'ls /root/new')).code).toBe(0);
      const left = await cloud.run(id, 0, 'pgrep -fa /root/go | grep -v pgrep');
      expect(left.output).toBe('');
      await cloud.close();
    });
  });

  it.each([
    ['stops in good order', (running: StandaloneServer) => running.restart()],
    [
      'is killed',
      async (running: StandaloneServer) => {
        await running.kill9();
        await running.restart();
      },
    ],
  ])('when the service %s while it runs, it goes on and has run once', async (how, restart) => {
    const { cloud, id, go } = await running(how.replaceAll(' ', '-'), 0);

    await restart(service);
    await go(0);

    await cloud.client.untilState(id, ['configured'], limitMs);
    expect((await cloud.run(id, 0, 'cat /root/runs')).output.trim()).toBe('run');
    expect(await cloud.client.contmsg(id)).toContain('finished successfully');
    await cloud.close();
  });
});
