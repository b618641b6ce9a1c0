import { createHash } from 'node:crypto';
import type {
  CloudAccess,
  CloudScope,
  ConnectorCapabilities,
  LaunchRequest,
  MachineFacts,
  Vm,
} from '@im/domain';
import { CloudError } from '@im/domain';
import type { Network, Radl, System } from '@im/radl';
import { cloneRadl, isPublicNetwork, remotePortOf } from '@im/radl';
import { BaseConnector } from '../base-connector.js';
import type { ConnectorEnvironment } from '../connector-options.js';
import { copyHostNames, machineSystem } from '../machine-radl.js';
import { toCloudError } from '../provider-error.js';
import { tcpReachable } from './tcp-reachable.js';

const addressFeature = 'net_interface.0.ip';
const connectTimeoutMs = 5000;

/**
 * Machines that exist beforehand and are only configured: nothing is created, changed or deleted on them. The ledger holds which VM
 * uses which address, so that no host is two VMs of one infrastructure.
 */
export class StaticHostsConnector extends BaseConnector {
  readonly capabilities: ConnectorCapabilities = {
    power: false,
    reboot: false,
    alter: [],
    snapshots: false,
    listImages: false,
    quotas: false,
    privateNetworks: true,
    existingMachines: true,
    mountsDisks: false,
    imageSchemes: ['*'],
  };

  constructor(
    access: CloudAccess,
    private readonly environment: ConnectorEnvironment,
  ) {
    super(access);
  }

  /** The system itself, when it says where the machine is and how to log in (spec: connectors/static-hosts.md 1.1). */
  async concreteSystems(system: System): Promise<System[]> {
    const { features } = system;
    const complete =
      features.getList(addressFeature).length > 0 &&
      features.has('disk.0.os.credentials.username') &&
      (features.has('disk.0.os.credentials.password') || features.has('disk.0.os.credentials.private_key'));
    if (!complete) {
      return [];
    }
    for (const address of features.getList(addressFeature)) {
      this.environment.addresses.assertAllowed(address);
    }
    return [{ ...system, features: features.clone() }];
  }

  /** Writes down the addresses of VMs that were imported, so that their hosts are taken. */
  override async prepare(scope: CloudScope, _radl: Radl, existing: readonly Vm[]): Promise<void> {
    const rows = (await scope.ledger.open()).filter(({ kind }) => kind === 'address');
    const owners = new Set(rows.map(({ vmId }) => vmId));
    for (const vm of existing.filter(({ imId }) => !owners.has(imId))) {
      const [address] = machineSystem(vm.info).features.getList(addressFeature);
      if (address !== undefined) {
        const row = await scope.ledger.intend({ kind: 'address', token: address, vmId: vm.imId });
        await scope.ledger.present(row, address);
      }
    }
  }

  async launch(scope: CloudScope, request: LaunchRequest): Promise<MachineFacts> {
    const info = cloneRadl(request.requested);
    const system = machineSystem(info);
    await Promise.all(
      system.features
        .getList(addressFeature)
        .map((host) => this.checkAddress(info, system, host, scope.signal)),
    );
    const address = await this.claimAddress(scope, request.imId, system.features.getList(addressFeature));
    system.features.set(addressFeature, address);
    system.features.set('provider.type', 'DeployedNode');
    copyHostNames(machineSystem(request.radl), system);
    return { providerId: machineId(request.token), state: 'running', info };
  }

  async find(scope: CloudScope, token: string): Promise<MachineFacts | null> {
    const rows = await scope.ledger.open();
    const row = rows.find((candidate) => candidate.kind === 'machine' && candidate.token === token);
    return row === undefined || row.state === 'intended'
      ? null
      : { providerId: machineId(token), state: 'running' };
  }

  /** Running while the SSH port answers; a machine that this service does not reach directly is taken as running. */
  async refresh(scope: CloudScope, vms: readonly Vm[]): Promise<Map<number, MachineFacts | Error>> {
    const answers = await Promise.all(
      vms.map(async (vm): Promise<[number, MachineFacts | Error]> => {
        const facts: MachineFacts = {
          providerId: vm.providerId ?? machineId(vm.launchToken),
          state: 'running',
        };
        try {
          await this.checkConnection(vm, scope.signal);
          return [vm.imId, facts];
        } catch (error) {
          return [vm.imId, error instanceof Error ? error : new Error(String(error))];
        }
      }),
    );
    return new Map(answers);
  }

  async finalize(scope: CloudScope, vm: Vm): Promise<void> {
    const rows = await scope.ledger.open(vm.imId);
    await Promise.all(rows.filter((row) => row.kind === 'address').map((row) => scope.ledger.gone(row)));
  }

  /**
   * Takes the first address that no other VM of the infrastructure has (spec: connectors/static-hosts.md 1.2).
   * @throws CloudError `InvalidInput` when there are more VMs than addresses
   */
  private async claimAddress(scope: CloudScope, imId: number, addresses: readonly string[]): Promise<string> {
    const taken = new Map(
      (await scope.ledger.open()).filter((row) => row.kind === 'address').map((row) => [row.token, row]),
    );
    const own = addresses.find((address) => taken.get(address)?.vmId === imId);
    const candidates = own === undefined ? addresses.filter((address) => !taken.has(address)) : [own];
    for (const address of candidates) {
      const row = await scope.ledger.intend({ kind: 'address', token: address, vmId: imId });
      if (row.vmId === imId) {
        await scope.ledger.present(row, address);
        return address;
      }
    }
    throw new CloudError(
      'InvalidInput',
      `Every address of ${addressFeature} (${addresses.join(', ')}) is a VM of this infrastructure already: ` +
        'use one system for each machine, or give a list with one address for each VM.',
    );
  }

  /**
   * Refuses hosts of the service itself. The name of a host that only the master of the infrastructure reaches need not be known here.
   * @throws CloudError `PermissionDenied`, or `Unavailable` for an unknown name
   */
  private async checkAddress(radl: Radl, system: System, host: string, signal: AbortSignal): Promise<void> {
    const network = interfaceNetwork(radl, system);
    if (network === undefined || isPublicNetwork(network)) {
      await this.environment.addresses.resolve(host, signal);
    } else {
      this.environment.addresses.assertAllowed(host);
    }
  }

  private async checkConnection(vm: Vm, signal: AbortSignal): Promise<void> {
    const system = machineSystem(vm.info);
    const network = interfaceNetwork(vm.info, system);
    const host = system.features.getList(addressFeature)[0];
    if (host === undefined || (network !== undefined && !isPublicNetwork(network))) {
      return;
    }
    const { addresses, calls } = this.environment;
    addresses.assertAllowed(host);
    const windows = system.features.getText('disk.0.os.name') === 'windows';
    const port = remotePortOf(vm.info, system, windows ? 5986 : 22);
    const provider = `${host}:${port}`;
    try {
      await calls.run(
        { cloudType: 'DeployedNode', method: 'connect', provider, signal, timeoutMs: connectTimeoutMs },
        (limit) => tcpReachable({ host, port, lookup: addresses.lookup }, limit),
      );
    } catch (error) {
      throw toCloudError(error, provider);
    }
  }
}

function interfaceNetwork(radl: Radl, system: System): Network | undefined {
  const id = system.features.getText('net_interface.0.connection');
  return radl.networks.find((network) => network.id === id);
}

function machineId(token: string): string {
  const hex = createHash('sha256').update(token).digest('hex');
  return [8, 12, 16, 20, 32].map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end)).join('-');
}
