/** Kinds of cloud objects that the ledger knows. */
export type CloudResourceKind =
  | 'machine'
  | 'network'
  | 'security-group'
  | 'address'
  | 'volume'
  | 'key-pair'
  | 'snapshot'
  | 'dns-record';

/** intended: written before the call; unknown: the call may have had an effect and the token must be looked for. */
export type CloudResourceState = 'intended' | 'present' | 'deleting' | 'gone' | 'unknown';

/** States of rows whose object may exist at its cloud. */
export const openStates: readonly CloudResourceState[] = ['intended', 'present', 'deleting', 'unknown'];

/** Token of the row that stands for everything besides machines that an imported infrastructure may have in a cloud. */
export const importedToken = 'imported';

/** One cloud object that this service asked for (design: architecture.md 2). */
export interface CloudResource {
  /** Unique; for a machine its launch token, else a UUID. */
  id: string;
  infrastructureId: string;
  /** The VM it belongs to, null when VMs share it. */
  vmId: number | null;
  cloudId: string;
  cloudType: string;
  kind: CloudResourceKind;
  /** Mark on the provider object (name, label or tag). Unique per infrastructure, cloud and kind. */
  token: string;
  providerId: string | null;
  state: CloudResourceState;
  lastError: string | null;
  createdAt: number;
  updatedAt: number;
}

/** An open row that nobody may attend to any more: a line of the leak report. */
export interface LeftBehindResource extends CloudResource {
  /** null: the infrastructure lives, and the outcome of a call has been unknown for long. */
  infrastructureDeletedAt: number | null;
}
