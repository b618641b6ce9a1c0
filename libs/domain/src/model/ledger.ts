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
