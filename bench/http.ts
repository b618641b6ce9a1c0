import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Figure } from './figure.js';
import { median } from './figure.js';
import { authorization, dummyCloud, dummyRadl, ImClient } from './im-client.js';
import type { Round, Target } from './load.js';
import { loadRound } from './load.js';
import type { Owned } from './owned.js';
import { startService } from './service-under-test.js';

/** Turns until both have their code compiled: the service, which has more of it, needs some seconds of load for that. */
const warmUpRounds = 6;
const rounds = 15;
const roundSeconds = 1;
const leastRatio = 0.4;

/** Requests/s of the two reads that clients poll, against a bare Fastify route, and against another server. */
export async function benchHttp(owned: Owned, against: string | null): Promise<Figure[]> {
  const service = await startService(owned);
  const client = new ImClient(service.url, authorization(dummyCloud));
  const url = await readyInfrastructure(client);
  const answers = { state: await client.get(`${url}/state`), infrastructure: await client.get(url) };
  const bare = await startBareFastify(owned, [answers.state.length, answers.infrastructure.length]);
  const other = against === null ? null : await otherServer(owned, against);
  const common = { authorization: client.authorization };
  const figures: Figure[] = [];
  for (const [name, path, barePath] of [
    ['GET state', '/state', '/state'],
    ['GET infrastructure', '', '/infrastructure'],
  ] as const) {
    const measured = await alternate({
      bare: { ...common, url: `${bare.url}${barePath}`, pid: bare.pid },
      ours: { ...common, url: `${url}${path}`, pid: service.pid },
      ...(other === null ? {} : { other: { ...other, url: `${other.url}${path}`, pid: null } }),
    });
    figures.push(...figuresOf(name, measured));
  }
  return figures;
}

async function readyInfrastructure(client: ImClient): Promise<string> {
  const url = await client.create(dummyRadl(1));
  await client.untilConfigured(url, 30_000);
  return url;
}

async function otherServer(owned: Owned, baseUrl: string): Promise<Omit<Target, 'pid'>> {
  const client = new ImClient(baseUrl, authorization(dummyCloud));
  const url = await client.create(dummyRadl(1));
  owned.add(() => client.destroy(url));
  await client.untilConfigured(url, 30_000, 500);
  return { url, authorization: client.authorization };
}

async function startBareFastify(
  owned: Owned,
  sizes: readonly number[],
): Promise<{ url: string; pid: number }> {
  const program = join(import.meta.dirname, 'bare-fastify.js');
  const child = spawn(process.execPath, [program, ...sizes.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  owned.add(async () => {
    const ended = once(child, 'exit');
    if (child.kill()) {
      await ended;
    }
  });
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url, pid: child.pid ?? 0 };
}

type Servers<Value> = { bare: Value; ours: Value; other?: Value };

/** The servers in turns, so that what else happens on this machine hits all of them. The first turns only warm them up. */
async function alternate(targets: Servers<Target>): Promise<Servers<Round[]>> {
  const measured: Required<Servers<Round[]>> = { bare: [], ours: [], other: [] };
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const server of ['bare', 'ours', 'other'] as const) {
      const target = targets[server];
      if (target !== undefined) {
        const result = await loadRound(target, roundSeconds);
        measured[server].push(...(round < 0 ? [] : [result]));
      }
    }
  }
  const { bare, ours, other } = measured;
  return other.length === 0 ? { bare, ours } : measured;
}

function figuresOf(name: string, { bare, ours, other }: Servers<Round[]>): Figure[] {
  const rate = (round: Round): number => round.requestsPerSecond;
  const cpu = (round: Round): number => round.cpuMicroseconds ?? Number.NaN;
  const figures: Figure[] = [
    { name, value: median(ours.map(rate)), unit: 'requests/s' },
    { name: `${name}: bare Fastify`, value: median(bare.map(rate)), unit: 'requests/s' },
    {
      name: `${name} / bare Fastify`,
      value: ratio(ours, bare, rate),
      unit: 'ratio',
      target: { bound: 'at least', value: leastRatio },
    },
    { name: `${name}: processor time`, value: median(ours.map(cpu)), unit: 'µs/request' },
    { name: `${name}: processor time of bare Fastify / ours`, value: ratio(bare, ours, cpu), unit: 'ratio' },
  ];
  if (other !== undefined) {
    figures.push(
      { name: `${name}: the other server`, value: median(other.map(rate)), unit: 'requests/s' },
      { name: `${name} / the other server`, value: ratio(ours, other, rate), unit: 'ratio' },
    );
  }
  return figures;
}

/** The middle of the quotients of rounds that followed each other. */
function ratio(above: readonly Round[], below: readonly Round[], of: (round: Round) => number): number {
  return median(
    above.flatMap((round, index) => {
      const beside = below[index];
      return beside === undefined ? [] : [of(round) / of(beside)];
    }),
  );
}
