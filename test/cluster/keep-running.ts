import type { Cluster } from './cluster.js';
import type { ServerEntry } from './server-process.js';

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** Who lived that long starts with a short delay again. */
const goodLifeMs = 30_000;

/** Starts again what dies, the longer after the more often it died in a row. */
export class KeepRunning {
  private readonly deaths = new Map<string, { count: number; at: number }>();
  private readonly timers = new Set<NodeJS.Timeout>();

  /** @param report takes a sentence for people */
  constructor(private readonly report: (line: string) => void) {}

  ended(cluster: Cluster, { name, pid }: ServerEntry): void {
    const before = this.deaths.get(name);
    const count = before === undefined || Date.now() - before.at > goodLifeMs ? 0 : before.count + 1;
    this.deaths.set(name, { count, at: Date.now() });
    const delayMs = Math.min(firstDelayMs * 2 ** count, longestDelayMs);
    this.report(`${name} (process ${pid}) ended; it is started again in ${delayMs / 1000} s.`);
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      cluster.restart(name, { wait: false }).then(
        () => this.report(`${name} runs again as process ${cluster.process(name).pid}.`),
        (error: unknown) => this.report(`${name} cannot be started: ${String(error)}`),
      );
    }, delayMs);
    this.timers.add(timer);
  }

  stop(): void {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
  }
}
