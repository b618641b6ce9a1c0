import type { Configure, Radl, System } from '@im/radl';
import type { CloudAccess } from '../model/cloud.js';
import type { CloudResource, CloudResourceKind } from '../model/ledger.js';
import type { ProviderVmState, Vm } from '../model/vm.js';

/** What a connector can do beyond launch, refresh and finalize; shown to users and tested by the contract suite. */
export interface ConnectorCapabilities {
  /** start, stop. */
  power: boolean;
  reboot: boolean;
  /** Features that `alter` can change, e.g. `cpu.count`. Empty: alter is not supported. */
  alter: readonly string[];
  snapshots: boolean;
  listImages: boolean;
  quotas: boolean;
  /** VMs of a private network can be launched. */
  privateNetworks: boolean;
  /** Machines exist beforehand (static hosts): nothing is created or deleted. */
  existingMachines: boolean;
  /** Data disks are volumes that the connector mounts: nothing in the machine needs to format or mount them. */
  mountsDisks: boolean;
  /** URL schemes of images it understands, e.g. `docker`. */
  imageSchemes: readonly string[];
}

/** The ledger as a connector sees it: everything it makes besides the machine is written here first. */
export interface ResourceLedger {
  /** Writes the intent and returns the row; the same kind and token give the same row. Call it BEFORE the cloud call. */
  intend(resource: { kind: CloudResourceKind; token: string; vmId: number | null }): Promise<CloudResource>;
  /** The provider has it. */
  present(resource: CloudResource, providerId: string): Promise<void>;
  /** The provider confirmed that it does not exist (any more). */
  gone(resource: CloudResource): Promise<void>;
  /** The call may or may not have had an effect. */
  unknown(resource: CloudResource, error: string): Promise<void>;
  /** Rows that are not gone, optionally only those of one VM or the shared ones (null). */
  open(vmId?: number | null): Promise<CloudResource[]>;
}

/** What every method is told about the infrastructure it works for. */
export interface CloudScope {
  infrastructureId: string;
  /** Stored document of the infrastructure: networks with their features. */
  radl: Radl;
  ledger: ResourceLedger;
  /** Tags that the operator wants on machines (spec: connectors/README.md 5.3). */
  tags: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export interface LaunchRequest {
  imId: number;
  /** Mark that the machine must carry. */
  token: string;
  /** The concrete system, and the networks it names. */
  radl: Radl;
  requested: Radl;
  /** Recipes of the infrastructure, for those that go to the machine as cloud-init user data. */
  configures: readonly Configure[];
}

/** What is known about a machine after a launch, an adoption or a refresh. */
export interface MachineFacts {
  providerId: string;
  state: ProviderVmState;
  /**
   * The VM's RADL with current facts: addresses in `net_interface.<n>.ip`, `provider.*`, `instance_id`, credentials and so on.
   * undefined: nothing new.
   */
  info?: Radl;
  /** Replaces `Vm.connectorData` when given. */
  connectorData?: Record<string, unknown>;
  /** Why the state is `failed`, for the user. */
  reason?: string;
}

export interface CloudImage {
  uri: string;
  name: string;
}

/** For each metric what is used and the limit, -1 when there is none (spec: connectors/README.md 4.8). */
export type CloudQuotas = Record<string, { used: number; limit: number }>;

/**
 * One cloud, opened with one set of credentials. Methods throw CloudError; they are idempotent and may be repeated after a
 * crash at any point. Every call to the outside has its own timeout and bounded retry.
 */
export interface Connector {
  readonly access: CloudAccess;
  readonly capabilities: ConnectorCapabilities;
  /**
   * The systems this cloud would launch for `system` (which names its image): clones with `disk.0.image.url`, `provider.*`,
   * sizes and the user name filled in; empty when the image or the sizes do not fit (spec: connectors/README.md 4.1).
   */
  concreteSystems(system: System, signal: AbortSignal): Promise<System[]>;
  /**
   * Makes what several VMs share (networks, security groups) before their launches. Must tolerate that it is there already.
   * @param existing VMs of the infrastructure that live in this cloud; of those that were imported the ledger knows the machine only
   */
  prepare(scope: CloudScope, radl: Radl, existing: readonly Vm[]): Promise<void>;
  /** Launches one machine, or returns the one that carries the token already. */
  launch(scope: CloudScope, request: LaunchRequest): Promise<MachineFacts>;
  /** The machine with this token, null when the provider has none. */
  find(scope: CloudScope, token: string): Promise<MachineFacts | null>;
  /** Current facts of the VMs, in one batch where the API can. A VM the provider does not know is `off`. Errors per VM are values. */
  refresh(scope: CloudScope, vms: readonly Vm[]): Promise<Map<number, MachineFacts | Error>>;
  start(scope: CloudScope, vm: Vm): Promise<void>;
  stop(scope: CloudScope, vm: Vm): Promise<void>;
  reboot(scope: CloudScope, vm: Vm): Promise<void>;
  /** Applies `system` (only the features to change matter) and returns the new facts. */
  alter(scope: CloudScope, vm: Vm, system: System): Promise<MachineFacts>;
  /**
   * Deletes the machine and everything that is its own: ledger rows with its VM number, and what `connectorData` names, since an imported VM
   * has no such rows. Not found is success.
   */
  finalize(scope: CloudScope, vm: Vm): Promise<void>;
  /**
   * Deletes what was shared, once no VM of the infrastructure lives in this cloud, and closes its ledger rows. Of an imported infrastructure
   * there is one row for all that it may have (`importedToken`).
   */
  cleanUp(scope: CloudScope): Promise<void>;
  /** @returns the URL of the new image in IM form */
  createSnapshot(scope: CloudScope, vm: Vm, disk: number, imageName: string): Promise<string>;
  deleteImage(url: string, signal: AbortSignal): Promise<void>;
  /** @param filters `distribution`, `version` (case-insensitive parts of the name) and provider-specific ones */
  listImages(filters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<CloudImage[]>;
  quotas(signal: AbortSignal): Promise<CloudQuotas>;
}

/** Opens connectors. */
export interface ConnectorRegistry {
  /** @throws CloudError `Unsupported` with `Cloud provider not supported: <type>` or `Not valid cloud provider.` */
  open(access: CloudAccess): Connector;
  /** Types that can be opened. */
  types(): string[];
}

/** Limits of calls to one provider that go beyond one process. */
export interface ProviderGate {
  /**
   * Waits until a call to `provider` (host and port) may begin.
   * @returns to be called when it has ended
   * @throws the reason of `signal` when it fires first
   */
  enter(provider: string, signal: AbortSignal): Promise<() => void>;
}
