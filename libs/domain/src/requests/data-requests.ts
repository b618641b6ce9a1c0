import { errorTexts, ImError } from '../errors.js';
import type { ImIdentity } from '../model/cloud.js';
import { openStates } from '../model/ledger.js';
import { accessibleInfrastructure, mayAccess, userNameOf } from './access.js';
import { exportDocument } from './export-document.js';
import { acceptOnce } from './idempotency.js';
import { importDocument } from './import-document.js';
import type { RequestContext } from './infrastructure-requests.js';
import type { OperationAcceptance } from './operation-acceptance.js';
import type { RequestPorts } from './request-ports.js';

/** Requests about the record of an infrastructure: its owners, its export and import. They are done when they are answered. */
export class DataRequests {
  constructor(
    private readonly ports: RequestPorts,
    private readonly acceptance: OperationAcceptance,
  ) {}

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
              data: {
                owner: owner.username,
                overwrite: options.overwrite,
                requester: userNameOf(context.requester),
              },
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
      const infrastructure = await this.acceptance.mutable(tx, context.requester, infrastructureId);
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
      const open = await tx.resources(infrastructureId, openStates);
      // The machines belong to whoever imports the document: this ledger has no say over them any more.
      await tx.saveResources(open.map((row) => ({ ...row, state: 'gone' as const, updatedAt: now })));
      await tx.appendEvents([
        {
          infrastructureId,
          kind: 'infrastructure.exported',
          data: { resources: open.length, requester: userNameOf(context.requester) },
        },
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
        const id = await importDocument(tx, this.ports.ids, context.requester, document);
        return { accepted: null, response: id };
      }),
    );
  }
}
