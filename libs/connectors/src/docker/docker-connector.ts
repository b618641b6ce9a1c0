import type {
  CloudAccess,
  CloudImage,
  CloudQuotas,
  CloudScope,
  ConnectorCapabilities,
  LaunchRequest,
  MachineFacts,
  Vm,
} from '@im/domain';
import { CloudError } from '@im/domain';
import type { Radl, System } from '@im/radl';
import { cloneRadl } from '@im/radl';
import { BaseConnector } from '../base-connector.js';
import type { ConnectorEnvironment } from '../connector-options.js';
import { concreteClone, machineSystem } from '../machine-radl.js';
import { machineTags } from '../tags.js';
import type { ContainerView } from './container-facts.js';
import { containerRadl, factsOf } from './container-facts.js';
import { containerInterfaces } from './container-networks.js';
import type { ContainerPlan } from './container-plan.js';
import { containerName, containerPlan, dockerNetworks, limits } from './container-plan.js';
import { ContainerVolumes } from './container-volumes.js';
import { Containers } from './containers.js';
import type { DockerEngine } from './docker-engine.js';
import { ensureImage } from './image-pull.js';
import { imageReference } from './image-reference.js';
import { Images } from './images.js';
import { ownerLabels } from './labels.js';
import { publicAddress } from './public-address.js';
import { grantAccess, rootAccess } from './root-access.js';
import { SharedNetworks } from './shared-networks.js';

/** Containers of one Docker Engine as machines: each runs an SSH server, on networks of its infrastructure. */
export class DockerConnector extends BaseConnector {
  readonly capabilities: ConnectorCapabilities = {
    power: true,
    reboot: true,
    alter: ['cpu.count', 'memory.size'],
    snapshots: true,
    listImages: true,
    quotas: true,
    privateNetworks: true,
    existingMachines: false,
    mountsDisks: true,
    imageSchemes: ['docker'],
  };

  private readonly containers: Containers;
  private readonly networks: SharedNetworks;
  private readonly volumes: ContainerVolumes;
  private readonly images: Images;

  constructor(
    access: CloudAccess,
    private readonly engine: DockerEngine,
    private readonly environment: ConnectorEnvironment,
  ) {
    super(access);
    this.containers = new Containers(engine);
    this.networks = new SharedNetworks(engine, access.cloud.id, environment.options.allowHostAccess);
    this.volumes = new ContainerVolumes(engine, access.cloud.id);
    this.images = new Images(engine);
  }

  async concreteSystems(system: System, signal: AbortSignal): Promise<System[]> {
    const urls = system.features.getList('disk.0.image.url').filter((url) => imageReference(url) !== null);
    if (urls.length === 0) {
      return [];
    }
    const host = await this.engine.sizeOfHost(signal);
    const cpus = system.features.getNumber('cpu.count') ?? 1;
    const memory = system.features.getNumber('memory.size') ?? 0;
    if (cpus > host.cpus || memory > host.memoryBytes) {
      return [];
    }
    return urls.map((url) => this.concrete(system, url, cpus));
  }

  override async prepare(scope: CloudScope, radl: Radl): Promise<void> {
    const interfaces = radl.systems.flatMap((system) =>
      containerInterfaces(scope.infrastructureId, radl, system, this.environment.options),
    );
    await this.networks.ensure(scope, interfaces);
  }

  async launch(scope: CloudScope, request: LaunchRequest): Promise<MachineFacts> {
    const info = cloneRadl(request.radl);
    const system = machineSystem(info);
    const plan = this.plan(scope, request, info, system);
    const access = await rootAccess(system);
    await ensureImage(this.engine, plan.image, this.access.credentials, scope.signal);
    await this.volumes.ensure(scope, request.imId, plan.mounts);
    const container = await this.containers.createOrAdopt(plan, scope.signal);
    await this.containers.connect(container, dockerNetworks(plan), scope.signal);
    await grantAccess(this.engine, container.id, access, scope.signal);
    await this.startNew(container, scope);
    system.features.set('disk.0.os.credentials.username', 'root');
    system.features.set('virtual_system_type', 'docker');
    if (access.privateKey !== undefined) {
      system.features.set('disk.0.os.credentials.private_key', access.privateKey);
    }
    return this.facts(scope, info, await this.containers.named(plan.name, scope.signal), plan);
  }

