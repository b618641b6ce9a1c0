import type { Radl } from '@im/radl';
import type { CloudInfo, ImIdentity } from './cloud.js';
import type { KeptTosca } from './kept-tosca.js';

/** null: in progress or never started; true; false: failed (spec: lifecycle.md 1.1). */
export type Configured = boolean | null;

/** An image that lives as long as its infrastructure (spec: lifecycle.md 14.6). */
export interface Snapshot {
  url: string;
  /** The cloud that made it; null when it was imported, since exports name URLs only. */
  cloud: CloudInfo | null;
}

/** An infrastructure as stored (spec: lifecycle.md 1.1, persistence-and-ha.md 4.1). */
export interface Infrastructure {
  /** UUID text, 36 characters; an imported one keeps whatever id it had. */
  id: string;
  /** Raised by one at every change of the infrastructure or of one of its VMs. */
  version: number;
  owners: ImIdentity[];
  /** `name` of the RADL description, for lists. */
  name: string | null;
  /** Definitions accumulate; `deploys` are those of the last request. */
  radl: Radl;
  /** The TOSCA document it was made from, when there is one. */
  tosca: KeptTosca | null;
  /** Private network id of the RADL -> id of the cloud that holds it. */
  privateNetworks: Record<string, string>;
  /** Number that the next VM gets; numbers are never reused. */
  nextVmId: number;
  /** VM that runs Ansible for the others. */
  masterVmId: number | null;
  configured: Configured;
  ansibleConfigured: Configured;
  /** Images to delete together with the infrastructure. */
  snapshots: Snapshot[];
  /** Keys of an imported document that this service does not know; given back by export. */
  extra: Record<string, unknown>;
  /** Milliseconds since the epoch, as all times here. */
  createdAt: number;
  updatedAt: number;
  /** Set once destroyed, exported with delete, or when its creation failed. Never cleared. */
  deletedAt: number | null;
}
