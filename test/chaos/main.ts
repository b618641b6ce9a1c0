import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { fixedOptions } from '../cluster/cluster.js';
import { runChaos } from './chaos-run.js';
import { renderReport } from './report.js';

const usage = `npm run chaos -- [options]

  --minutes N     how long processes are killed (10)
  --clients N     users at the same time (50)
  --api N         replicas of the API (3)
  --workers N     workers (3)
  --every N       seconds between kills (5)
  --seed N        for the same choices as in another run
  --help

Options of the service are taken from the environment: IM_OPERATION_LEASE_TIME=30 npm run chaos
`;

/** Every 20th kill is one of the load balancer, of which there is only one, and one of the database. */
const deck = { api: 8, worker: 8, redis: 2, mariadb: 1, haproxy: 1 };

async function main(): Promise<boolean> {
  const number = (lowest: number) => z.coerce.number().min(lowest);
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      clients: { type: 'string', default: '50' },
      api: { type: 'string', default: '3' },
      workers: { type: 'string', default: '3' },
      every: { type: 'string', default: '5' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    return true;
  }
  const seed = number(0).parse(values.seed);
  say(`Seed ${seed}; load average before: ${loadavg()[0]?.toFixed(1)}`);
  const result = await runChaos({
    seconds: number(0.1).parse(values.minutes) * 60,
    clients: number(1).int().parse(values.clients),
    api: number(1).int().parse(values.api),
    workers: number(1).int().parse(values.workers),
    killEverySeconds: number(0.5).parse(values.every),
    deck,
    seed,
    env: { IM_OPERATION_LEASE_TIME: '10', ...optionsGiven() },
    say,
  });
  say(`\n${renderReport(result)}`);
  return result.journal.violations.length === 0;
}

function optionsGiven(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && name.startsWith('IM_') && !fixedOptions.includes(name) ? [[name, value]] : [],
    ),
  );
}

function say(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // All processes of the cluster are killed at the exit.
  process.once(signal, () => process.exit(130));
}
try {
  // Users that never came to their end still hold sockets and timers.
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(2);
}
