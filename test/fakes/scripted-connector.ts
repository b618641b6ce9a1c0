import type {
  CloudAccess,
  CloudImage,
  CloudQuotas,
  CloudScope,
  Connector,
  ConnectorCapabilities,
  ConnectorRegistry,
  LaunchRequest,
  MachineFacts,
  Vm,
} from '@im/domain';
import { CloudError } from '@im/domain';
import type { Radl, System } from '@im/radl';
import { cloneRadl, isPublicNetwork, networksOf } from '@im/radl';
import type { ScriptedCloud, ScriptedMachine } from './scripted-cloud.js';

/** A connector to a scripted cloud: keeps the contract as long as the script lets it. */
export class ScriptedConnector implements Connector {
  readonly capabilities: ConnectorCapabilities = {
    power: true,
    reboot: true,
    alter: ['cpu.count', 'memory.size'],
    snapshots: false,
    listImages: true,
    quotas: true,
    privateNetworks: true,
    existingMachines: false,
    mountsDisks: false,
    imageSchemes: ['scripted'],
  };

  constructor(
    readonly access: CloudAccess,
    private readonly cloud: ScriptedCloud,
  ) {}

  async concreteSystems(system: System, signal: AbortSignal): Promise<System[]> {
    return this.cloud.play('concreteSystems', '', signal, () => {
      const [url] = system.features.getList('disk.0.image.url');
      if (url?.startsWith('scripted://') !== true) {
        return [];
      }
      const features = system.features.clone();
      features.set('disk.0.image.url', url);
      features.set('provider.type', this.access.cloud.type);
      features.set('disk.0.os.credentials.username', 'scripted');
      return [{ ...system, features }];
    });
  }

  async prepare(scope: CloudScope, radl: Radl): Promise<void> {
    const networks = new Set(
      radl.systems
        .flatMap((system) => networksOf(radl, system))
        .filter((network) => !isPublicNetwork(network)),
    );
    for (const network of networks) {
      const token = `${scope.infrastructureId}-${network.id}`;
      const row = await scope.ledger.intend({ kind: 'network', token, vmId: null });
      await this.cloud.play('prepare', token, scope.signal, () => {
        if (!this.cloud.networks.some((known) => known.token === token)) {
          this.cloud.networks.push({ infrastructureId: scope.infrastructureId, token });
        }
      });
      await scope.ledger.present(row, token);
    }
  }

  async launch(scope: CloudScope, request: LaunchRequest): Promise<MachineFacts> {
    const machine = await this.cloud.play('launch', request.token, scope.signal, (visibleAt) => {
      const [known] = this.cloud.machinesOf(request.token);
      return known ?? this.cloud.newMachine(scope.infrastructureId, request.token, visibleAt);
    });
    const info = cloneRadl(request.radl);
    info.systems[0]?.features.set('net_interface.0.ip', `10.9.0.${(request.imId % 250) + 1}`);
    info.systems[0]?.features.set('instance_id', machine.providerId);
    return { ...factsOf(machine), info };
  }

  async find(scope: CloudScope, token: string): Promise<MachineFacts | null> {
    return this.cloud.play('find', token, scope.signal, () => {
      const [machine] = this.cloud.machinesOf(token);
      return machine === undefined ? null : factsOf(machine);
    });
  }

  async refresh(scope: CloudScope, vms: readonly Vm[]): Promise<Map<number, MachineFacts | Error>> {
    return this.cloud.play('refresh', '', scope.signal, () => {
      return new Map(
        vms.map((vm): [number, MachineFacts] => {
          const machine = this.cloud
            .machinesOf(vm.launchToken)
            .find(({ providerId }) => providerId === vm.providerId);
          return [
            vm.imId,
            machine === undefined ? { providerId: vm.providerId ?? '', state: 'off' } : factsOf(machine),
          ];
        }),
      );
    });
  }

  async start(scope: CloudScope, vm: Vm): Promise<void> {
    await this.cloud.play('start', vm.launchToken, scope.signal, () =>
      this.cloud.meddle(vm.launchToken, 'running'),
    );
  }

  async stop(scope: CloudScope, vm: Vm): Promise<void> {
    await this.cloud.play('stop', vm.launchToken, scope.signal, () =>
      this.cloud.meddle(vm.launchToken, 'stopped'),
    );
  }

  async reboot(scope: CloudScope, vm: Vm): Promise<void> {
    await this.cloud.play('reboot', vm.launchToken, scope.signal, () => {});
  }

  async alter(scope: CloudScope, vm: Vm, system: System): Promise<MachineFacts> {
    return this.cloud.play('alter', vm.launchToken, scope.signal, () => {
      const info = cloneRadl(vm.info);
      for (const name of this.capabilities.alter) {
        const value = system.features.getNumber(name);
        if (value !== undefined) {
          info.systems[0]?.features.set(name, value);
        }
      }
      return { providerId: vm.providerId ?? '', state: vm.providerState, info };
    });
  }

  async finalize(scope: CloudScope, vm: Vm): Promise<void> {
    await this.cloud.play('finalize', vm.launchToken, scope.signal, () => {
      const gone = new Set(this.cloud.machinesOf(vm.launchToken));
      this.cloud.machines = this.cloud.machines.filter((machine) => !gone.has(machine));
    });
  }

  async cleanUp(scope: CloudScope): Promise<void> {
    await this.cloud.play('cleanUp', '', scope.signal, () => {
      const mine = (owner: { infrastructureId: string }): boolean =>
        owner.infrastructureId === scope.infrastructureId;
      this.cloud.networks = this.cloud.networks.filter((network) => !mine(network));
      const visible = new Set(
        this.cloud.machines.filter((one) => mine(one) && one.visibleAt <= this.cloud.clock.now()),
      );
      this.cloud.machines = this.cloud.machines.filter((machine) => !visible.has(machine));
    });
    for (const row of await scope.ledger.open()) {
      await scope.ledger.gone(row);
    }
  }

  async createSnapshot(): Promise<string> {
    throw new CloudError('Unsupported', 'The scripted cloud makes no snapshots.');
  }

  async deleteImage(): Promise<void> {
    throw new CloudError('Unsupported', 'The scripted cloud deletes no images.');
  }

  async listImages(_filters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<CloudImage[]> {
    return this.cloud.play('listImages', '', signal, () => [{ uri: 'scripted://image', name: 'image' }]);
  }

  async quotas(signal: AbortSignal): Promise<CloudQuotas> {
    return this.cloud.play('quotas', '', signal, () => ({
      instances: { used: this.cloud.machines.length, limit: -1 },
    }));
  }
}

/**
 * A registry whose clouds are scripted.
 * @param clouds id of the cloud in the authorization data -> the cloud; others cannot be opened
 */
export function scriptedRegistry(clouds: ReadonlyMap<string, ScriptedCloud>): ConnectorRegistry {
  return {
    types: () => ['Scripted'],
    open: (access) => {
      const cloud = clouds.get(access.cloud.id);
      if (cloud === undefined) {
        throw new CloudError('Unsupported', `Cloud provider not supported: ${access.cloud.type}`);
      }
      return new ScriptedConnector(access, cloud);
    },
  };
}

function factsOf(machine: ScriptedMachine): MachineFacts {
  return { providerId: machine.providerId, state: machine.state };
}