  async find(scope: CloudScope, token: string): Promise<MachineFacts | null> {
    const container = await this.containers.find(containerName(token), scope.signal);
    return container === undefined || container.token !== token
      ? null
      : { providerId: container.id, state: container.state };
  }

  async refresh(scope: CloudScope, vms: readonly Vm[]): Promise<Map<number, MachineFacts | Error>> {
    const address = await this.publicAddress(scope.signal);
    const known = await this.containers.ofInfrastructure(
      scope.infrastructureId,
      this.access.cloud.id,
      scope.signal,
    );
    const byId = new Map(known.map((container) => [container.id, container]));
    const answers = await Promise.all(
      vms.map(async (vm): Promise<[number, MachineFacts | Error]> => {
        try {
          return [vm.imId, await this.currentFacts(scope, vm, byId.get(vm.providerId ?? ''), address)];
        } catch (error) {
          return [vm.imId, error instanceof Error ? error : new Error(String(error))];
        }
      }),
    );
    return new Map(answers);
  }

  override async start(scope: CloudScope, vm: Vm): Promise<void> {
    await this.containers.start(providerId(vm), scope.signal);
  }

  override async stop(scope: CloudScope, vm: Vm): Promise<void> {
    await this.containers.stop(providerId(vm), scope.signal);
  }

  override async reboot(scope: CloudScope, vm: Vm): Promise<void> {
    await this.containers.restart(providerId(vm), scope.signal);
  }

  override async alter(scope: CloudScope, vm: Vm, system: System): Promise<MachineFacts> {
    const id = providerId(vm);
    const wanted = limits(system);
    if (Object.keys(wanted).length > 0) {
      await this.containers.update(id, wanted, scope.signal);
    }
    const info = cloneRadl(vm.info);
    const { features } = machineSystem(info);
    const cpus = system.features.getNumber('cpu.count');
    if (cpus !== undefined) {
      features.set('cpu.count', cpus);
    }
    const memory = system.features.getNumber('memory.size', 'M');
    if (memory !== undefined) {
      features.set('memory.size', memory, 'M');
    }
    const address = await this.publicAddress(scope.signal);
    const container = await this.containers.named(id, scope.signal);
    return factsOf(container, containerRadl(scope.infrastructureId, info, container, address));
  }

  /** Deletes the container, under its id and under its name, then the volumes that were made for it. */
  async finalize(scope: CloudScope, vm: Vm): Promise<void> {
    if (vm.providerId !== null) {
      await this.containers.remove(vm.providerId, scope.signal);
    }
    // Not the same container when the answer to a launch was lost. After the first, since an engine refuses two deletions at once.
    await this.containers.remove(containerName(vm.launchToken), scope.signal);
    await this.volumes.removeOwn(scope, vm);
  }

  /** Containers first, since networks and volumes are in use by them; by the ledger, then by label what it does not know. */
  override async cleanUp(scope: CloudScope): Promise<void> {
    const { infrastructureId, signal } = scope;
    const rows = await scope.ledger.open();
    await Promise.all(
      rows
        .filter(({ kind }) => kind === 'machine')
        .map(async (row) => {
          await this.containers.remove(containerName(row.token), signal);
          await scope.ledger.gone(row);
        }),
    );
    const stray = await this.containers.ofInfrastructure(infrastructureId, this.access.cloud.id, signal);
    await Promise.all(stray.map((container) => this.containers.remove(container.id, signal)));
    await Promise.all(
      rows.filter(({ kind }) => kind === 'volume').map((row) => this.volumes.remove(scope, row)),
    );
    await this.networks.removeAll(scope);
    const leftVolumes = await this.volumes.ofInfrastructure(scope);
    await Promise.all(leftVolumes.map((name) => this.volumes.delete(name, signal)));
  }

