import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.js';
import type { ServerKind } from '../cluster/server-process.js';
import type { Dice } from './dice.js';
import type { Journal } from './journal.js';
import type { Outage } from './outages.js';

/** How often each kind is killed, in relation to the others. */
export type Deck = Readonly<Record<ServerKind, number>>;

const startLimitMs = 180_000;
const figuresOfWorkers = ['im_leases_taken_over_total', 'im_wake_ups_recreated_total'] as const;

/** Kills random processes of a cluster, and starts them again. */
export class Kills {
  readonly outages: Outage[] = [];
  private readonly recoveries = new Set<Promise<void>>();
  private cards: ServerKind[] = [];
  private skipped = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly dice: Dice,
    private readonly journal: Journal,
    private readonly deck: Deck,
  ) {}

  /** Kills one process every `everyMs`, until the time is up. Those that were killed last may still be starting. */
  async run(until: number, everyMs: number): Promise<void> {
    for (let next = Date.now() + everyMs; next < until; next += everyMs) {
      await pause(Math.max(0, next - Date.now()));
      await this.killOne();
    }
  }

  /** Waits until all processes serve again. */
  async recovered(): Promise<void> {
    await Promise.all(this.recoveries);
  }

  /** A process ended. Only those that are killed may. */
  ended(name: string): void {
    if (!this.isAway(name)) {
      this.journal.violation(`${name} ended without being killed:\n${lastLines(this.cluster.logs(name))}`);
      this.recover({ name, kind: this.cluster.process(name).kind, from: Date.now(), until: null });
    }
  }

  /** Adds up figures of workers, which are lost when they die. */
  async collectFigures(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const { port } = this.cluster.process(name);
      const text = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(1_000) })
        .then((answer) => answer.text())
        .catch(() => '');
      for (const figure of figuresOfWorkers) {
        this.journal.count(figure, Number(new RegExp(`^${figure} (\\d+)$`, 'mu').exec(text)?.[1] ?? 0));
      }
    }
  }

  /** Choices for which no process serves at the moment. */
  get withoutVictim(): number {
    return this.skipped;
  }

  private async killOne(): Promise<void> {
    const kind = this.draw();
    const victims = this.cluster.processes.filter(
      (entry) => entry.kind === kind && this.cluster.runs(entry.name) && !this.isAway(entry.name),
    );
    if (victims.length === 0) {
      this.skipped++;
      return;
    }
    const { name } = this.dice.oneOf(victims);
    if (kind === 'worker') {
      await this.collectFigures([name]);
    }
    const outage: Outage = { name, kind, from: Date.now(), until: null };
    this.outages.push(outage);
    await this.cluster.kill(name);
    this.recover(outage);
  }

  private draw(): ServerKind {
    if (this.cards.length === 0) {
      const kinds: ServerKind[] = ['api', 'worker', 'redis', 'mariadb', 'haproxy'];
      this.cards = this.dice.shuffled(kinds.flatMap((kind) => Array<ServerKind>(this.deck[kind]).fill(kind)));
    }
    return this.cards.pop() ?? 'worker';
  }

  private isAway(name: string): boolean {
    return this.outages.some((outage) => outage.name === name && outage.until === null);
  }

  private recover(outage: Outage): void {
    if (!this.outages.includes(outage)) {
      this.outages.push(outage);
    }
    const recovery = this.startAgain(outage).finally(() => this.recoveries.delete(recovery));
    this.recoveries.add(recovery);
  }

  /** As an init system does: until it stays. A replica that finds no database may end at its start. */
  private async startAgain(outage: Outage): Promise<void> {
    const { name, from } = outage;
    let problem = '';
    while (Date.now() - from < startLimitMs) {
      try {
        await this.cluster.restart(name);
        outage.until = Date.now();
        return;
      } catch (error) {
        problem = String(error);
        this.journal.count('starts that failed');
        await pause(1_000);
      }
    }
    this.journal.violation(`${name} does not come back: ${problem}`);
  }
}

function lastLines(log: string): string {
  return log.split('\n').slice(-15).join('\n');
}
