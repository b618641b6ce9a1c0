import type { Radl } from '@im/radl';
import { checkRadl, completeReferences, emptyRadl, mergeRadl, RadlError, serializeRadl } from '@im/radl';
import { errorTexts, ImError } from '../errors.js';
import type { ImIdentity, Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { KeptTosca } from '../model/kept-tosca.js';
import type { Operation, OperationKind } from '../model/operation.js';
import type { VmSummary } from '../model/vm.js';
import { infrastructureName } from '../operations/infrastructure-name.js';
import { newOperation } from '../operations/new-operation.js';
import type { OperationRequests } from '../operations/operation-requests.js';
import { checkDeployNumbers } from '../planning/deploy-limit.js';
import type { StoreTransaction } from '../ports/store.js';
import { accessibleInfrastructure, mayAccess, vmNamed } from './access.js';
import { exportDocument } from './export-document.js';
import { acceptOnce } from './idempotency.js';
import { importDocument } from './import-document.js';
import type {
  AcceptedOperation,
  InfrastructureRequests,
  OperationOutcome,
  RequestContext,
} from './infrastructure-requests.js';
import { operationOutcome } from './operation-outcome.js';
import type { RequestPorts } from './request-ports.js';

/** Credentials of an operation are gone at the latest after this time. */
const credentialLifetimeMs = 48 * 3600 * 1000;

/** Questions to clouds and refreshes are given up after this time. */
const questionTimeLimitMs = 120_000;

/** Accepts requests: checks, rows in one transaction, a wake-up (see InfrastructureRequests). */
export class InfrastructureRequestService implements InfrastructureRequests {
  constructor(private readonly ports: RequestPorts) {}

  async create(
    context: RequestContext,
    radl: Radl,
    options: { async: boolean; tosca?: KeptTosca },
  ): Promise<AcceptedOperation> {
    checkDocument(radl);
    const { ids } = this.ports;
    return this.accept(context, async (tx) => {
      const now = await tx.now();
      const infrastructure = newInfrastructure(ids.infrastructure(), context.requester, now);
      infrastructure.radl = definitionsOf(radl);
      infrastructure.name = infrastructureName(radl);
      infrastructure.tosca = options.tosca ?? null;
      await tx.insertInfrastructure(infrastructure);
      const request = { radl: serializeRadl(radl), contextualize: true, async: options.async };
      return this.insert(tx, context, 'create', infrastructure.id, request);
    });
  }

  async add(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    options: { contextualize: boolean },
  ): Promise<AcceptedOperation> {
    checkDocument(radl);
    return this.accept(context, async (tx) => {
      await this.mutable(tx, context.requester, infrastructureId);
      return this.insert(tx, context, 'add', infrastructureId, { radl: serializeRadl(radl), ...options });
    });
  }

  async remove(
    context: RequestContext,
    infrastructureId: string,
    vmIds: string,
    options: { contextualize: boolean },
  ): Promise<AcceptedOperation> {
    return this.accept(context, async (tx) => {
      await this.mutable(tx, context.requester, infrastructureId);
      const vms = await tx.vms(infrastructureId);
      const numbers = vmIds.split(',').map((text) => vmNamed(vms, text).imId);
      return this.insert(tx, context, 'remove', infrastructureId, { vmIds: numbers, ...options });
    });
  }

  async destroy(
    context: RequestContext,
    infrastructureId: string,
    options: { force: boolean },
  ): Promise<AcceptedOperation> {
    return this.accept(context, async (tx) => {
      await accessibleInfrastructure(tx, context.requester, infrastructureId);
      const active = await tx.activeOperations(infrastructureId);
      const running = active.find((operation) => operation.kind === 'destroy');
      if (running !== undefined) {
        return { operationId: running.id, infrastructureId };
      }
      for (const operation of active) {
        if (operation.state !== 'cancelling') {
          await tx.saveOperation({ ...operation, state: 'cancelling', notBefore: null });
        }
      }
      return this.insert(
        tx,
        context,
        'destroy',
        infrastructureId,
        options,
        this.ports.options.destroyTimeoutMs,
      );
    });
  }

  async alter(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    radl: Radl,
  ): Promise<AcceptedOperation> {
    return this.accept(context, async (tx) => {
      await this.mutable(tx, context.requester, infrastructureId);
      const vm = vmNamed(await tx.vms(infrastructureId), vmId);
      if (!radl.systems.some((system) => system.id === vm.system)) {
        throw new ImError('InvalidRequest', `Incorrect RADL no system with name ${vm.system} provided.`);
      }
      return this.insert(tx, context, 'alter', infrastructureId, {
        vmId: vm.imId,
        radl: serializeRadl(radl),
      });
    });
  }

  async power(
    context: RequestContext,
    infrastructureId: string,
    action: 'start' | 'stop',
  ): Promise<AcceptedOperation> {
    return this.accept(context, async (tx) => {
      await this.mutable(tx, context.requester, infrastructureId);
      return this.insert(tx, context, action, infrastructureId, { vmId: null });
    });
  }

  async vmPower(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    action: 'start' | 'stop' | 'reboot',
  ): Promise<AcceptedOperation> {
    return this.accept(context, async (tx) => {
      await this.mutable(tx, context.requester, infrastructureId);
      const vm = vmNamed(await tx.vms(infrastructureId), vmId);
      return this.insert(tx, context, action, infrastructureId, { vmId: vm.imId });
    });
  }

  async reconfigure(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    vmIds: number[] | null,
  ): Promise<AcceptedOperation> {
    return this.accept(context, async (tx) => {
      await this.mutable(tx, context.requester, infrastructureId);
      return this.insert(tx, context, 'reconfigure', infrastructureId, { radl: serializeRadl(radl), vmIds });
    });
  }

  async snapshot(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    snapshot: { disk: number; imageName: string; autoDelete: boolean },
  ): Promise<AcceptedOperation> {
    return this.accept(context, async (tx) => {
      await this.mutable(tx, context.requester, infrastructureId);
      const vm = vmNamed(await tx.vms(infrastructureId), vmId);
      return this.insert(tx, context, 'snapshot', infrastructureId, { vmId: vm.imId, ...snapshot });
    });
  }

  async refresh(context: RequestContext, infrastructureId: string): Promise<AcceptedOperation | null> {
    const { store, options } = this.ports;
    const [now, vms] = await Promise.all([store.now(), store.vmSummaries(infrastructureId)]);
    const due = vms.some(
      (vm) => vm.status === 'live' && now - (vm.lastSuccess ?? 0) > options.vmInfoUpdateFrequencyMs,
    );
    if (!due || (await this.askedLately(infrastructureId, vms, now))) {
      return null;
    }
    return this.accept({ requester: context.requester }, async (tx) => {
      const running = (await tx.activeOperations(infrastructureId)).find(
        (operation) => operation.kind === 'refresh',
      );
      return running === undefined
        ? this.insert(tx, context, 'refresh', infrastructureId, {}, questionTimeLimitMs)
        : { operationId: running.id, infrastructureId };
    });
  }

  async estimate(context: RequestContext, radl: Radl): Promise<AcceptedOperation> {
    checkDocument(radl);
    const request = { radl: serializeRadl(radl) };
    // It changes nothing, and its operation is deleted earlier than an idempotency key: the same question is asked again.
    return this.accept({ requester: context.requester }, (tx) =>
      this.insert(tx, context, 'estimate', null, request, questionTimeLimitMs),
    );
  }

  async images(
    context: RequestContext,
    cloudId: string,
    filters: Record<string, string>,
  ): Promise<AcceptedOperation> {
    this.requireCloud(context, cloudId);
    const request = { cloudId, filters };
    return this.accept(context, (tx) =>
      this.insert(tx, context, 'images', null, request, questionTimeLimitMs),
    );
  }

  async quotas(context: RequestContext, cloudId: string): Promise<AcceptedOperation> {
    this.requireCloud(context, cloudId);
    return this.accept(context, (tx) =>
      this.insert(tx, context, 'quotas', null, { cloudId }, questionTimeLimitMs),
    );
  }

  async changeOwner(
    context: RequestContext,
    infrastructureId: string,
    owner: ImIdentity,
    options: { overwrite: boolean },
  ): Promise<void> {
    const { store, sealer, notifier } = this.ports;
    await store.transaction((tx) =>
      acceptOnce(tx, sealer, context, async () => {
        const infrastructure = await accessibleInfrastructure(tx, context.requester, infrastructureId);
        // Who has access already is not written down once more; an administrator always has.
        if (options.overwrite || !mayAccess([owner], infrastructure.owners)) {
          infrastructure.owners = options.overwrite ? [owner] : [...infrastructure.owners, owner];
          await tx.saveInfrastructure(infrastructure);
          await tx.appendEvents([
            {
              infrastructureId,
              kind: 'owner.changed',
              data: { owner: owner.username, overwrite: options.overwrite },
            },
          ]);
        }
        return { accepted: null, response: null };
      }),
    );
    await notifier.publish(`inf-${infrastructureId}`);
  }

  async exportData(
    context: RequestContext,
    infrastructureId: string,
    options: { delete: boolean },
  ): Promise<string> {
    const { store } = this.ports;
    if (!options.delete) {
      const infrastructure = await accessibleInfrastructure(store, context.requester, infrastructureId);
      return exportDocument(
        infrastructure,
        await store.vms(infrastructureId),
        await store.logs(infrastructureId),
      );
    }
    const text = await store.transaction(async (tx) => {
      const infrastructure = await this.mutable(tx, context.requester, infrastructureId);
      const active = await tx.activeOperations(infrastructureId);
      if (active.some((operation) => operation.lane === 'mutation')) {
        // Machines that a launch is still making would be in no document and in no ledger.
        throw new ImError('IncorrectState', errorTexts.incorrectState);
      }
      const now = await tx.now();
      const exported = exportDocument(
        infrastructure,
        await tx.vms(infrastructureId),
        await tx.logs(infrastructureId),
      );
      infrastructure.deletedAt = now;
      await tx.saveInfrastructure(infrastructure);
      for (const operation of active) {
        await tx.saveOperation({ ...operation, state: 'cancelling', notBefore: null });
      }
      const open = await tx.resources(infrastructureId, ['intended', 'present', 'deleting', 'unknown']);
      // The machines belong to whoever imports the document: this ledger has no say over them any more.
      await tx.saveResources(open.map((row) => ({ ...row, state: 'gone' as const, updatedAt: now })));
      await tx.appendEvents([
        { infrastructureId, kind: 'infrastructure.exported', data: { resources: open.length } },
      ]);
      return exported;
    });
    await this.ports.queue.wake({ kind: 'infrastructure', infrastructureId });
    await this.ports.notifier.publish(`inf-${infrastructureId}`);
    return text;
  }

  async importData(context: RequestContext, document: string): Promise<string> {
    const { store, sealer } = this.ports;
    return store.transaction((tx) =>
      acceptOnce(tx, sealer, context, async () => {
        const id = await importDocument(tx, context.requester, document);
        return { accepted: null, response: id };
      }),
    );
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

  /** Commits the rows of a request and wakes a worker. */
  private async accept(
    context: RequestContext,
    write: (tx: StoreTransaction) => Promise<AcceptedOperation>,
  ): Promise<AcceptedOperation> {
    const { store, sealer, queue, notifier } = this.ports;
    const accepted = await store.transaction((tx) =>
      acceptOnce(tx, sealer, context, async () => {
        const operation = await write(tx);
        return { accepted: operation, response: operation };
      }),
    );
    if (accepted.infrastructureId === null) {
      await queue.wake({ kind: 'operation', operationId: accepted.operationId });
    } else {
      await notifier.publish(`inf-${accepted.infrastructureId}`);
      await queue.wake({ kind: 'infrastructure', infrastructureId: accepted.infrastructureId });
    }
    return accepted;
  }

  private async insert<Kind extends OperationKind>(
    tx: StoreTransaction,
    context: RequestContext,
    kind: Kind,
    infrastructureId: string | null,
    request: OperationRequests[Kind],
    timeLimitMs?: number,
  ): Promise<AcceptedOperation> {
    const now = await tx.now();
    const operation: Operation = newOperation(this.ports.ids, now, {
      kind,
      infrastructureId,
      request,
      requester: context.requester.identities[0]?.username ?? '',
      ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    });
    await tx.insertOperation(operation);
    await tx.insertCredentials(operation.id, context.requester.items, now + credentialLifetimeMs);
    return { operationId: operation.id, infrastructureId };
  }

  /** The infrastructure, unless a destroy is under way. */
  private async mutable(tx: StoreTransaction, requester: Requester, id: string): Promise<Infrastructure> {
    const infrastructure = await accessibleInfrastructure(tx, requester, id);
    const active = await tx.activeOperations(id);
    if (active.some((operation) => operation.kind === 'destroy')) {
      throw new ImError('InvalidRequest', errorTexts.deletedDoNotAdd);
    }
    return infrastructure;
  }

  private requireCloud(context: RequestContext, cloudId: string): void {
    if (!context.requester.clouds.some((access) => access.cloud.id === cloudId)) {
      throw new ImError('InvalidRequest', `Cloud ID ${cloudId} not found.`);
    }
  }
}

/** @throws RadlError or ImError */
function checkDocument(radl: Radl): void {
  checkRadl(radl);
  checkDeployNumbers(radl);
}

function newInfrastructure(id: string, requester: Requester, now: number): Infrastructure {
  return {
    id,
    version: 1,
    owners: requester.identities,
    name: null,
    radl: emptyRadl(),
    tosca: null,
    privateNetworks: {},
    nextVmId: 0,
    masterVmId: null,
    configured: null,
    ansibleConfigured: null,
    snapshots: [],
    extra: {},
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  };
}

/** The stored document of a new infrastructure; one with unknown references is refused later, by the operation. */
function definitionsOf(radl: Radl): Radl {
  try {
    return mergeRadl(emptyRadl(), completeReferences(radl, emptyRadl()));
  } catch (error) {
    if (error instanceof RadlError) {
      return emptyRadl();
    }
    throw error;
  }
}
