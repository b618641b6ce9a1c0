import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.js';
import { startCluster } from '../cluster/cluster.js';
import { ChaosUser } from './chaos-user.js';
import { Dice } from './dice.js';
import type { OperationCount } from './final-checks.js';
import { checkTheEnd } from './final-checks.js';
import { Journal } from './journal.js';
import type { Deck } from './kills.js';
import { Kills } from './kills.js';
import type { Outage } from './outages.js';
import { explains } from './outages.js';
import { Provider } from './provider.js';
import type { Told } from './told.js';

export interface ChaosOptions {
  seconds: number;
  clients: number;
  api: number;
  workers: number;
  /** A process is killed every so many seconds. */
  killEverySeconds: number;
  deck: Deck;
  seed: number;
  /** Options of the service (`IM_...`). */
  env: Readonly<Record<string, string>>;
  /** Is told what happens. */
  say?: (text: string) => void;
}

export interface ChaosResult {
  journal: Journal;
  outages: readonly Outage[];
  killsWithoutVictim: number;
  operations: readonly OperationCount[];
  infrastructures: number;
  provider: { creations: number; calls: number };
  /** Seconds from the end of the kills until all users had destroyed what they had. */
  settleSeconds: number;
  /** Logs of all processes; null when nothing was wrong and they are removed. */
  folder: string | null;
}

/** After it, whoever is not at the end is stuck. */
const endLimitMs = 400_000;

/**
 * Runs users against a cluster whose processes are killed all the time, then lets everything come to its end and compares what exists,
 * the rows, and what users were told.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = mkdtempSync(join(tmpdir(), 'im-chaos-'));
  const journal = new Journal();
  const provider = await Provider.open();
  let kills: Kills | null = null;
  const cluster = await startCluster({
    api: options.api,
    workers: options.workers,
    dir: folder,
    env: { IM_ALLOW_LOCAL_PROVIDERS: 'true', IM_MAX_SIMULTANEOUS_LAUNCHES: '5', ...options.env },
    onChange: (_, ended) => {
      if (ended !== null) {
        kills?.ended(ended.name);
      }
    },
  });
  try {
    kills = new Kills(cluster, new Dice(options.seed), journal, options.deck);
    const result = await play(options, cluster, provider, kills, journal);
    const clean = journal.violations.length === 0;
    return { ...result, folder: clean ? null : folder };
  } finally {
    await cluster.stop();
    provider.close();
    if (journal.violations.length === 0 && existsSync(folder)) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function play(
  options: ChaosOptions,
  cluster: Cluster,
  provider: Provider,
  kills: Kills,
  journal: Journal,
): Promise<Omit<ChaosResult, 'folder'>> {
  const say = options.say ?? (() => undefined);
  const end = Date.now() + options.seconds * 1000;
  const told: Told[] = [];
  const world = { url: cluster.url, provider, journal, told, isOver: () => Date.now() > end };
  say(`The cluster answers at ${cluster.url}; logs are in ${cluster.dir}.`);
  const users = Array.from({ length: options.clients }, (_, index) =>
    new ChaosUser(`user-${index + 1}`, world, new Dice(options.seed + 1 + index)).live(),
  );
  await kills.run(end, options.killEverySeconds * 1000);
  say('No more kills; everything comes to its end.');
  const calm = Date.now();
  await kills.recovered();
  await Promise.race([
    Promise.all(users),
    pause(endLimitMs, undefined, { ref: false }).then(() =>
      journal.violation('Some users did not come to their end.'),
    ),
  ]);
  const settleSeconds = (Date.now() - calm) / 1000;
  const operations = await checkTheEnd(cluster, provider, told, journal);
  await kills.collectFigures(
    cluster.processes.filter(({ kind }) => kind === 'worker').map(({ name }) => name),
  );
  judgeBrokenTries(journal, kills.outages);
  return {
    journal,
    outages: kills.outages,
    killsWithoutVictim: kills.withoutVictim,
    operations,
    infrastructures: told.length,
    provider: { creations: provider.creations, calls: provider.calls },
    settleSeconds,
  };
}

/** 5xx and broken connections are for the moments of kills. */
function judgeBrokenTries(journal: Journal, outages: readonly Outage[]): void {
  for (const broken of journal.brokenTries) {
    const known = explains(outages, broken);
    journal.count(`${broken.what}${known ? '' : ', unexplained'}`);
    if (!known) {
      const at = `${new Date(broken.from).toISOString()} to ${new Date(broken.until).toISOString()}`;
      journal.violation(`${broken.request}, ${at}: ${broken.what} without a reason: ${broken.text}`);
    }
  }
}
