import { availableParallelism, loadavg } from 'node:os';
import type { PartName } from './arguments.js';
import { readArguments, usage } from './arguments.js';
import { benchCluster } from './cluster.js';
import { benchContainers } from './containers.js';
import { benchDeploy } from './deploy.js';
import type { Figure } from './figure.js';
import { LeftOut, renderTable } from './figure.js';
import { benchHttp } from './http.js';
import { benchMemory } from './memory.js';
import { Owned } from './owned.js';
import { benchRadl } from './radl.js';
import { benchStore } from './store.js';
import { benchTosca } from './tosca.js';

interface Part {
  /** Seconds after which it is given up. */
  limit: number;
  measure: (owned: Owned, against: string | null) => Promise<Figure[]>;
}

const parts: Readonly<Record<PartName, Part>> = {
  radl: { limit: 40, measure: benchRadl },
  tosca: { limit: 90, measure: benchTosca },
  http: { limit: 240, measure: benchHttp },
  deploy: { limit: 120, measure: benchDeploy },
  memory: { limit: 90, measure: benchMemory },
  store: { limit: 60, measure: benchStore },
  cluster: { limit: 300, measure: benchCluster },
  containers: { limit: 240, measure: benchContainers },
};

/** Measures the parts one after another. @returns whether none of them broke */
async function main(args: readonly string[]): Promise<boolean> {
  const wanted = readArguments(args);
  if (wanted === null) {
    console.log(usage);
    return true;
  }
  const figures: Figure[] = [];
  const remarks = busyRemark();
  let sound = true;
  for (const name of wanted.parts) {
    console.error(`${name}...`);
    const owned = new Owned();
    const started = performance.now();
    try {
      const { limit, measure } = parts[name];
      figures.push(...(await within(limit, measure(owned, wanted.against))));
      console.error(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
    } catch (error) {
      if (error instanceof LeftOut) {
        remarks.push(`${name} is left out: ${error.message}`);
      } else {
        sound = false;
        remarks.push(
          `${name} broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      }
    } finally {
      await owned.end();
    }
  }
  console.log(['', renderTable(figures), '', ...remarks].join('\n'));
  return sound;
}

/** Waiting for processors and disk is in every figure but those of processor time. */
function busyRemark(): string[] {
  const [load = 0] = loadavg();
  const processors = availableParallelism();
  return load < processors / 2
    ? []
    : [
        `The machine was busy before (load average ${load.toFixed(1)} on ${processors} processors): times are longer than they need be.`,
      ];
}

async function within<Value>(seconds: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`It took longer than ${seconds} seconds.`));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

try {
  // What was given up may still hold sockets and timers.
  process.exit((await main(process.argv.slice(2))) ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
