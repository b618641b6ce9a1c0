import type { Radl } from '@im/radl';
import type { Infrastructure } from '../model/infrastructure.js';
import type { KeptTosca } from '../model/kept-tosca.js';
import type { Vm } from '../model/vm.js';
import type { AcceptedOperation } from './infrastructure-requests.js';

/** What a TOSCA document is translated against (spec: tosca.md 9). */
export interface UpdateState {
  infrastructure: Infrastructure;
  /** All that clients see, those that could not be launched included, but without those that are being removed. */
  vms: Vm[];
}

/** What a TOSCA document means for an infrastructure in a certain state. */
export interface ToscaUpdate {
  /** All definitions, and deploys of the VMs to add. */
  radl: Radl;
  /** Numbers of the VMs to remove; each must be one of the state. */
  remove: number[];
  /** What is kept instead of the document before. */
  tosca: KeptTosca;
}

/** The operations of a committed update, in the order in which they run. */
export interface AcceptedUpdate {
  infrastructureId: string;
  /** null when there is nothing to remove. */
  remove: AcceptedOperation | null;
  /** Takes over the definitions, and launches VMs if there are deploys: the numbers of its result are empty when there are none. */
  add: AcceptedOperation | null;
  /** null unless nothing is removed and nothing added, and contextualization is wanted. */
  reconfigure: AcceptedOperation | null;
  /** How many VMs `remove` is about. */
  toRemove: number;
}

export interface UpdateOptions {
  contextualize: boolean;
  /** The caller does not wait for the operations: what is refused later is in the log of the infrastructure. */
  async?: boolean;
  /** How long earlier requests may keep the number of VMs open; a minute when absent. */
  waitMs?: number;
  /** Ends the wait, e.g. when the client is gone. */
  signal?: AbortSignal;
}
