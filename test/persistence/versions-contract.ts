import type { Infrastructure, Store } from '@im/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleInfrastructure } from './samples.js';

/** What a database must tell readers that ask for versions at once. @param open opens it */
export function describeVersions(name: string, open: () => Promise<Store>): void {
  describe(`versions of infrastructures on ${name}`, () => {
    let store: Store;

    beforeAll(async () => {
      store = await open();
    });

    afterAll(async () => {
      await store.close();
    });

    async function inserted(given: Partial<Infrastructure> = {}): Promise<Infrastructure> {
      const infrastructure = sampleInfrastructure(given);
      await store.transaction((tx) => tx.insertInfrastructure(infrastructure));
      return infrastructure;
    }

    function versions(ids: readonly string[]): Promise<unknown[]> {
      return Promise.all(ids.map((id) => store.infrastructureVersion(id)));
    }

    it('are told to each who asks, deleted and missing ones too', async () => {
      const many = await Promise.all(Array.from({ length: 12 }, () => inserted()));
      const gone = await inserted({ deletedAt: 7 });
      const [changed = gone] = many;
      await store.transaction((tx) => tx.saveInfrastructure({ ...changed, nextVmId: 9 }));
      const told = await versions([...many.map(({ id }) => id), gone.id, 'none']);
      expect(told).toEqual([
        ...many.map((infrastructure) => ({ version: infrastructure === changed ? 2 : 1, deleted: false })),
        { version: 1, deleted: true },
        null,
      ]);
    });

    it('are those after a change that was finished before the question, whoever else asked before', async () => {
      const [one, other] = [await inserted(), await inserted()];
      const before = versions([one.id, other.id]);
      await store.transaction((tx) => tx.saveInfrastructure({ ...one, nextVmId: 9 }));
      const after = versions([one.id, other.id]);
      expect(await after).toMatchObject([{ version: 2 }, { version: 1 }]);
      expect(await before).toMatchObject([expect.anything(), { version: 1 }]);
    });
  });
}
