import type { Radl } from '@im/radl';
import type { ImIdentity, Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { KeptTosca } from '../model/kept-tosca.js';
import type { OperationFailure } from '../model/operation.js';
import type { CloudImage, CloudQuotas } from '../ports/connector.js';
import type { AcceptedUpdate, ToscaUpdate, UpdateOptions, UpdateState } from './tosca-update.js';

/** Who asks, and whether the same request may come twice. */
export interface RequestContext {
  requester: Requester;
  /** From the header `Idempotency-Key`: the same key of the same user is answered with the first outcome. */
  idempotency?: {
    key: string;
    /** Hash of method, path, query and body; another one under the same key is refused with `Conflict`. */
    requestHash: string;
  };
}

/** A request whose operation row is committed; nothing is lost from here on. */
export interface AcceptedOperation {
  operationId: string;
  /** null for questions about clouds. */
  infrastructureId: string | null;
}

/** How an accepted operation ended. */
export type OperationOutcome<Result> =
  | { state: 'succeeded'; result: Result }
  | { state: 'failed'; error: OperationFailure }
  | { state: 'cancelled' }
  /** The wait ended before the operation did; it goes on. */
  | { state: 'active' };

/** Result of `add`: numbers of the new VMs, failed placeholders included, in order. */
export interface AddResult {
  vmIds: number[];
}

/** One cloud of an estimate (spec: lifecycle.md 13). */
export interface CloudEstimate {
  cloudType: string;
  cloudEndpoint: string;
  compute: {
    cpuCores?: number;
    memoryInMegabytes?: number;
    GPU?: number;
    diskSizeInGigabytes?: number;
    publicIP?: 1;
  }[];
  storage: { sizeInGigabytes: number; type?: string }[];
}

/** Keyed by cloud id. */
export type Estimate = Record<string, CloudEstimate>;

/**
 * Everything users may ask to be changed or looked up at a cloud. Methods check BOOT_MODE is NOT theirs (the caller does), check
 * access to the infrastructure, write the rows in one transaction, wake a worker and return. They never call a cloud.
 * All throw ImError with the texts of spec: rest-api.md 8 (without the prefix of the route).
 */
export interface InfrastructureRequests {
  /**
   * @param options.async the caller does not wait: a failure before the launch leaves a failed infrastructure with the reason in its
   *   log; otherwise it leaves nothing visible (spec: rest-api.md 9.2)
   * @param options.tosca kept with the infrastructure, in the transaction that creates it
   */
  create(
    context: RequestContext,
    radl: Radl,
    options: { async: boolean; tosca?: KeptTosca },
  ): Promise<AcceptedOperation>;
  /** @param options.async the caller does not wait: why nothing could be added is in the log of the infrastructure */
  add(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    options: { contextualize: boolean; async?: boolean },
  ): Promise<AcceptedOperation>;
  /**
   * Changes the infrastructure by a TOSCA document, which says how many VMs of each kind there shall be (spec: tosca.md 9). Two requests at
   * once never add twice: each is translated against what the other led to. The document is replaced in the transaction that
   * writes the operations.
   * @param prepare merges, reads and translates the document; it is called again when the infrastructure changed meanwhile, and
   *   what it throws is thrown, with nothing changed
   * @throws ImError also `Conflict` when others go on changing the infrastructure
   */
  update(
    context: RequestContext,
    infrastructureId: string,
    prepare: (state: UpdateState) => Promise<ToscaUpdate>,
    options: UpdateOptions,
  ): Promise<AcceptedUpdate>;
  /** @param vmIds the comma list of the path, e.g. `3,5`; all are resolved before anything is removed */
  remove(
    context: RequestContext,
    infrastructureId: string,
    vmIds: string,
    options: { contextualize: boolean },
  ): Promise<AcceptedOperation>;
  /** A second request joins the destroy that is under way, which then ends with force when either asks for it. */
  destroy(
    context: RequestContext,
    infrastructureId: string,
    options: { force: boolean },
  ): Promise<AcceptedOperation>;
  alter(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    radl: Radl,
  ): Promise<AcceptedOperation>;
  /** All VMs of the infrastructure. */
  power(
    context: RequestContext,
    infrastructureId: string,
    action: 'start' | 'stop',
  ): Promise<AcceptedOperation>;
  vmPower(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    action: 'start' | 'stop' | 'reboot',
  ): Promise<AcceptedOperation>;
  /** @param vmIds restricts the user's own steps; null: all VMs */
  reconfigure(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    vmIds: number[] | null,
  ): Promise<AcceptedOperation>;
  snapshot(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    snapshot: { disk: number; imageName: string; autoDelete: boolean },
  ): Promise<AcceptedOperation>;
  /** Asks for fresh VM information; joins a refresh that is under way. null when all of it is young enough. */
  refresh(context: RequestContext, infrastructureId: string): Promise<AcceptedOperation | null>;
  estimate(context: RequestContext, radl: Radl): Promise<AcceptedOperation>;
  images(
    context: RequestContext,
    cloudId: string,
    filters: Record<string, string>,
  ): Promise<AcceptedOperation>;
  quotas(context: RequestContext, cloudId: string): Promise<AcceptedOperation>;
  /** Done when the promise resolves. */
  changeOwner(
    context: RequestContext,
    infrastructureId: string,
    owner: ImIdentity,
    options: { overwrite: boolean },
  ): Promise<void>;
  /** @returns the JSON document of spec: persistence-and-ha.md 4 as text */
  exportData(
    context: RequestContext,
    infrastructureId: string,
    options: { delete: boolean },
  ): Promise<string>;
  /** @returns the id of the infrastructure */
  importData(context: RequestContext, document: string): Promise<string>;
  /** The infrastructure, after the checks of spec: rest-api.md 8.1 (unknown, not the owner's, deleted). */
  find(requester: Requester, infrastructureId: string): Promise<Infrastructure>;
  /**
   * Waits for the end of an operation: a notification, with a poll of the store behind it.
   * @param timeoutMs how long to wait; the operation goes on after it
   */
  outcome<Result = unknown>(
    accepted: AcceptedOperation,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<OperationOutcome<Result>>;
}

/** Results by kind, as found in `OperationOutcome.result`. */
export interface OperationResults {
  create: AddResult;
  add: AddResult;
  snapshot: { url: string };
  estimate: Estimate;
  images: CloudImage[];
  quotas: CloudQuotas;
}
