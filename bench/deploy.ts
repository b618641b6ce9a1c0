import type { Figure } from './figure.js';
import { median } from './figure.js';
import { authorization, dummyCloud, dummyRadl, ImClient } from './im-client.js';
import type { Owned } from './owned.js';
import { startService } from './service-under-test.js';

const creationSeconds = 5;
const clients = 10;
const largeVms = 1000;
const largeRuns = 3;
const largeSeconds = 2;
/** The other server may be much slower: what it does not reach by then is reported as this time. */
const otherLimitMs = 45_000;

/** Creations/s of small infrastructures and the time of a large one, all on the Dummy cloud. */
export async function benchDeploy(owned: Owned, against: string | null): Promise<Figure[]> {
  const service = await startService(owned);
  const client = new ImClient(service.url, authorization(dummyCloud));
  await creationsPerSecond(client, 1);
  const creations = await creationsPerSecond(client, creationSeconds);
  const times: number[] = [];
  const destroyTimes: number[] = [];
  for (let run = 0; run < largeRuns; run++) {
    const { url, seconds } = await largeCreation(client, 60_000);
    times.push(seconds);
    const start = performance.now();
    await client.destroy(url);
    destroyTimes.push((performance.now() - start) / 1000);
  }
  const large = median(times);
  const figures: Figure[] = [
    { name: 'creations of one-VM infrastructures', value: creations, unit: 'creations/s' },
    {
      name: `${largeVms} VMs: POST to all launched`,
      value: large,
      unit: 's',
      target: { bound: 'at most', value: largeSeconds },
    },
    { name: `${largeVms} VMs: DELETE to all gone`, value: median(destroyTimes), unit: 's' },
  ];
  if (against !== null) {
    figures.push(...(await besideOther(against, creations, large)));
  }
  return figures;
}

async function besideOther(against: string, creations: number, large: number): Promise<Figure[]> {
  const other = new ImClient(against, authorization(dummyCloud));
  const created: string[] = [];
  const otherCreations = await creationsPerSecond(other, creationSeconds, created);
  await Promise.allSettled(created.slice(0, 200).map((url) => other.destroy(url, 20_000)));
  const otherLarge = await largeCreation(other, otherLimitMs).then(
    ({ seconds }) => seconds,
    () => otherLimitMs / 1000,
  );
  const atLeast = otherLarge >= otherLimitMs / 1000 ? ' (given up)' : '';
  return [
    { name: 'creations: the other server', value: otherCreations, unit: 'creations/s' },
    { name: 'creations / the other server', value: creations / otherCreations, unit: 'ratio' },
    { name: `${largeVms} VMs: the other server${atLeast}`, value: otherLarge, unit: 's' },
    { name: `${largeVms} VMs: the other server / ours${atLeast}`, value: otherLarge / large, unit: 'ratio' },
  ];
}

/** Several clients, each of which creates one infrastructure after another. @param created takes their URLs */
async function creationsPerSecond(
  client: ImClient,
  seconds: number,
  created: string[] = [],
): Promise<number> {
  const start = performance.now();
  const until = start + seconds * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < until) {
        created.push(await client.create(dummyRadl(1)));
        count++;
      }
    }),
  );
  return (count * 1000) / (performance.now() - start);
}

/** Seconds until the answer of a synchronous POST, which comes when all VMs are launched. */
async function largeCreation(client: ImClient, timeoutMs: number): Promise<{ url: string; seconds: number }> {
  const start = performance.now();
  const url = await client.create(dummyRadl(largeVms), timeoutMs);
  const seconds = (performance.now() - start) / 1000;
  const states = Object.values((await client.state(url)).vm_states);
  const launched = states.filter((state) => ['running', 'configured', 'unconfigured'].includes(state)).length;
  if (launched !== largeVms) {
    throw new Error(`After the answer ${launched} of ${largeVms} VMs are launched.`);
  }
  return { url, seconds };
}