  override createSnapshot(scope: CloudScope, vm: Vm, _disk: number, imageName: string): Promise<string> {
    return this.images.fromContainer(providerId(vm), imageName, scope.signal);
  }

  override deleteImage(url: string, signal: AbortSignal): Promise<void> {
    return this.images.delete(url, signal);
  }

  override listImages(filters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<CloudImage[]> {
    return this.images.list(filters, signal);
  }

  override async quotas(signal: AbortSignal): Promise<CloudQuotas> {
    const host = await this.engine.sizeOfHost(signal);
    const used = await this.containers.usage(signal);
    return {
      cores: { used: used.cpus, limit: host.cpus },
      ram: { used: used.memoryGiB, limit: Math.floor(host.memoryBytes / 2 ** 30) },
      instances: { used: host.running, limit: -1 },
    };
  }

  private concrete(system: System, url: string, cpus: number): System {
    const { server, port, protocol } = this.access.cloud;
    const network = protocol === 'unix' ? {} : { host: server, port };
    const clone = concreteClone(system, url, { type: 'Docker', ...network });
    clone.features.set('virtual_system_type', 'docker');
    clone.features.set('cpu.count', cpus);
    const memory = system.features.getNumber('memory.size', 'M');
    if (memory !== undefined) {
      clone.features.set('memory.size', memory, 'M');
    }
    clone.features.set('disk.0.os.credentials.username', 'root');
    return clone;
  }

  private plan(scope: CloudScope, request: LaunchRequest, radl: Radl, system: System): ContainerPlan {
    const cpus = system.features.getNumber('cpu.count');
    const memory = system.features.getNumber('memory.size');
    const labels = {
      ...machineTags(system, scope.tags),
      ...ownerLabels(scope.infrastructureId, this.access.cloud.id),
      'im.im_id': String(request.imId),
      'im.token': request.token,
      ...(cpus === undefined ? {} : { 'im.cpus': String(cpus) }),
      ...(memory === undefined ? {} : { 'im.memory': String(memory) }),
    };
    const owner = { infrastructureId: scope.infrastructureId, token: request.token, labels };
    return containerPlan(owner, radl, system, this.environment.options);
  }

  /** A container that cannot start stays: the next attempt adopts it, and the deletion of the VM deletes it. */
  private async startNew(container: ContainerView, scope: CloudScope): Promise<void> {
    try {
      await this.containers.start(container.id, scope.signal);
    } catch (error) {
      // Another attempt of the same launch may have been faster.
      const current = await this.containers.find(container.id, scope.signal);
      if (current?.state !== 'running') {
        throw error;
      }
    }
  }

  private async facts(
    scope: CloudScope,
    info: Radl,
    container: ContainerView,
    plan: ContainerPlan,
  ): Promise<MachineFacts> {
    const address = await this.publicAddress(scope.signal);
    const volumes = plan.mounts.filter((mount) => mount.ownByVm).map((mount) => mount.source);
    return {
      ...factsOf(container, containerRadl(scope.infrastructureId, info, container, address)),
      connectorData: { volumes },
    };
  }

  /** One that the list did not name is asked for by itself: it may be older than our labels, or gone. */
  private async currentFacts(
    scope: CloudScope,
    vm: Vm,
    listed: ContainerView | undefined,
    address: string,
  ): Promise<MachineFacts> {
    const id = vm.providerId ?? containerName(vm.launchToken);
    // Only an inspection tells why a container ended.
    const container =
      listed === undefined || listed.state !== 'running'
        ? await this.containers.find(id, scope.signal)
        : listed;
    if (container === undefined) {
      return { providerId: id, state: 'off' };
    }
    return factsOf(container, containerRadl(scope.infrastructureId, vm.info, container, address));
  }

  private publicAddress(signal: AbortSignal): Promise<string> {
    return publicAddress(this.access.cloud, this.environment, signal);
  }
}

function providerId(vm: Vm): string {
  if (vm.providerId === null) {
    throw new CloudError('NotFound', `The VM ${vm.imId} has no container.`);
  }
  return vm.providerId;
}
