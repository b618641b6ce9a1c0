import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeDockerEngine } from '../fakes/fake-docker-engine.js';
import { MisbehavingServer } from '../fakes/misbehaving-server.js';
import type { Places } from '../servers/leak-check.js';
import { engineAt, leftBehind } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const radl = `
network net (outbound = 'yes') network priv ()
system node (
  cpu.count = 1 and memory.size = 256M and disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1' and
  net_interface.0.connection = 'net' and net_interface.1.connection = 'priv' and disk.1.mount_path = '/data'
)
contextualize ()
deploy node 2
`;

let engine: FakeDockerEngine;
let server: MisbehavingServer;
let service: StandaloneServer;
let client: RestClient;
let places: Places;

beforeAll(async () => {
  engine = new FakeDockerEngine();
  server = new MisbehavingServer(engine.handle);
  const host = await server.listen();
  service = await startStandalone({ env: { IM_DELAY_BETWEEN_VM_RETRIES: '1', IM_CLOUD_CALL_TIMEOUT: '2' } });
  client = new RestClient(
    service.url,
    authorizationOf('faults', [`id = one; type = Docker; host = ${host}`]),
  );
  places = { dataDir: service.dataDir, docker: engineAt(host) };
});
afterEach(() => {
  server.heal();
});
afterAll(async () => {
  await service.stop();
  server.close();
});

describe('a provider', () => {
  it('works', async () => {
    const id = await client.create(radl);
    await client.untilState(id, ['configured']);
    expect(engine.containers.size).toBe(2);
    expect((await client.destroy(id)).status).toBe(200);
    expect(await leftBehind(places)).toEqual([]);
    expect(engine.networks.size).toBe(0);
    expect(engine.volumes.size).toBe(0);
  });
});
