import type { Radl } from '@im/radl';
import type { ImIdentity, Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { KeptTosca } from '../model/kept-tosca.js';
import { accessibleInfrastructure } from './access.js';
import { DataRequests } from './data-requests.js';
import type {
  AcceptedOperation,
  InfrastructureRequests,
  OperationOutcome,
  RequestContext,
} from './infrastructure-requests.js';
import { LifecycleRequests } from './lifecycle-requests.js';
import { OperationAcceptance } from './operation-acceptance.js';
import { operationOutcome } from './operation-outcome.js';
import { QuestionRequests } from './question-requests.js';
import type { RequestPorts } from './request-ports.js';
import type { AcceptedUpdate, ToscaUpdate, UpdateOptions, UpdateState } from './tosca-update.js';
import { UpdateRequest } from './update-request.js';
import { VmRequests } from './vm-requests.js';

/** Accepts requests: checks, rows in one transaction, a wake-up (see InfrastructureRequests); one class per subject does the work. */
export class InfrastructureRequestService implements InfrastructureRequests {
  private readonly lifecycle: LifecycleRequests;
  private readonly updates: UpdateRequest;
  private readonly vms: VmRequests;
  private readonly questions: QuestionRequests;
  private readonly data: DataRequests;

  constructor(private readonly ports: RequestPorts) {
    const acceptance = new OperationAcceptance(ports);
    this.lifecycle = new LifecycleRequests(ports, acceptance);
    this.updates = new UpdateRequest(ports, acceptance);
    this.vms = new VmRequests(acceptance);
    this.questions = new QuestionRequests(ports, acceptance);
    this.data = new DataRequests(ports, acceptance);
  }

  create(
    context: RequestContext,
    radl: Radl,
    options: { async: boolean; tosca?: KeptTosca },
  ): Promise<AcceptedOperation> {
    return this.lifecycle.create(context, radl, options);
  }

  add(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    options: { contextualize: boolean; async?: boolean },
  ): Promise<AcceptedOperation> {
    return this.lifecycle.add(context, infrastructureId, radl, options);
  }

  update(
    context: RequestContext,
    infrastructureId: string,
    prepare: (state: UpdateState) => Promise<ToscaUpdate>,
    options: UpdateOptions,
  ): Promise<AcceptedUpdate> {
    return this.updates.update(context, infrastructureId, prepare, options);
  }

  remove(
    context: RequestContext,
    infrastructureId: string,
    vmIds: string,
    options: { contextualize: boolean },
  ): Promise<AcceptedOperation> {
    return this.lifecycle.remove(context, infrastructureId, vmIds, options);
  }

  destroy(
    context: RequestContext,
    infrastructureId: string,
    options: { force: boolean },
  ): Promise<AcceptedOperation> {
    return this.lifecycle.destroy(context, infrastructureId, options);
  }

  alter(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    radl: Radl,
  ): Promise<AcceptedOperation> {
    return this.vms.alter(context, infrastructureId, vmId, radl);
  }

  power(
    context: RequestContext,
    infrastructureId: string,
    action: 'start' | 'stop',
  ): Promise<AcceptedOperation> {
    return this.vms.power(context, infrastructureId, action);
  }

  vmPower(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    action: 'start' | 'stop' | 'reboot',
  ): Promise<AcceptedOperation> {
    return this.vms.vmPower(context, infrastructureId, vmId, action);
  }

  reconfigure(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    vmIds: number[] | null,
  ): Promise<AcceptedOperation> {
    return this.lifecycle.reconfigure(context, infrastructureId, radl, vmIds);
  }

  snapshot(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    snapshot: { disk: number; imageName: string; autoDelete: boolean },
  ): Promise<AcceptedOperation> {
    return this.vms.snapshot(context, infrastructureId, vmId, snapshot);
  }

  refresh(context: RequestContext, infrastructureId: string): Promise<AcceptedOperation | null> {
    return this.questions.refresh(context, infrastructureId);
  }

  estimate(context: RequestContext, radl: Radl): Promise<AcceptedOperation> {
    return this.questions.estimate(context, radl);
  }

  images(
    context: RequestContext,
    cloudId: string,
    filters: Record<string, string>,
  ): Promise<AcceptedOperation> {
    return this.questions.images(context, cloudId, filters);
  }

  quotas(context: RequestContext, cloudId: string): Promise<AcceptedOperation> {
    return this.questions.quotas(context, cloudId);
  }

  changeOwner(
    context: RequestContext,
    infrastructureId: string,
    owner: ImIdentity,
    options: { overwrite: boolean },
  ): Promise<void> {
    return this.data.changeOwner(context, infrastructureId, owner, options);
  }

  exportData(
    context: RequestContext,
    infrastructureId: string,
    options: { delete: boolean },
  ): Promise<string> {
    return this.data.exportData(context, infrastructureId, options);
  }

  importData(context: RequestContext, document: string): Promise<string> {
    return this.data.importData(context, document);
  }

  async find(requester: Requester, infrastructureId: string): Promise<Infrastructure> {
    return accessibleInfrastructure(this.ports.store, requester, infrastructureId);
  }

  async outcome<Result = unknown>(
    accepted: AcceptedOperation,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<OperationOutcome<Result>> {
    return operationOutcome<Result>(this.ports, accepted.operationId, timeoutMs, signal);
  }
}
