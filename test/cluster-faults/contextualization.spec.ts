import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import { engineSocket } from '../connectors/engine-socket.js';
import { atEngine, leftBehind } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import { until } from '../servers/until.js';
import { startFaultCluster, workersOf } from './fault-cluster.js';

const configuredMs = 170_000;
const radl = `
network public (outbound = 'yes')
system node (
  net_interface.0.connection = 'public' and disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1'
)
configure mark (
@begin
---
- tasks:
    - shell: echo mark >> /root/marks
@end
)
contextualize (system node configure mark step 1)
deploy node 1
`;

describe.skipIf(engineSocket() === '')('kill -9 of a worker (real machines, need a Docker Engine)', () => {
  const docker = new Docker({ socketPath: engineSocket() });
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startFaultCluster({ workers: 2 });
  });
  afterAll(async () => {
    await cluster.stop();
  });

  /** What the recipe wrote; each line is one execution. */
  async function marks(container: string): Promise<string> {
    const exec = await docker
      .getContainer(container)
      .exec({ Cmd: ['cat', '/root/marks'], AttachStdout: true, Tty: true });
    let text = '';
    for await (const chunk of await exec.start({ Tty: true })) {
      text += String(chunk);
    }
    return text.replaceAll('\r', '');
  }

  /** Kills who works on a step of the contextualization, once for each step. @returns the steps */
  async function killAtEachStep(client: RestClient, id: string): Promise<string[]> {
    const killed: string[] = [];
    await until(
      async () => {
        const [operation] = await cluster.sql(
          `SELECT step FROM operation WHERE infrastructure_id = '${id}' AND lane = 'contextualization' AND state = 'running'`,
        );
        const step = operation?.['step'];
        const [holder] =
          typeof step !== 'string' || killed.includes(step) ? [] : await workersOf(cluster, [id]);
        if (holder !== undefined && typeof step === 'string') {
          killed.push(step);
          await cluster.kill(holder);
          await cluster.restart(holder, { wait: false });
        }
        return client.state(id);
      },
      (state) => ['configured', 'unconfigured', 'failed'].includes(state),
      configuredMs,
    );
    return killed;
  }

  it('at each step of a contextualization repeats no step that was done', async () => {
    const client = new RestClient(
      cluster.url,
      authorizationOf('kill', [`id = docker; type = Docker; host = unix://${engineSocket()}`]),
    );
    const id = await client.create(radl, '?async=yes');

    const killed = await killAtEachStep(client, id);

    expect(await client.state(id), await client.contmsg(id)).toBe('configured');
    expect(killed.length).toBeGreaterThan(2);
    expect(await marks(`im-${id}-0`)).toBe('mark\n');
    expect((await atEngine(docker, id)).filter((thing) => thing.startsWith('container '))).toHaveLength(1);
    expect((await client.destroy(id)).status).toBe(200);
    expect(await atEngine(docker, id)).toEqual([]);
    expect(await leftBehind({ sql: (query) => cluster.sql(query), docker })).toEqual([]);
  });
});
