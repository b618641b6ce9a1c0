import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';
import { median } from './figure.js';
import type { ImClient } from './im-client.js';
import { dummyRadl } from './im-client.js';
import { cpuMicroseconds } from './load.js';

const connections = 24;
const rounds = 3;
const roundSeconds = 2;
const creators = 10;
const rateSeconds = 6;

/** Milliseconds. */
export interface AnswerTimes {
  p50: number;
  p99: number;
}

/** Reads of the states of all these infrastructures in turns, as fast as they are answered; the middle of some rounds. */
export async function readsPerSecond(client: ImClient, urls: readonly string[]): Promise<number> {
  const rates: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const result = await reads(client, urls, { duration: round < 0 ? 1 : roundSeconds });
    rates.push(...(round < 0 ? [] : [result['2xx'] / result.duration]));
  }
  return median(rates);
}

/** Microseconds of processor time that each of these processes takes for one read. */
export async function readCosts(
  client: ImClient,
  urls: readonly string[],
  pids: readonly number[],
): Promise<number[]> {
  const before = pids.map(cpuMicroseconds);
  const result = await reads(client, urls, { duration: roundSeconds * rounds });
  return pids.map((pid, index) => (cpuMicroseconds(pid) - (before[index] ?? 0)) / result['2xx']);
}

/** The same at a rate that is given, in requests/s. */
export async function readsAtRate(
  client: ImClient,
  urls: readonly string[],
  rate: number,
): Promise<AnswerTimes> {
  const { latency } = await reads(client, urls, { duration: rateSeconds, overallRate: rate });
  return { p50: latency.p50, p99: latency.p99 };
}

/** Each client creates one infrastructure after the other and destroys none. */
export async function creationsPerSecond(client: ImClient): Promise<number> {
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: creators }, async () => {
      while (performance.now() - start < rateSeconds * 1000) {
        await client.create(dummyRadl(1));
        count++;
      }
    }),
  );
  return (count * 1000) / (performance.now() - start);
}

/** Creations that begin at a rate that is given, whether those before have ended or not. */
export async function creationsAtRate(
  client: ImClient,
  rate: number,
): Promise<AnswerTimes & { ids: string[] }> {
  const start = performance.now();
  const answers = await Promise.all(
    Array.from({ length: rate * rateSeconds }, async (_, index) => {
      const due = (index * 1000) / rate;
      await pause(Math.max(0, due - (performance.now() - start)));
      const url = await client.create(dummyRadl(1));
      return { id: url.split('/').at(-1) ?? '', ms: performance.now() - start - due };
    }),
  );
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), ids: answers.map(({ id }) => id) };
}

/** @throws Error when an answer is not 200 */
async function reads(
  client: ImClient,
  urls: readonly string[],
  how: { duration: number; overallRate?: number },
): Promise<autocannon.Result> {
  const result = await autocannon({
    ...how,
    url: client.baseUrl,
    connections,
    headers: { authorization: client.authorization },
    requests: urls.map((url) => ({ method: 'GET', path: `${new URL(url).pathname}/state` })),
  });
  if (result.non2xx > 0 || result.errors > 0 || result['2xx'] === 0) {
    throw new Error(
      `${result['2xx']} good answers, ${result.non2xx} others, ${result.errors} broken connections.`,
    );
  }
  return result;
}
