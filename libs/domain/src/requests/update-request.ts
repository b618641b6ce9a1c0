import type { Radl } from '@im/radl';
import { deserializeRadl, serializeRadl } from '@im/radl';
import { ImError } from '../errors.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Operation } from '../model/operation.js';
import type { Vm } from '../model/vm.js';
import { firstStep } from '../operations/new-operation.js';
import { requestOf } from '../operations/operation-requests.js';
import type { StoreReader, StoreTransaction } from '../ports/store.js';
import { accessibleInfrastructure, vmNamed } from './access.js';
import { acceptOnce, knownAnswer } from './idempotency.js';
import type { RequestContext } from './infrastructure-requests.js';
import type { OperationAcceptance } from './operation-acceptance.js';
import { checkDocument } from './operation-acceptance.js';
import type { RequestPorts } from './request-ports.js';
import type { AcceptedUpdate, ToscaUpdate, UpdateOptions, UpdateState } from './tosca-update.js';

/** How often the document is translated anew because somebody else changed the infrastructure meanwhile. */
const maxTries = 5;
/** How long earlier requests may keep the number of VMs open, unless the caller says it. */
const defaultWaitMs = 60_000;
/** How often the store is asked whether they do, although no notification came. */
const pollMs = 1000;

/** What a translation depended on is not so any more. */
class StateChangedError extends Error {}

/**
 * Changes an infrastructure by a TOSCA document (spec: tosca.md 9). The document says how many VMs there shall be, so it is translated
 * outside of any transaction and accepted only if nothing that the translation counted has changed by then.
 */
export class UpdateRequest {
  constructor(
    private readonly ports: RequestPorts,
    private readonly acceptance: OperationAcceptance,
  ) {}

  /** See InfrastructureRequests.update. */
  async update(
    context: RequestContext,
    infrastructureId: string,
    prepare: (state: UpdateState) => Promise<ToscaUpdate>,
    options: UpdateOptions,
  ): Promise<AcceptedUpdate> {
    const { store, sealer, clock } = this.ports;
    const until = clock.now() + (options.waitMs ?? defaultWaitMs);
    for (let tries = 0; tries < maxTries; tries++) {
      const known = await knownAnswer<AcceptedUpdate>(store, sealer, context);
      if (known !== null) {
        return known.answer;
      }
      const state = await this.settledState(context, infrastructureId, until, options.signal);
      const update = await prepare(state);
      checkDocument(update.radl);
      for (const vmId of update.remove) {
        vmNamed(state.vms, String(vmId));
      }
      try {
        return await this.commit(context, state, update, options);
      } catch (error) {
        if (!(error instanceof StateChangedError)) {
          throw error;
        }
      }
    }
    throw new ImError(
      'Conflict',
      'Other requests went on changing this infrastructure, so nothing was changed by this one: try again.',
    );
  }

  /** The state once the number of VMs does not depend on earlier requests any more. @throws ImError `Conflict` when it goes on to */
  private async settledState(
    { requester }: RequestContext,
    infrastructureId: string,
    until: number,
    signal?: AbortSignal,
  ): Promise<UpdateState> {
    const { store, clock, notifier, pause } = this.ports;
    let news = false;
    let wake: (() => void) | null = null;
    const nudge = (): void => {
      news = true;
      wake?.();
    };
    const unsubscribe = notifier.subscribe(`inf-${infrastructureId}`, nudge);
    signal?.addEventListener('abort', nudge, { once: true });
    try {
      for (;;) {
        news = false;
        const infrastructure = await accessibleInfrastructure(store, requester, infrastructureId);
        const found = await countedState(store, infrastructure);
        if (found !== null) {
          return found;
        }
        const left = until - clock.now();
        if (left <= 0 || signal?.aborted === true) {
          throw new ImError(
            'Conflict',
            'Earlier requests for this infrastructure have yet to say which VMs they add, so nothing was changed: try again later.',
          );
        }
        if (!news) {
          await pause(Math.min(left, pollMs), (early) => {
            wake = early;
          });
          wake = null;
        }
      }
    } finally {
      unsubscribe();
      signal?.removeEventListener('abort', nudge);
    }
  }

