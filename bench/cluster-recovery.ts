import type { Cluster } from '../test/cluster/cluster.js';
import { FakeDockerEngine } from '../test/fakes/fake-docker-engine.js';
import { MisbehavingServer } from '../test/fakes/misbehaving-server.js';
import { authorization, ImClient } from './im-client.js';
import type { Owned } from './owned.js';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmkN3ro8VUHJh9OcJ6GzgJ7cAF1Ygy0Ct6wP8xYVRQb';
const machine = `
network net (outbound = 'yes')
system node (
  cpu.count = 1 and memory.size = 256M and net_interface.0.connection = 'net' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1' and
  disk.0.os.credentials.public_key = '${key}'
)
contextualize ()
deploy node 1
`;

/**
 * Lets one worker ask a provider for a machine, kills it in the middle of the call, and takes the time until another one has brought
 * the creation to its end. Leaves the cluster with one worker.
 */
export async function recoverySeconds(cluster: Cluster, owned: Owned): Promise<number> {
  const provider = new MisbehavingServer(new FakeDockerEngine().handle);
  owned.add(async () => provider.close());
  const host = await provider.listen();
  const client = new ImClient(cluster.url, authorization(`id = docker; type = Docker; host = ${host}`));
  const [victim = '', ...others] = cluster.processes
    .filter(({ kind }) => kind === 'worker')
    .map(({ name }) => name);
  for (const name of others) {
    await cluster.remove(name);
  }
  const hold = provider.fail(/^POST \S*\/containers\/create/u, { hold: true });
  const created = client.create(machine, 120_000);
  await hold.reached;
  await cluster.addWorker();
  const killed = performance.now();
  await cluster.kill(victim);
  hold.end();
  await created;
  return (performance.now() - killed) / 1000;
}
