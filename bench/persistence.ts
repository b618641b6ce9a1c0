import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@im/domain';
import { openStore } from '@im/persistence';
import {
  sampleInfrastructure,
  sampleOperation,
  sampleVm,
  silentLogger,
} from '../test/persistence/samples.js';
import { TestSealer } from '../test/persistence/test-sealer.js';

const vmCount = 1000;
const infrastructureCount = 10_000;

/**
 * What the store costs on a SQLite file in a temporary folder, or on the database of IM_BENCH_DB.
 * @returns milliseconds per call, except those whose names end in Us (microseconds) or MiB
 */
export async function benchPersistence(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'im-bench-'));
  const url = process.env['IM_BENCH_DB'] ?? join(folder, 'bench.sqlite');
  const store = await openStore({ url, sealer: new TestSealer(), logger: silentLogger });
  try {
    return { ...(await ofOneInfrastructure(store)), ...(await ofManyInfrastructures(store)) };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ofOneInfrastructure(store: Store): Promise<Record<string, number>> {
  const infrastructure = sampleInfrastructure({ nextVmId: vmCount });
  const { id } = infrastructure;
  const vms = Array.from({ length: vmCount }, (_, imId) => sampleVm(id, imId));
  await store.transaction((tx) => tx.insertInfrastructure(infrastructure));
  const insertVms = await timed(1, () => store.transaction((tx) => tx.insertVms(vms)));
  const lease = await store.acquireLease(`${id}/launch-0`, 'bench', 600_000);
  if (lease === null) {
    throw new Error('The lease of the bench is held.');
  }
  const claimAndSave = await timed(vmCount, async () => {
    const vm = await store.transaction((tx) => tx.claimVmToLaunch(id, lease), lease);
    if (vm !== null) {
      await store.transaction(
        (tx) => tx.saveVms([{ ...vm, status: 'live', providerId: `p${vm.imId}` }]),
        lease,
      );
    }
  });
  const loaded = await store.vms(id);
  const operation = sampleOperation(id);
  return {
    insert1000Vms: insertVms,
    claimAndSaveVm: claimAndSave,
    load1000Vms: await timed(5, () => store.vms(id)),
    save1000Vms: await timed(1, () =>
      store.transaction((tx) => tx.saveVms(loaded.map((vm) => ({ ...vm, configured: true })))),
    ),
    summariesOf1000Vms: await timed(50, () => store.vmSummaries(id)),
    infrastructureVersionUs: 1000 * (await timed(5000, () => store.infrastructureVersion(id))),
    loadInfrastructureUs: 1000 * (await timed(500, () => store.infrastructure(id))),
    insertOperation: await timed(1, () => store.transaction((tx) => tx.insertOperation(operation))),
    saveOperation: await timed(500, () => store.transaction((tx) => tx.saveOperation(operation))),
    appendLog: await timed(500, (n) =>
      store.transaction((tx) =>
        tx.appendLogs([
          { infrastructureId: id, scope: 0, text: 'x'.repeat(500), run: { runId: 'r', offset: n } },
        ]),
      ),
    ),
    append500Events: await timed(10, () =>
      store.transaction((tx) =>
        tx.appendEvents(
          Array.from({ length: 500 }, (_, n) => ({ infrastructureId: id, kind: 'vm', data: { n } })),
        ),
      ),
    ),
    acquireAndReleaseLease: await timed(500, async (n) => {
      const held = await store.acquireLease(`k${n}`, 'bench', 1000);
      if (held !== null) {
        await store.releaseLease(held);
      }
    }),
  };
}

async function ofManyInfrastructures(store: Store): Promise<Record<string, number>> {
  const owner = { username: 'many', password: 'p', admin: false };
  const insert = await timed(infrastructureCount / 100, () =>
    store.transaction(async (tx) => {
      for (let n = 0; n < 100; n++) {
        const infrastructure = sampleInfrastructure({ owners: [owner] });
        await tx.insertInfrastructure(infrastructure);
        await tx.insertVms([sampleVm(infrastructure.id, 0, { status: 'live' })]);
        await tx.insertOperation(sampleOperation(infrastructure.id, { state: 'succeeded' }));
      }
    }),
  );
  return {
    insert100Infrastructures: insert,
    listOf10000Ids: await timed(5, () => store.infrastructureIds({ owners: [owner] })),
    unattendedWork: await timed(20, () => store.unattendedWork(100)),
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
  };
}

/** Mean milliseconds of a call. */
async function timed(times: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < times; n++) {
    await work(n);
  }
  return (performance.now() - start) / times;
}
