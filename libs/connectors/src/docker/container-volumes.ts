import type { CloudResource, CloudScope, Vm } from '@im/domain';
import { CloudError } from '@im/domain';
import type { System } from '@im/radl';
import { z } from 'zod';
import type { DockerEngine } from './docker-engine.js';
import { volumeAnswer, volumeListAnswer } from './engine-answers.js';
import { ownerFilter, ownerLabels } from './labels.js';

/** One data disk of a system, as something mounted into its container. */
export interface ContainerMount {
  type: 'volume' | 'bind';
  /** Name of the volume, or folder of the host. */
  source: string;
  target: string;
  /** The name was made for this VM; a given one is shared by all that give it. */
  ownByVm: boolean;
  driver: string;
}

const fileSystems = /^(?:ext[234]|xfs|btrfs|swap|vfat|ntfs)$/u;

/**
 * Mounts of a system: `disk.<n>.mount_path` for n = 1, 2, ... with the volume (or, beginning with `/`, the folder of the host)
 * `disk.<n>.device` (spec: connectors/docker.md 3.2).
 * @throws CloudError `PermissionDenied` for folders of the host unless they are allowed
 */
export function containerMounts(system: System, token: string, allowHostAccess: boolean): ContainerMount[] {
  const mounts: ContainerMount[] = [];
  for (let n = 1; ; n++) {
    const path = system.features.getText(`disk.${n}.mount_path`);
    if (path === undefined) {
      return mounts;
    }
    const device = system.features.getText(`disk.${n}.device`) || undefined;
    const bind = device?.startsWith('/') === true;
    if (bind && !allowHostAccess) {
      throw new CloudError(
        'PermissionDenied',
        `The folder ${device} of the Docker host must not be mounted: use a volume, ` +
          'or ask the operator for the option ALLOW_HOST_ACCESS.',
      );
    }
    if (device !== undefined && !bind && !/^[a-z\d][\w.-]*$/iu.test(device)) {
      throw new CloudError('InvalidInput', `disk.${n}.device: ${device} is no name for a volume.`);
    }
    const driver = system.features.getText(`disk.${n}.fstype`) ?? 'local';
    mounts.push({
      type: bind ? 'bind' : 'volume',
      source: device ?? `im-${token}-${n}`,
      target: path.startsWith('/') ? path : `/${path}`,
      ownByVm: device === undefined,
      driver: fileSystems.test(driver) ? 'local' : driver,
    });
  }
}

/** What a launch leaves in `connectorData.volumes`. */
const namedVolumes = z.array(z.string()).catch([]);

/** Volumes of the engine, each with a row in the ledger while this service is the one who made it. */
export class ContainerVolumes {
  constructor(
    private readonly engine: DockerEngine,
    private readonly cloudId: string,
  ) {}

  /** Makes the volumes of the mounts that do not exist yet. */
  async ensure(scope: CloudScope, imId: number, mounts: readonly ContainerMount[]): Promise<void> {
    await Promise.all(
      mounts.filter((mount) => mount.type === 'volume').map((mount) => this.ensureOne(scope, imId, mount)),
    );
  }

  async remove(scope: CloudScope, row: CloudResource): Promise<void> {
    await this.delete(row.token, scope.signal);
    await scope.ledger.gone(row);
  }

  /** Deletes what was made for one VM: the volumes of the ledger and, since those of an imported VM are not there, those that it names. */
  async removeOwn(scope: CloudScope, vm: Vm): Promise<void> {
    const rows = (await scope.ledger.open(vm.imId)).filter(({ kind }) => kind === 'volume');
    const named = namedVolumes.parse(vm.connectorData['volumes']);
    const others = named.filter((name) => rows.every(({ token }) => token !== name));
    await Promise.all([
      ...rows.map((row) => this.remove(scope, row)),
      ...others.map((name) => this.delete(name, scope.signal)),
    ]);
  }

  /** Names of volumes that carry the labels of the infrastructure. */
  async ofInfrastructure(scope: CloudScope): Promise<string[]> {
    const answer = await this.engine.call({
      method: 'volume.list',
      problem: 'Error getting info about the Volumes',
      signal: scope.signal,
      send: (docker) => docker.listVolumes({ filters: ownerFilter(scope.infrastructureId, this.cloudId) }),
      answer: volumeListAnswer,
    });
    return (answer.Volumes ?? []).map(({ Name }) => Name);
  }

  async delete(name: string, signal: AbortSignal): Promise<void> {
    await this.engine.callUnlessMissing({
      method: 'volume.delete',
      problem: `Error deleting the Volume ${name}`,
      signal,
      send: (docker) => docker.getVolume(name).remove(),
      answer: z.unknown(),
    });
  }

  private async ensureOne(scope: CloudScope, imId: number, mount: ContainerMount): Promise<void> {
    const known = await this.engine.callUnlessMissing({
      method: 'volume.inspect',
      problem: `Error getting info about the Volume ${mount.source}`,
      signal: scope.signal,
      send: (docker) => docker.getVolume(mount.source).inspect(),
      answer: volumeAnswer,
    });
    const owner = known?.Labels?.['im.inf_id'];
    if (owner !== undefined && owner !== scope.infrastructureId) {
      throw new CloudError('Conflict', `The volume ${mount.source} belongs to another infrastructure.`);
    }
    if (known !== undefined && owner === undefined) {
      return;
    }
    const vmId = mount.ownByVm ? imId : null;
    const row = await scope.ledger.intend({ kind: 'volume', token: mount.source, vmId });
    if (known === undefined) {
      await this.create(scope, mount);
    }
    if (row.state !== 'present') {
      await scope.ledger.present(row, mount.source);
    }
  }

  private async create(scope: CloudScope, mount: ContainerMount): Promise<void> {
    await this.engine.call({
      method: 'volume.create',
      problem: `Error creating the Volume ${mount.source}`,
      signal: scope.signal,
      send: (docker) =>
        docker.createVolume({
          Name: mount.source,
          Driver: mount.driver,
          Labels: ownerLabels(scope.infrastructureId, this.cloudId),
        }),
      answer: z.object({ Name: z.string() }).or(z.object({ name: z.string() })),
    });
  }
}
