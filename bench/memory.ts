import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createSealer, loadOrCreateKeys } from '@im/auth';
import type { ImIdentity } from '@im/domain';
import { infrastructureLog } from '@im/domain';
import { openStore } from '@im/persistence';
import {
  sampleInfrastructure,
  sampleOperation,
  sampleVm,
  silentLogger,
} from '../test/persistence/samples.js';
import type { Figure } from './figure.js';
import { authorization, dummyCloud, ImClient } from './im-client.js';
import type { Owned } from './owned.js';
import { startService, temporaryFolder } from './service-under-test.js';

const idleMiB = 150;
const filledMiB = 300;
const infrastructures = 10_000;
/** Read in full after the restart; the cache of the service keeps fewer. */
const readShare = 3_000;
/** One in this many is asked for its state too, which looks at its machine again. */
const stateShare = 6;
const readers = 10;
/** Time for the service to come to rest. */
const restMs = 3_000;

/** Resident memory of the service: fresh, and with many infrastructures in its database of which it has read a good share. */
export async function benchMemory(owned: Owned): Promise<Figure[]> {
  const folder = temporaryFolder(owned);
  const service = await startService(owned, folder);
  await pause(restMs);
  const idle = residentMiB(service.pid, 'VmRSS');
  await service.stop();
  await fill(folder);
  const started = performance.now();
  await service.restart();
  const startSeconds = (performance.now() - started) / 1000;
  const client = new ImClient(service.url, authorization(dummyCloud));
  const listing = performance.now();
  const urls = (await client.get(`${service.url}/infrastructures`)).split('\n');
  const listSeconds = (performance.now() - listing) / 1000;
  if (urls.length !== infrastructures) {
    throw new Error(`The list has ${urls.length} of ${infrastructures} infrastructures.`);
  }
  const reading = performance.now();
  const requests = await readAll(client, urls.slice(0, readShare));
  const readSeconds = (performance.now() - reading) / 1000;
  await pause(restMs);
  return [
    {
      name: 'resident memory, idle',
      value: idle,
      unit: 'MiB',
      target: { bound: 'at most', value: idleMiB },
    },
    {
      name: `resident memory, ${infrastructures} infrastructures, ${readShare} read`,
      value: residentMiB(service.pid, 'VmRSS'),
      unit: 'MiB',
      target: { bound: 'at most', value: filledMiB },
    },
    { name: 'the same: most at any time', value: residentMiB(service.pid, 'VmHWM'), unit: 'MiB' },
    { name: 'start with them until the first answer', value: startSeconds, unit: 's' },
    { name: 'list of all of them', value: listSeconds, unit: 's' },
    { name: 'first reads (VMs, state, RADL, log)', value: requests / readSeconds, unit: 'requests/s' },
  ];
}

/** Field of /proc/<pid>/status: VmRSS now, VmHWM the most so far. */
function residentMiB(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}

/** Writes finished infrastructures of one VM into the database of the service, which must not run. */
async function fill(folder: string): Promise<void> {
  const sealer = createSealer(loadOrCreateKeys('', join(folder, 'encryption.key')));
  const store = await openStore({ url: join(folder, 'im.sqlite'), sealer, logger: silentLogger });
  const owner: ImIdentity = { username: 'bench', password: 'bench', admin: false };
  try {
    for (let portion = 0; portion < infrastructures / 100; portion++) {
      await store.transaction(async (tx) => {
        const now = await tx.now();
        for (let n = 0; n < 100; n++) {
          const infrastructure = sampleInfrastructure({
            owners: [owner],
            tosca: null,
            configured: true,
            nextVmId: 1,
            createdAt: now,
          });
          const { id } = infrastructure;
          await tx.insertInfrastructure(infrastructure);
          await tx.insertVms([
            sampleVm(id, 0, {
              status: 'live',
              providerState: 'running',
              providerId: `provider-${n}`,
              configured: true,
              lastSuccess: now,
            }),
          ]);
          await tx.insertOperation(sampleOperation(id, { state: 'succeeded', finishedAt: now }));
          await tx.appendLogs([
            { infrastructureId: id, scope: infrastructureLog, text: 'Select master VM\n'.repeat(20) },
            { infrastructureId: id, scope: 0, text: 'TASK [Write the page]\nchanged: [front]\n'.repeat(100) },
          ]);
        }
      });
    }
  } finally {
    await store.close();
  }
}

/** @returns the number of requests */
async function readAll(client: ImClient, urls: readonly string[]): Promise<number> {
  const left = urls.flatMap((url, index) => [
    url,
    `${url}/radl`,
    `${url}/contmsg`,
    ...(index % stateShare === 0 ? [`${url}/state`] : []),
  ]);
  const requests = left.length;
  await Promise.all(
    Array.from({ length: readers }, async () => {
      for (let url = left.pop(); url !== undefined; url = left.pop()) {
        await client.get(url);
      }
    }),
  );
  return requests;
}
