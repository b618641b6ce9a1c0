import { isFree } from '../servers/free-port.js';
import { Cluster, fixedOptions } from './cluster.js';
import { ClusterFolder } from './cluster-folder.js';
import type { ClusterCommand } from './command-line.js';
import { readCommandLine, usage } from './command-line.js';
import { ownFolder } from './folder-owner.js';
import { KeepRunning } from './keep-running.js';
import { missingPrograms, pathOf } from './programs.js';

/** The program of `npm run cluster`: runs a cluster until Ctrl-C or SIGTERM. */
async function main(): Promise<void> {
  const command = readCommandLine(process.argv.slice(2));
  if (command.help) {
    say(usage);
    return;
  }
  const [missing] = missingPrograms();
  if (missing !== undefined) {
    pathOf(missing);
  }
  const folder = new ClusterFolder(command.dir);
  const disown = ownFolder(folder);
  try {
    if (!(await isFree(command.port))) {
      throw new Error(`Port ${command.port} is taken: choose another one with --port.`);
    }
    await serve(command, folder.path);
  } finally {
    disown();
  }
}

async function serve(command: ClusterCommand, dir: string): Promise<void> {
  const keeper = new KeepRunning(say);
  let ready = false;
  const cluster = await Cluster.prepare({
    ...command,
    dir,
    stickiness: command.sticky,
    // Long enough for HAProxy to notice a replica that is asked to end, so that no request fails.
    env: { IM_DRAIN_TIME: '3', ...optionsGiven() },
    onChange: (changed, ended) => {
      if (ended === null || !ready) {
        return;
      }
      if (command.restarts) {
        keeper.ended(changed, ended);
      } else {
        say(`${ended.name} (process ${ended.pid}) ended.`);
      }
    },
  });
  let interrupted = false;
  const untilSignal = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        interrupted = true;
        resolve();
      });
    }
  });
  try {
    await Promise.race([cluster.start(command.api, command.workers), untilSignal]);
    ready = true;
    if (!interrupted) {
      say(`${table(cluster)}\n\nThe cluster answers at ${cluster.url}; Ctrl-C ends it.`);
    }
    await untilSignal;
    say('Ending all processes...');
  } finally {
    keeper.stop();
    await cluster.stop();
  }
}

/** Options of the service in the environment of this command, but those that the cluster sets itself. */
function optionsGiven(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && name.startsWith('IM_') && !fixedOptions.includes(name) ? [[name, value]] : [],
    ),
  );
}

function table(cluster: Cluster): string {
  const rows = [
    ['NAME', 'PID', 'PORT', 'LOG'],
    ...cluster.processes.map(({ name, pid, port, log }) => [name, String(pid), String(port), log]),
  ];
  return rows
    .map(([name = '', pid = '', port = '', log = '']) =>
      [name.padEnd(12), pid.padStart(8), port.padStart(6), ` ${log}`].join(' '),
    )
    .join('\n');
}

function say(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
