import type { Radl } from '@im/radl';
import { completeReferences, emptyRadl, mergeRadl, RadlError, serializeRadl } from '@im/radl';
import type { Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { KeptTosca } from '../model/kept-tosca.js';
import { infrastructureName } from '../operations/infrastructure-name.js';
import { auditedOperation, requestOf } from '../operations/operation-requests.js';
import { accessibleInfrastructure, userNameOf, vmNamed } from './access.js';
import type { AcceptedOperation, RequestContext } from './infrastructure-requests.js';
import type { OperationAcceptance } from './operation-acceptance.js';
import { checkDocument } from './operation-acceptance.js';
import type { RequestPorts } from './request-ports.js';

/** Requests that make, grow, shrink, configure and end infrastructures. */
export class LifecycleRequests {
  constructor(
    private readonly ports: RequestPorts,
    private readonly acceptance: OperationAcceptance,
  ) {}

  async create(
    context: RequestContext,
    radl: Radl,
    options: { async: boolean; tosca?: KeptTosca },
  ): Promise<AcceptedOperation> {
    checkDocument(radl);
    const { ids } = this.ports;
    return this.acceptance.accept(context, async (tx) => {
      const now = await tx.now();
      const infrastructure = newInfrastructure(ids.infrastructure(), context.requester, now);
      infrastructure.radl = definitionsOf(radl);
      infrastructure.name = infrastructureName(radl);
      infrastructure.tosca = options.tosca ?? null;
      await tx.insertInfrastructure(infrastructure);
      const request = { radl: serializeRadl(radl), contextualize: true, async: options.async };
      return this.acceptance.insert(tx, context, 'create', infrastructure.id, request);
    });
  }

  async add(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    options: { contextualize: boolean; async?: boolean },
  ): Promise<AcceptedOperation> {
    checkDocument(radl);
    return this.acceptance.accept(context, async (tx) => {
      await this.acceptance.mutable(tx, context.requester, infrastructureId);
      return this.acceptance.insert(tx, context, 'add', infrastructureId, {
        radl: serializeRadl(radl),
        ...options,
      });
    });
  }

  async remove(
    context: RequestContext,
    infrastructureId: string,
    vmIds: string,
    options: { contextualize: boolean },
  ): Promise<AcceptedOperation> {
    return this.acceptance.accept(context, async (tx) => {
      await this.acceptance.mutable(tx, context.requester, infrastructureId);
      const vms = await tx.vms(infrastructureId);
      const numbers = vmIds.split(',').map((text) => vmNamed(vms, text).imId);
      return this.acceptance.insert(tx, context, 'remove', infrastructureId, { vmIds: numbers, ...options });
    });
  }

  async reconfigure(
    context: RequestContext,
    infrastructureId: string,
    radl: Radl,
    vmIds: number[] | null,
  ): Promise<AcceptedOperation> {
    return this.acceptance.accept(context, async (tx) => {
      await this.acceptance.mutable(tx, context.requester, infrastructureId);
      return this.acceptance.insert(tx, context, 'reconfigure', infrastructureId, {
        radl: serializeRadl(radl),
        vmIds,
      });
    });
  }

  async destroy(
    context: RequestContext,
    infrastructureId: string,
    options: { force: boolean },
  ): Promise<AcceptedOperation> {
    return this.acceptance.accept(context, async (tx) => {
      await accessibleInfrastructure(tx, context.requester, infrastructureId);
      const active = await tx.activeOperations(infrastructureId);
      const running = active.find((operation) => operation.kind === 'destroy');
      if (running !== undefined) {
        if (options.force && !requestOf(running, 'destroy').force) {
          await tx.saveOperationRequest({ id: running.id, request: options });
          const asked = { ...running, request: options, requester: userNameOf(context.requester) };
          await tx.appendEvents([
            { infrastructureId, kind: 'operation.forced', data: auditedOperation(asked) },
          ]);
        }
        return { operationId: running.id, infrastructureId };
      }
      for (const operation of active) {
        if (operation.state !== 'cancelling') {
          await tx.saveOperation({ ...operation, state: 'cancelling', notBefore: null });
        }
      }
      return this.acceptance.insert(
        tx,
        context,
        'destroy',
        infrastructureId,
        options,
        this.ports.options.destroyTimeoutMs,
      );
    });
  }
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
