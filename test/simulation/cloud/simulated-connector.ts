import type {
  CloudAccess,
  CloudImage,
  CloudQuotas,
  CloudResource,
  CloudScope,
  Connector,
  ConnectorCapabilities,
  LaunchRequest,
  MachineFacts,
  Vm,
} from '@im/domain';
import { CloudError, messageOf } from '@im/domain';
import type { Radl, System } from '@im/radl';
import { cloneRadl, isPublicNetwork, networksOf } from '@im/radl';
import type { CloudReality, RealMachine } from './cloud-reality.js';
import type { CloudWire } from './cloud-wire.js';

/** Told about every call that makes something, at the moment it is sent. */
export type OnMake = (kind: 'machine' | 'network', token: string) => void;

/** Asks the cloud whether it has a machine with this token already. */
type LookUp = (token: string, signal: AbortSignal) => Promise<RealMachine | null>;

/**
 * A connector as connectors are to be (docs/connectors.md): looks for the token before it launches, writes to the ledger before it makes
 * anything else, and deletes by token. Every call goes over the wire.
 */
export class SimulatedConnector implements Connector {
  readonly capabilities: ConnectorCapabilities = {
    power: true,
    reboot: true,
    alter: ['cpu.count', 'memory.size'],
    snapshots: false,
    listImages: false,
    quotas: false,
    privateNetworks: true,
    existingMachines: false,
    mountsDisks: false,
    imageSchemes: ['simulated'],
  };
  /** Replaced by tests that plant a defect. */
  lookUp: LookUp = (token, signal) =>
    this.wire.call(`find ${token}`, signal, () => this.reality.machinesOf(token)[0] ?? null);

  constructor(
    readonly access: CloudAccess,
    private readonly reality: CloudReality,
    private readonly wire: CloudWire,
    private readonly onMake: OnMake,
  ) {}

  async concreteSystems(system: System, signal: AbortSignal): Promise<System[]> {
    return this.wire.call('concreteSystems', signal, () => {
      const features = system.features.clone();
      features.set('provider.type', this.access.cloud.type);
      features.set('disk.0.os.credentials.username', 'user');
      return [{ ...system, features }];
    });
  }

  async prepare(scope: CloudScope, radl: Radl): Promise<void> {
    const networks = new Set(radl.systems.flatMap((system) => networksOf(radl, system)));
    for (const network of networks) {
      if (!isPublicNetwork(network)) {
        await this.makeNetwork(scope, `${scope.infrastructureId}-${network.id}`);
      }
    }
  }

  async launch(scope: CloudScope, request: LaunchRequest): Promise<MachineFacts> {
    const machine =
      (await this.lookUp(request.token, scope.signal)) ?? (await this.makeMachine(scope, request.token));
    const info = cloneRadl(request.radl);
    info.systems[0]?.features.set('net_interface.0.ip', `10.0.0.${request.imId + 1}`);
    return { ...factsOf(machine), info };
  }

  async find(scope: CloudScope, token: string): Promise<MachineFacts | null> {
    const machine = await this.lookUp(token, scope.signal);
    return machine === null ? null : factsOf(machine);
  }

  async refresh(scope: CloudScope, vms: readonly Vm[]): Promise<Map<number, MachineFacts | Error>> {
    return this.wire.call('refresh', scope.signal, () => new Map(vms.map((vm) => [vm.imId, this.told(vm)])));
  }

  async start(scope: CloudScope, vm: Vm): Promise<void> {
    await this.wire.call(`start ${vm.launchToken}`, scope.signal, () => this.switch(vm, 'running'));
  }

  async stop(scope: CloudScope, vm: Vm): Promise<void> {
    await this.wire.call(`stop ${vm.launchToken}`, scope.signal, () => this.switch(vm, 'stopped'));
  }

  async reboot(scope: CloudScope, vm: Vm): Promise<void> {
    await this.wire.call(`reboot ${vm.launchToken}`, scope.signal, () => this.switch(vm, 'running'));
  }

  async alter(scope: CloudScope, vm: Vm, system: System): Promise<MachineFacts> {
    return this.wire.call(`alter ${vm.launchToken}`, scope.signal, () => {
      const info = cloneRadl(vm.info);
      const cpus = system.features.getNumber('cpu.count');
      if (cpus !== undefined) {
        info.systems[0]?.features.set('cpu.count', cpus);
      }
      return { ...this.told(vm), info };
    });
  }

  /** By token, not by id: an answer that was lost may have left a machine whose id nobody knows. */
  async finalize(scope: CloudScope, vm: Vm): Promise<void> {
    await this.wire.call(`delete ${vm.launchToken}`, scope.signal, () => {
      this.reality.deleteMachines(vm.launchToken);
    });
  }

  async cleanUp(scope: CloudScope): Promise<void> {
    for (const row of await scope.ledger.open()) {
      await this.deleteOne(scope, row);
    }
  }

  async createSnapshot(): Promise<string> {
    throw new CloudError('Unsupported', 'The simulated cloud makes no snapshots.');
  }

  async deleteImage(): Promise<void> {
    throw new CloudError('Unsupported', 'The simulated cloud deletes no images.');
  }

  async listImages(): Promise<CloudImage[]> {
    return [];
  }

  async quotas(): Promise<CloudQuotas> {
    return {};
  }

  private async deleteOne(scope: CloudScope, row: CloudResource): Promise<void> {
    try {
      await this.wire.call(`delete ${row.token}`, scope.signal, () => {
        this.reality.deleteMachines(row.token);
        this.reality.deleteNetwork(row.token);
      });
    } catch (error) {
      await scope.ledger.unknown(row, messageOf(error));
      throw error;
    }
    await scope.ledger.gone(row);
  }

  private async makeNetwork(scope: CloudScope, token: string): Promise<void> {
    const row = await scope.ledger.intend({ kind: 'network', token, vmId: null });
    const network = await this.wire.call(
      `create network ${token}`,
      scope.signal,
      () => this.reality.makeNetwork(scope.infrastructureId, token),
      () => this.onMake('network', token),
    );
    await scope.ledger.present(row, network.providerId);
  }

  private async makeMachine(scope: CloudScope, token: string): Promise<RealMachine> {
    return this.wire.call(
      `create machine ${token}`,
      scope.signal,
      () => {
        const [known] = this.reality.machinesOf(token);
        if (known !== undefined && this.reality.uniqueNames) {
          throw new CloudError('AlreadyExists', `There is a machine ${token}.`);
        }
        return this.reality.makeMachine(scope.infrastructureId, token);
      },
      () => this.onMake('machine', token),
    );
  }

  private switch(vm: Vm, state: 'running' | 'stopped'): void {
    const machines = this.reality.machinesOf(vm.launchToken);
    if (machines.length === 0) {
      throw new CloudError('NotFound', `There is no machine ${vm.launchToken}.`);
    }
    for (const machine of machines) {
      machine.state = state;
    }
  }

  private told(vm: Vm): MachineFacts {
    const machine = this.reality.machines.get(vm.providerId ?? '');
    return machine === undefined ? { providerId: vm.providerId ?? '', state: 'off' } : factsOf(machine);
  }
}

function factsOf(machine: RealMachine): MachineFacts {
  return { providerId: machine.providerId, state: machine.state };
}
