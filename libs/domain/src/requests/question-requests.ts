import type { Radl } from '@im/radl';
import { serializeRadl } from '@im/radl';
import { ImError } from '../errors.js';
import type { VmSummary } from '../model/vm.js';
import type { AcceptedOperation, RequestContext } from './infrastructure-requests.js';
import type { OperationAcceptance } from './operation-acceptance.js';
import { checkDocument } from './operation-acceptance.js';
import type { RequestPorts } from './request-ports.js';

/** Questions to clouds and refreshes are given up after this time. */
const questionTimeLimitMs = 120_000;

/** Requests that ask clouds and change nothing there. */
export class QuestionRequests {
  constructor(
    private readonly ports: RequestPorts,
    private readonly acceptance: OperationAcceptance,
  ) {}

  async refresh(context: RequestContext, infrastructureId: string): Promise<AcceptedOperation | null> {
    const { store, options } = this.ports;
    const [now, vms] = await Promise.all([store.now(), store.vmSummaries(infrastructureId)]);
    const due = vms.some(
      (vm) => vm.status === 'live' && now - (vm.lastSuccess ?? 0) > options.vmInfoUpdateFrequencyMs,
    );
    if (!due || (await this.askedLately(infrastructureId, vms, now))) {
      return null;
    }
    return this.acceptance.accept({ requester: context.requester }, async (tx) => {
      const running = (await tx.activeOperations(infrastructureId)).find(
        (operation) => operation.kind === 'refresh',
      );
      return running === undefined
        ? this.acceptance.insert(tx, context, 'refresh', infrastructureId, {}, questionTimeLimitMs)
        : { operationId: running.id, infrastructureId };
    });
  }

  async estimate(context: RequestContext, radl: Radl): Promise<AcceptedOperation> {
    checkDocument(radl);
    const request = { radl: serializeRadl(radl) };
    // It changes nothing, and its operation is deleted earlier than an idempotency key: the same question is asked again.
    return this.acceptance.accept({ requester: context.requester }, (tx) =>
      this.acceptance.insert(tx, context, 'estimate', null, request, questionTimeLimitMs),
    );
  }

  async images(
    context: RequestContext,
    cloudId: string,
    filters: Record<string, string>,
  ): Promise<AcceptedOperation> {
    this.requireCloud(context, cloudId);
    const request = { cloudId, filters };
    return this.acceptance.accept(context, (tx) =>
      this.acceptance.insert(tx, context, 'images', null, request, questionTimeLimitMs),
    );
  }

  async quotas(context: RequestContext, cloudId: string): Promise<AcceptedOperation> {
    this.requireCloud(context, cloudId);
    return this.acceptance.accept(context, (tx) =>
      this.acceptance.insert(tx, context, 'quotas', null, { cloudId }, questionTimeLimitMs),
    );
  }

  /** A cloud that fails is not asked more often than one that answers. */
  private async askedLately(
    infrastructureId: string,
    vms: readonly VmSummary[],
    now: number,
  ): Promise<boolean> {
    if (vms.every((vm) => vm.failingSince === null)) {
      return false;
    }
    const last = await this.ports.store.latestOperation(infrastructureId, 'refresh');
    const finishedAt = last?.finishedAt ?? null;
    return finishedAt !== null && now - finishedAt <= this.ports.options.vmInfoUpdateFrequencyMs;
  }

  private requireCloud(context: RequestContext, cloudId: string): void {
    if (!context.requester.clouds.some((access) => access.cloud.id === cloudId)) {
      throw new ImError('InvalidRequest', `Cloud ID ${cloudId} not found.`);
    }
  }
}
