import type {
  CloudAccess,
  CloudImage,
  CloudQuotas,
  CloudScope,
  Connector,
  ConnectorCapabilities,
  LaunchRequest,
  MachineFacts,
  Vm,
} from '@im/domain';
import { CloudError } from '@im/domain';
import type { Radl, System } from '@im/radl';

/**
 * What every connector starts from: the methods behind a capability refuse with `Unsupported` until a connector overrides them, and
 * there is nothing shared to prepare.
 */
export abstract class BaseConnector implements Connector {
  abstract readonly capabilities: ConnectorCapabilities;

  constructor(readonly access: CloudAccess) {}

  abstract concreteSystems(system: System, signal: AbortSignal): Promise<System[]>;
  abstract launch(scope: CloudScope, request: LaunchRequest): Promise<MachineFacts>;
  abstract find(scope: CloudScope, token: string): Promise<MachineFacts | null>;
  abstract refresh(scope: CloudScope, vms: readonly Vm[]): Promise<Map<number, MachineFacts | Error>>;
  abstract finalize(scope: CloudScope, vm: Vm): Promise<void>;

  async prepare(_scope: CloudScope, _radl: Radl, _existing: readonly Vm[]): Promise<void> {}

  async start(_scope: CloudScope, _vm: Vm): Promise<void> {
    throw this.unsupported('start machines');
  }

  async stop(_scope: CloudScope, _vm: Vm): Promise<void> {
    throw this.unsupported('stop machines');
  }

  async reboot(_scope: CloudScope, _vm: Vm): Promise<void> {
    throw this.unsupported('reboot machines');
  }

  async alter(_scope: CloudScope, _vm: Vm, _system: System): Promise<MachineFacts> {
    throw this.unsupported('change machines');
  }

  async cleanUp(scope: CloudScope): Promise<void> {
    await closeRows(scope);
  }

  async createSnapshot(_scope: CloudScope, _vm: Vm, _disk: number, _imageName: string): Promise<string> {
    throw this.unsupported('make snapshots');
  }

  async deleteImage(_url: string, _signal: AbortSignal): Promise<void> {
    throw this.unsupported('delete images');
  }

  async listImages(_filters: Readonly<Record<string, string>>, _signal: AbortSignal): Promise<CloudImage[]> {
    throw this.unsupported('list images');
  }

  async quotas(_signal: AbortSignal): Promise<CloudQuotas> {
    throw this.unsupported('tell quotas');
  }

  private unsupported(action: string): CloudError {
    return new CloudError(
      'Unsupported',
      `Not supported: clouds of type ${this.access.cloud.type} cannot ${action}.`,
    );
  }
}

/** Closes what is still open in the ledger, for clouds where nothing can be left behind. */
async function closeRows(scope: CloudScope): Promise<void> {
  const rows = await scope.ledger.open();
  await Promise.all(rows.map((row) => scope.ledger.gone(row)));
}
