import type { CloudResource, Store } from '@im/domain';
import { openStore, readLeftBehind } from '@im/persistence';
import { describe, expect, it } from 'vitest';
import { sampleInfrastructure, sampleResource, silentLogger } from './samples.js';
import { TestSealer } from './test-sealer.js';

const hourMs = 3_600_000;

/**
 * What the leak report finds in every database.
 * @param url of an empty database, asked for when the test begins
 */
export function describeLeftBehind(name: string, url: () => Promise<string>): void {
  describe(`what is left behind, in ${name}`, () => {
    it('is every open row of a deleted infrastructure, and what has been unknown for long', async () => {
      const options = { url: await url(), logger: silentLogger };
      expect(await readLeftBehind(options, hourMs)).toEqual([]);

      const store = await openStore({ ...options, sealer: new TestSealer() });
      const now = await store.now();
      const [living, deleted] = [sampleInfrastructure(), sampleInfrastructure({ deletedAt: now - 5 })];
      const row = (id: string, given: Partial<CloudResource>) =>
        sampleResource(id, { updatedAt: now, ...given });
      const forgotten = [
        row(deleted.id, { state: 'unknown', kind: 'machine', vmId: 3, providerId: 'i-3', lastError: 'cut' }),
        row(deleted.id, { state: 'present', updatedAt: now - 10 }),
      ];
      const longUnknown = row(living.id, { state: 'unknown', updatedAt: now - hourMs - 60_000 });
      await store.transaction(async (tx) => {
        await tx.insertInfrastructure(living);
        await tx.insertInfrastructure(deleted);
        await tx.insertResources([
          ...forgotten,
          longUnknown,
          row(deleted.id, { state: 'gone' }),
          row(living.id, { state: 'unknown', updatedAt: now - 1_000 }),
          row(living.id, { state: 'present', updatedAt: now - 2 * hourMs }),
        ]);
      });

      expect(await readLeftBehind(options, hourMs)).toEqual([
        { ...longUnknown, infrastructureDeletedAt: null },
        { ...forgotten[1], infrastructureDeletedAt: now - 5 },
        { ...forgotten[0], infrastructureDeletedAt: now - 5 },
      ]);
      expect(await countsOf(store)).toEqual({ intended: 0, present: 1, deleting: 0, unknown: 1 });
      await store.close();
    });
  });
}

/** What the metric shows. */
async function countsOf(store: Store): Promise<Record<string, number>> {
  return Object.fromEntries(await store.countLeftBehind());
}
