import type Docker from 'dockerode';
import { expect } from 'vitest';
import { FakeDockerEngine } from '../fakes/fake-docker-engine.js';
import { MisbehavingServer } from '../fakes/misbehaving-server.js';
import type { ServiceData } from './leak-check.js';
import { engineAt, leftBehind } from './leak-check.js';
import { authorizationOf, RestClient } from './rest-client.js';

/** A service that a test uses, and its database. */
type ServiceAndData = { url: string } & ServiceData;

/** A cloud of type Docker that only exists for one test, with a user of its own; its id is `one`. */
export class FakeCloud {
  static async open(service: ServiceAndData): Promise<FakeCloud> {
    const engine = new FakeDockerEngine();
    const server = new MisbehavingServer(engine.handle);
    opened++;
    const username = `user-${opened}`;
    return new FakeCloud(service, engine, server, await server.listen(), username);
  }

  /** The user who knows this cloud. */
  readonly client: RestClient;
  /** Asks the engine past the service. */
  readonly docker: Docker;

  private constructor(
    private readonly service: ServiceAndData,
    /** What really exists. */
    readonly engine: FakeDockerEngine,
    /** The way to it. */
    readonly server: MisbehavingServer,
    /** Value of `host` in the authorization. */
    readonly host: string,
    username: string,
  ) {
    this.client = new RestClient(
      service.url,
      authorizationOf(username, [`id = one; type = Docker; host = ${host}`]),
    );
    this.docker = engineAt(host);
  }

  /** Ends all faults, destroys what the user has, and expects that nothing is left anywhere. */
  async close(): Promise<void> {
    this.server.heal();
    for (const id of await this.client.ids()) {
      const answer = await this.client.destroy(id);
      // A destroy that was under way may have come to its end just now.
      expect([200, 404], answer.text).toContain(answer.status);
    }
    const { containers, networks, volumes } = this.engine;
    expect(await leftBehind({ ...this.service, docker: this.docker })).toEqual([]);
    expect([containers.size, networks.size, volumes.size]).toEqual([0, 0, 0]);
    this.server.close();
  }
}

let opened = 0;

/**
 * A document for such a cloud: machines on a public and a private network, with a volume each, that are not configured. Their key is
 * given, since making one takes more time than all the rest.
 */
export function fakeMachines(vms: number, image = 'im-test:1'): string {
  return `
network net (outbound = 'yes') network priv ()
system node (
  cpu.count = 1 and memory.size = 256M and disk.0.os.name = 'linux' and disk.0.image.url = 'docker://${image}' and
  disk.0.os.credentials.public_key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmkN3ro8VUHJh9OcJ6GzgJ7cAF1Ygy0Ct6wP8xYVRQb' and
  net_interface.0.connection = 'net' and net_interface.1.connection = 'priv' and disk.1.mount_path = '/data'
)
contextualize ()
deploy node ${vms}
`;
}

/** Runs a test with a cloud of its own, which is emptied and looked through at its end. */
export async function withFakeCloud(
  service: ServiceAndData,
  work: (cloud: FakeCloud) => Promise<void>,
): Promise<void> {
  const cloud = await FakeCloud.open(service);
  try {
    await work(cloud);
    await cloud.close();
  } finally {
    cloud.server.close();
  }
}
