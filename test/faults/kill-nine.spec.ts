import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from '../connectors/engine-socket.js';
import { SeededRandom } from '../fakes/work-ports.js';
import { atEngine, leftBehind } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

const configuredLimitMs = 120_000;

let service: StandaloneServer;
beforeAll(async () => {
  service = await startStandalone();
});
afterAll(async () => {
  await service.stop();
});

/** Waits for the moment of the kill; that is what is tested, not a wait for something to happen. */
async function killAfter(ms: number): Promise<void> {
  const moment = Date.now() + ms;
  await until(
    async () => Date.now(),
    (now) => now >= moment,
  );
  await service.kill9();
  await service.restart();
}

describe('kill -9 at any moment (Dummy cloud)', () => {
  const radl = `
network net (outbound = 'yes')
system node (cpu.count >= 1 and net_interface.0.connection = 'net' and disk.0.os.name = 'linux')
contextualize ()
deploy node 3
`;

  it('of a creation or a destroy leaves neither a lost nor a doubled machine', async () => {
    const client = new RestClient(service.url, authorizationOf('kill', ['id = dummy; type = Dummy']));
    const random = new SeededRandom(20_261_124);
    for (let life = 0; life < 10; life++) {
      const id = await client.create(radl, '?async=yes');
      await killAfter(random.next() * 300);
      await client.untilState(id, ['configured']);
      expect(await client.vms(id)).toEqual(['0', '1', '2']);

      await client.destroy(id, '?async=yes');
      await killAfter(random.next() * 100);
      await until(
        () => client.ids(),
        (ids) => ids.length === 0,
      );
    }
    expect(await leftBehind({ dataDir: service.dataDir })).toEqual([]);
  });

  it('of a synchronous request loses the answer, not the work', async () => {
    const client = new RestClient(service.url, authorizationOf('kill', ['id = dummy; type = Dummy']));
    const lost = client.request('POST', '/infrastructures', { body: radl }).catch(() => null);
    await killAfter(50);
    await lost;
    for (const id of await client.ids()) {
      expect(await client.untilState(id, ['configured'])).toBe('configured');
      expect((await client.destroy(id)).status).toBe(200);
    }
    expect(await leftBehind({ dataDir: service.dataDir })).toEqual([]);
  });
});

describe.skipIf(engineSocket() === '')('kill -9 at any moment (real machines, need a Docker Engine)', () => {
  const lives = 10;
  /** Longer than a life takes here until its machines are configured, so that kills fall into all of it. */
  const creationMs = 13_000;
  const destroyMs = 1_500;
  const radl = `
network public (outbound = 'yes')
network private ()
system front (
  net_interface.0.connection = 'public' and net_interface.1.connection = 'private' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1'
)
system worker (
  net_interface.0.connection = 'private' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1'
)
configure mark (
@begin
---
- tasks:
    - shell: echo mark >> /root/marks
@end
)
contextualize (system front configure mark step 1 system worker configure mark step 2)
deploy front 1
deploy worker 1
`;
  const docker = new Docker({ socketPath: engineSocket() });

  /** What the recipe wrote in a container; each line is one execution. */
  async function marksIn(containerName: string): Promise<string> {
    const exec = await docker
      .getContainer(containerName)
      .exec({ Cmd: ['cat', '/root/marks'], AttachStdout: true, Tty: true });
    const stream = await exec.start({ Tty: true });
    let text = '';
    for await (const chunk of stream) {
      text += String(chunk);
    }
    return text.replaceAll('\r', '');
  }

  // One test per kill would start as many infrastructures; a life has two kills: one until it is configured, one in its destroy.
  it.each(Array.from({ length: lives }, (_unused, life) => life))(
    'life %i: its machines are launched and configured once, and destroyed',
    async (life) => {
      const client = new RestClient(
        service.url,
        authorizationOf('kill', [`id = docker; type = Docker; host = unix://${engineSocket()}`]),
      );
      const random = new SeededRandom(7 + life);
      const id = await client.create(radl, '?async=yes');
      // Kills are spread over the life, each at a random moment of its part.
      await killAfter(((life + random.next()) * creationMs) / lives);
      const state = await client.untilState(id, ['configured', 'unconfigured', 'failed'], configuredLimitMs);
      expect(state, await client.contmsg(id)).toBe('configured');
      expect(await client.vms(id)).toEqual(['0', '1']);
      const containers = (await atEngine(docker, id)).filter((thing) => thing.startsWith('container '));
      expect(containers).toHaveLength(2);
      expect(await Promise.all([marksIn(`im-${id}-0`), marksIn(`im-${id}-1`)])).toEqual(['mark\n', 'mark\n']);

      await client.destroy(id, '?async=yes');
      await killAfter(random.next() * destroyMs);
      await until(
        () => client.ids(),
        (ids) => ids.length === 0,
        60_000,
      );
      expect(await atEngine(docker, id)).toEqual([]);
      expect(await leftBehind({ dataDir: service.dataDir, docker })).toEqual([]);
    },
  );
});
