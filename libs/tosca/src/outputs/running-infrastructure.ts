import type { Radl } from '@im/radl';

/** The cloud of a function, as the authorization data of the user names it. */
export interface CloudAccess {
  /** `scheme://host[:port]`. */
  url: string;
  username?: string;
  password?: string;
  token?: string;
}

/** What outputs can tell of a VM. */
export interface RunningVm {
  /** Number of the VM in its infrastructure. */
  number: number;
  /** Id at the cloud; null as long as it has none. */
  cloudId: string | null;
  /** Name of the system it was asked with. */
  system: string;
  /** Its networks and its system with the addresses it has (spec: radl.md 17). */
  radl: Radl;
  /** Log of its contextualization. */
  log: string;
  /** Needed for functions only (spec: tosca.md 7.3). */
  cloud?: CloudAccess;
}

/** What a document is evaluated against for its outputs. */
export interface RunningInfrastructure {
  /** The end of the system names of containers (spec: tosca.md 6.7). */
  containerId: string;
  /** In the order of their numbers. */
  vms: readonly RunningVm[];
}
