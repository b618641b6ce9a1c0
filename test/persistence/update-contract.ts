import { randomUUID } from 'node:crypto';
import type { Store, ToscaUpdate, UpdateState } from '@im/domain';
import { InfrastructureRequestService } from '@im/domain';
import { emptyRadl } from '@im/radl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDomainOptions } from '../fakes/work-ports.js';
import { sampleInfrastructure, sampleVm, startOfTime } from './samples.js';
import { TestSealer } from './test-sealer.js';

const tosca = { document: 'count: 1', containerId: '0a1b2c3d', generatedInputs: {} };

/** The translation of a document that wants one VM. */
async function oneVm({ vms }: UpdateState): Promise<ToscaUpdate> {
  const surplus = vms.slice(0, Math.max(vms.length - 1, 0));
  return { radl: emptyRadl(), remove: surplus.map((vm) => vm.imId), tosca };
}

/** The requests of a service whose workers stand still. */
function requestsOn(store: Store): InfrastructureRequestService {
  return new InfrastructureRequestService({
    store,
    queue: {
      wake: async () => undefined,
      start: () => undefined,
      depth: async () => 0,
      stop: async () => undefined,
    },
    notifier: { publish: async () => undefined, subscribe: () => () => undefined },
    sealer: new TestSealer(),
    clock: { now: () => startOfTime },
    ids: { infrastructure: randomUUID, operation: () => randomUUID(), resource: randomUUID },
    options: testDomainOptions,
    pause: async () => undefined,
  });
}

/**
 * What a database must do for TOSCA documents that come together (libs/domain/src/requests/update-request.ts).
 * @param open opens the same database again and again
 * @param replicas how many services work on one database
 */
export function describeUpdates(name: string, open: () => Promise<Store>, replicas: number): void {
  describe(`TOSCA documents on ${name}`, () => {
    let stores: Store[];

    beforeAll(async () => {
      stores = await Promise.all(Array.from({ length: replicas }, open));
    });

    afterAll(async () => {
      await Promise.all(stores.map((store) => store.close()));
    });

    it('change an infrastructure at once as if they had come one after the other', async () => {
      const infrastructure = sampleInfrastructure({ nextVmId: 3 });
      const { id, owners } = infrastructure;
      const [store] = stores;
      await store?.transaction(async (tx) => {
        await tx.insertInfrastructure(infrastructure);
        await tx.insertVms([0, 1, 2].map((imId) => sampleVm(id, imId, { status: 'live' })));
      });
      const context = { requester: { identities: owners, clouds: [], items: [] } };
      await Promise.all(
        [...stores, ...stores, ...stores]
          .slice(0, 4)
          .map((each) => requestsOn(each).update(context, id, oneVm, { contextualize: false })),
      );

      const removals = (await store?.activeOperations(id))?.filter(({ kind }) => kind === 'remove');
      expect(removals?.map(({ request }) => request)).toEqual([{ vmIds: [0, 1], contextualize: false }]);
      expect((await store?.infrastructure(id))?.tosca).toEqual(tosca);
    });
  });
}
