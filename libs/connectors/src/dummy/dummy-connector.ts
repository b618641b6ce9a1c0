import { createHash } from 'node:crypto';
import type {
  CloudImage,
  CloudQuotas,
  CloudScope,
  ConnectorCapabilities,
  LaunchRequest,
  MachineFacts,
  ProviderVmState,
  Vm,
} from '@im/domain';
import type { System } from '@im/radl';
import { cloneRadl } from '@im/radl';
import { BaseConnector } from '../base-connector.js';
import { copyHostNames, machineSystem } from '../machine-radl.js';

const imageRoot = 'mock0://linux.for.ev.er';
/** The same for every VM (spec: connectors/dummy.md 3). */
const address = '10.0.0.1';

/**
 * Machines that exist only in the rows of the service: launching one succeeds at once and contacts nobody. Ids follow from launch
 * tokens, so a repeated launch gives the same machine.
 */
export class DummyConnector extends BaseConnector {
  readonly capabilities: ConnectorCapabilities = {
    power: true,
    reboot: true,
    alter: ['cpu.count', 'memory.size'],
    snapshots: true,
    listImages: true,
    quotas: true,
    privateNetworks: true,
    existingMachines: false,
    mountsDisks: false,
    imageSchemes: ['*'],
  };

  async concreteSystems(system: System): Promise<System[]> {
    const features = system.features.clone();
    if (!features.has('disk.0.os.credentials.username')) {
      features.set('disk.0.os.credentials.username', 'username');
    }
    return [{ ...system, features }];
  }

  async launch(_scope: CloudScope, request: LaunchRequest): Promise<MachineFacts> {
    const info = cloneRadl(request.requested);
    const system = machineSystem(info);
    copyHostNames(machineSystem(request.radl), system);
    system.features.set('provider.type', 'Dummy');
    system.features.set('net_interface.0.ip', address);
    system.features.set('disk.0.os.credentials.username', 'username');
    system.features.set('disk.0.os.credentials.password', 'password');
    return { providerId: machineId(request.token), state: 'running', info };
  }

  async find(scope: CloudScope, token: string): Promise<MachineFacts | null> {
    const rows = await scope.ledger.open();
    const row = rows.find((candidate) => candidate.kind === 'machine' && candidate.token === token);
    return row === undefined || row.state === 'intended'
      ? null
      : { providerId: machineId(token), state: 'running' };
  }

  async refresh(_scope: CloudScope, vms: readonly Vm[]): Promise<Map<number, MachineFacts>> {
    return new Map(vms.map((vm) => [vm.imId, factsOf(vm)]));
  }

  override async start(_scope: CloudScope, vm: Vm): Promise<void> {
    switchTo(vm, 'running');
  }

  override async stop(_scope: CloudScope, vm: Vm): Promise<void> {
    switchTo(vm, 'stopped');
  }

  override async reboot(): Promise<void> {}

  override async alter(_scope: CloudScope, vm: Vm, system: System): Promise<MachineFacts> {
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
    return { ...factsOf(vm), info };
  }

  async finalize(): Promise<void> {}

  override async createSnapshot(
    _scope: CloudScope,
    _vm: Vm,
    _disk: number,
    imageName: string,
  ): Promise<string> {
    return `${imageRoot}/${imageName}`;
  }

  override async deleteImage(): Promise<void> {}

  override async listImages(): Promise<CloudImage[]> {
    return [
      { uri: `${imageRoot}/image1`, name: 'Image Name1' },
      { uri: `${imageRoot}/image2`, name: 'Image Name2' },
    ];
  }

  override async quotas(): Promise<CloudQuotas> {
    const metrics = ['cores', 'ram', 'instances', 'floating_ips', 'security_groups'];
    return Object.fromEntries(metrics.map((metric) => [metric, { used: 1, limit: 10 }]));
  }
}

/** Digits that follow from the token alone. */
function machineId(token: string): string {
  return createHash('sha256').update(token).digest().readBigUInt64BE().toString();
}

/** The power state is kept with the VM: it is all that a Dummy machine has. */
function factsOf(vm: Vm): MachineFacts {
  const power: unknown = vm.connectorData['power'];
  const state: ProviderVmState = power === 'stopped' ? 'stopped' : 'running';
  return { providerId: vm.providerId ?? machineId(vm.launchToken), state, connectorData: vm.connectorData };
}

function switchTo(vm: Vm, power: 'running' | 'stopped'): void {
  vm.connectorData = { ...vm.connectorData, power };
}
