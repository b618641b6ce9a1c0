import { FakeDockerEngine } from '../fakes/fake-docker-engine.js';
import { MisbehavingServer } from '../fakes/misbehaving-server.js';

/** Lines of the authorization by type of cloud. */
export type CloudKind = 'Dummy' | 'Docker';

/** The cloud of type Docker of a run, which knows what really exists. */
export class Provider {
  static async open(): Promise<Provider> {
    const engine = new FakeDockerEngine();
    const server = new MisbehavingServer(engine.handle);
    return new Provider(engine, server, await server.listen());
  }

  private constructor(
    private readonly engine: FakeDockerEngine,
    private readonly server: MisbehavingServer,
    private readonly url: string,
  ) {}

  /** Line of the authorization for a cloud. */
  authorizationLine(cloud: CloudKind): string {
    return cloud === 'Dummy' ? 'id = cloud; type = Dummy' : `id = cloud; type = Docker; host = ${this.url}`;
  }

  /** Numbers of the VMs whose machines exist and run, one for each machine. */
  machines(infrastructureId: string): string[] {
    return [...this.engine.containers.values()]
      .filter(({ labels, status }) => labels['im.inf_id'] === infrastructureId && status === 'running')
      .map(({ labels }) => labels['im.im_id'] ?? '?')
      .sort();
  }

  /** Everything of an infrastructure, in whatever state. */
  things(infrastructureId: string): string[] {
    return this.all()
      .filter(({ owner }) => owner === infrastructureId)
      .map(({ thing }) => thing);
  }

  /** Everything that exists. */
  left(): string[] {
    return this.all().map(({ thing, owner }) => `${thing} of ${owner}`);
  }

  /** Calls that made a machine, also those that found its name taken. */
  get creations(): number {
    return this.server.count(/^POST \S*\/containers\/create/u);
  }

  get calls(): number {
    return this.server.requests.length;
  }

  close(): void {
    this.server.close();
  }

  private all(): { thing: string; owner: string }[] {
    const { containers, networks, volumes } = this.engine;
    return [
      ...[...containers.values()].map(({ name, labels }) => ({ thing: `container ${name}`, labels })),
      ...[...networks.values()].map(({ Name, Labels }) => ({ thing: `network ${Name}`, labels: Labels })),
      ...[...volumes].map(([name, labels]) => ({ thing: `volume ${name}`, labels })),
    ].map(({ thing, labels }) => ({ thing, owner: labels['im.inf_id'] ?? 'nobody' }));
  }
}

/** A document for either cloud: machines that are configured as soon as they run. */
export function machinesDocument(cloud: CloudKind, vms: number, volume: boolean): string {
  // The key is given, since making one takes more time than all the rest.
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmkN3ro8VUHJh9OcJ6GzgJ7cAF1Ygy0Ct6wP8xYVRQb';
  const image =
    cloud === 'Dummy'
      ? "disk.0.image.url = 'mock0://linux.for.ev.er'"
      : `disk.0.image.url = 'docker://im-test:1' and disk.0.os.credentials.public_key = '${key}'`;
  return `
network net (outbound = 'yes') network priv ()
system node (
  cpu.count = 1 and memory.size = 256M and disk.0.os.name = 'linux' and ${image} and
  ${volume ? "disk.1.mount_path = '/data' and" : ''}
  net_interface.0.connection = 'net' and net_interface.1.connection = 'priv'
)
contextualize ()
deploy node ${vms}
`;
}