  /** @throws StateChangedError when the document must be translated again */
  private async commit(
    context: RequestContext,
    state: UpdateState,
    update: ToscaUpdate,
    options: UpdateOptions,
  ): Promise<AcceptedUpdate> {
    const { store, sealer } = this.ports;
    const { id } = state.infrastructure;
    const answer = await store.transaction((tx) =>
      acceptOnce(tx, sealer, context, async () => {
        const row = await this.acceptance.mutable(tx, context.requester, id);
        const current = await countedState(tx, row);
        if (current === null || fingerprint(current) !== fingerprint(state)) {
          throw new StateChangedError();
        }
        // Its version must be the one read: inserting operations raises it.
        await tx.saveInfrastructure({ ...row, tosca: update.tosca });
        const response = await this.insertOperations(tx, context, id, update, options);
        return { accepted: response.add, response };
      }),
    );
    await this.acceptance.wake(id);
    return answer;
  }

  private async insertOperations(
    tx: StoreTransaction,
    context: RequestContext,
    infrastructureId: string,
    { radl: document, remove: vmIds }: ToscaUpdate,
    { contextualize, async: isAsync = false }: UpdateOptions,
  ): Promise<AcceptedUpdate> {
    const { acceptance } = this;
    const radl = serializeRadl(document);
    const update: AcceptedUpdate = {
      infrastructureId,
      remove: null,
      add: null,
      reconfigure: null,
      toRemove: vmIds.length,
    };
    const remove = () => acceptance.insert(tx, context, 'remove', infrastructureId, { vmIds, contextualize });
    if (asksForVms(document)) {
      // What is removed makes room for what is added.
      update.remove = vmIds.length === 0 ? null : await remove();
      const request = { radl, contextualize, async: isAsync };
      update.add = await acceptance.insert(tx, context, 'add', infrastructureId, request);
      return update;
    }
    // Whatever contextualizes the VMs that stay comes after the definitions it needs.
    update.add = await acceptance.insert(tx, context, 'add', infrastructureId, {
      radl,
      contextualize: false,
      definitionsOnly: true,
      async: isAsync,
    });
    if (vmIds.length > 0) {
      update.remove = await remove();
    } else if (contextualize) {
      const request = { radl, vmIds: null };
      update.reconfigure = await acceptance.insert(tx, context, 'reconfigure', infrastructureId, request);
    }
    return update;
  }
}

/**
 * The VMs that there will be when all accepted requests are done: those that are being removed do not count. null while a request that
 * adds VMs has not yet made their rows.
 */
async function countedState(store: StoreReader, infrastructure: Infrastructure): Promise<UpdateState | null> {
  // Before the VMs: what is planned between the two reads is among them.
  const active = await store.activeOperations(infrastructure.id);
  const all = await store.vms(infrastructure.id);
  if (active.some(willAddVms)) {
    return null;
  }
  const leaving = new Set(active.flatMap(removedVms));
  return { infrastructure, vms: all.filter((vm) => stays(vm) && !leaving.has(vm.imId)) };
}

function stays({ status }: Vm): boolean {
  return status !== 'destroyed' && status !== 'finalizing';
}

function removedVms(operation: Operation): number[] {
  return operation.kind === 'remove' ? requestOf(operation, 'remove').vmIds : [];
}

/** Whether VMs of the operation are still without rows: its first step writes them. */
function willAddVms(operation: Operation): boolean {
  return (
    (operation.kind === 'create' || operation.kind === 'add') &&
    operation.step === firstStep &&
    asksForVms(deserializeRadl(requestOf(operation, 'create', 'add').radl))
  );
}

function asksForVms(radl: Radl): boolean {
  return radl.deploys.some((deploy) => deploy.vmNumber > 0);
}

/** Everything a translation may depend on; the version says nothing, since it rises with every state of a VM. */
function fingerprint({ infrastructure, vms }: UpdateState): string {
  const { tosca, radl } = infrastructure;
  return JSON.stringify([tosca, serializeRadl(radl), vms.map((vm) => vm.imId)]);
}
