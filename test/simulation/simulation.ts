import { checkIntent, checkReality } from './checks/cloud-check.js';
import { CommitCheck } from './checks/commit-check.js';
import { checkPrompt } from './checks/prompt-check.js';
import { checkNothingLeft, checkRest, isAtRest } from './checks/rest-check.js';
import { Violation } from './checks/violation.js';
import { CloudReality } from './cloud/cloud-reality.js';
import type { Defect } from './defects/defect.js';
import { noDefect } from './defects/defect.js';
import { Cluster } from './service/cluster.js';
import { Database } from './service/database.js';
import { Http } from './users/http.js';
import { User } from './users/user.js';
import { Actor } from './world/actor.js';
import { Chance } from './world/chance.js';
import type { Faults } from './world/faults.js';
import { drawFaults, isCalm } from './world/faults.js';
import type { Happening } from './world/scheduler.js';
import { Scheduler } from './world/scheduler.js';
import { Weather } from './world/weather.js';

/** How one seed ended. */
export interface SimulationResult {
  seed: number;
  /** What must not have happened and did; null when all is well. */
  problem: string | null;
  steps: number;
  /** Virtual time that passed, in milliseconds. */
  elapsedMs: number;
  operations: number;
  machines: number;
  crashes: number;
  sleeps: number;
  /** Every happening, when it was asked for. */
  trace: string[];
}

export interface SimulationOptions {
  trace?: boolean;
  defect?: Defect;
}

/** How long things fail, at most; less when everybody has had their wishes earlier. */
const stormMs = 150_000;
/** After the storm everything must come to rest within this time. */
const restLimitMs = 2 * 3_600_000;
/** What clouds were asked before is done then, whoever asked. */
const aftermathMs = 20_000;
/** Far more than any seed takes: something goes round and round. */
const mostSteps = 200_000;
/** Longest sleep of a process: three times the life of a lease. */
const longestSleepMs = 90_000;

/** Runs the service under one seed and checks the invariants after every step, at rest, and after everything was destroyed. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const simulation = new Simulation(seed, options);
  return simulation.run();
}

class Simulation {
  private readonly chance: Chance;
  private readonly faults: Faults;
  private readonly weather: Weather;
  private readonly scheduler: Scheduler;
  private readonly database: Database;
  private readonly clouds: ReadonlyMap<string, CloudReality>;
  private readonly commits: CommitCheck;
  private readonly cluster: Cluster;
  private readonly defect: Defect;
  private readonly trace: string[] = [];
  private crashes = 0;
  private sleeps = 0;
  private usersBusy = 0;
  /** What failed outside of a step: in the code of a user, or while a call was sent. */
  private failure: Error | null = null;
  private readonly startedAt: number;

  constructor(
    private readonly seed: number,
    private readonly options: SimulationOptions,
  ) {
    this.chance = new Chance(seed);
    // Neighbouring seeds begin with neighbouring numbers.
    this.chance.next();
    this.faults = drawFaults(this.chance);
    this.weather = new Weather(this.faults, this.chance);
    this.scheduler = new Scheduler(this.chance);
    this.startedAt = this.scheduler.now;
    this.database = new Database(() => Math.floor(this.scheduler.now));
    this.defect = options.defect ?? noDefect;
    this.defect.database(this.database);
    const ids = this.chance.happens(0.3) ? ['one', 'two'] : ['one'];
    this.clouds = new Map(ids.map((id) => [id, new CloudReality(id, this.chance.happens(0.5))]));
    this.commits = new CommitCheck(
      this.database,
      this.clouds,
      () => this.scheduler.now,
      options.trace === true ? (change) => this.note(`  ${change}`) : null,
    );
    this.cluster = new Cluster({
      scheduler: this.scheduler,
      weather: this.weather,
      store: this.database,
      clouds: this.clouds,
      onWrite: (writer) => {
        this.guarded(() => this.commits.written(writer));
      },
      onMake: (actor, kind, token) => {
        this.guarded(() => checkIntent(this.database.rows, actor, kind, token));
      },
      onUnattended: (operationIds) => {
        if (isCalm(this.faults)) {
          this.guarded(() => checkPrompt(this.database.rows, this.commits, operationIds, this.scheduler.now));
        }
      },
      defect: this.defect,
    });
  }

  async run(): Promise<SimulationResult> {
    let problem: string | null = null;
    try {
      this.begin();
      await this.storm();
      await this.rest();
      checkRest(this.database.rows, this.clouds);
      await this.destroyAll();
      checkNothingLeft(this.database.rows, this.clouds);
    } catch (error) {
      if (!(error instanceof Violation)) {
        throw error;
      }
      problem = error.message;
    }
    return {
      seed: this.seed,
      problem,
      steps: this.scheduler.steps,
      elapsedMs: this.scheduler.now - this.startedAt,
      operations: this.database.rows.operations.size,
      machines: [...this.clouds.values()].reduce((sum, cloud) => sum + cloud.launches.size, 0),
      crashes: this.crashes,
      sleeps: this.sleeps,
      trace: this.trace,
    };
  }

  private begin(): void {
    for (let count = this.chance.whole(1, 3); count > 0; count--) {
      this.cluster.start('worker');
    }
    for (let count = this.chance.whole(1, 2); count > 0; count--) {
      this.cluster.start('api');
    }
    for (let count = this.chance.whole(1, 2); count > 0; count--) {
      this.own(this.household(`user-${count}`));
    }
    this.timed(this.faults.redisFlushes, 'Redis is flushed', () => this.cluster.broker.flush());
    this.timed(this.faults.rollingRestarts, 'a worker is told to stop', () => this.restartWorker());
  }

  /** A user with an infrastructure, and sometimes a second one with the same at the same time. */
  private async household(name: string): Promise<void> {
    const user = this.newUser(name);
    const id = await user.create();
    if (id === null) {
      return;
    }
    const lives = [user.change(id, this.chance.whole(0, 5))];
    if (this.chance.happens(0.5)) {
      lives.push(this.newUser(`${name}-other`).change(id, this.chance.whole(1, 3)));
    }
    await Promise.all(lives);
  }

  private async storm(): Promise<void> {
    const end = this.startedAt + stormMs;
    await this.steps(() => this.scheduler.now >= end || this.isQuiet());
    this.weather.clear();
    this.note('--- the storm is over ---');
  }

  private async rest(): Promise<void> {
    const limit = this.scheduler.now + restLimitMs;
    do {
      await this.steps(() => this.isQuiet() || this.scheduler.now > limit);
      const end = this.scheduler.now + aftermathMs;
      await this.steps(() => this.scheduler.now > end);
    } while (!this.isQuiet() && this.scheduler.now < limit);
  }

  /** Nobody wants anything, nothing is left to do, and nobody sleeps over a request that was given up long ago. */
  private isQuiet(): boolean {
    return this.usersBusy === 0 && this.cluster.isAwake(this.scheduler.now) && isAtRest(this.database.rows);
  }

  private async destroyAll(): Promise<void> {
    this.note('--- everything is destroyed ---');
    const user = this.newUser('last-user');
    const left = [...this.database.rows.infrastructures.values()].filter((row) => row.deletedAt === null);
    for (const { id } of left) {
      this.own(user.destroy(id));
    }
    await this.rest();
  }

  /** Lets things happen until it is over. @throws Violation */
  private async steps(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const next = this.scheduler.take();
      if (next === undefined) {
        return;
      }
      if (this.strikes(next)) {
        continue;
      }
      this.note(next.label, next.actor);
      await this.scheduler.happen(next);
      if (this.failure !== null) {
        throw this.failure;
      }
      for (const cloud of this.clouds.values()) {
        if (cloud.isChanged()) {
          checkReality(this.database.rows, cloud);
        }
      }
      if (this.scheduler.steps > mostSteps) {
        throw new Violation(`There is no end after ${mostSteps} steps.`);
      }
    }
  }

  /** Whether a process dies or falls asleep instead of going on. */
  private strikes(next: Happening): boolean {
    const { actor } = next;
    if (actor === null || actor.kind === 'user') {
      return false;
    }
    if (this.weather.strikes('crash')) {
      this.note(`dies before: ${next.label}`, actor);
      this.crashes++;
      this.cluster.kill(actor);
      return true;
    }
    if (this.weather.strikes('sleep')) {
      actor.asleepUntil = this.scheduler.now + this.chance.next() * longestSleepMs;
      this.note(`sleeps before: ${next.label}`, actor);
      this.sleeps++;
      actor.wakesWithTimers = this.chance.happens(0.5);
      this.scheduler.defer(next, actor);
      return true;
    }
    return false;
  }

  private restartWorker(): void {
    const workers = this.cluster.alive('worker');
    if (workers.length > 0) {
      void this.cluster.stopWorker(this.chance.pick(workers));
    }
  }

  private timed(count: number, label: string, run: () => void): void {
    for (let n = 0; n < count; n++) {
      this.scheduler.after(this.chance.next() * stormMs, { actor: null, label, run });
    }
  }

  private newUser(name: string): User {
    const actor = new Actor(name, 'user', this.scheduler, () => this.weather.latency());
    return new User(
      actor,
      new Http(actor, this.cluster, this.chance, (context) => this.defect.request(context)),
      this.chance,
    );
  }

  private own(life: Promise<unknown>): void {
    this.usersBusy++;
    life
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.usersBusy--;
      });
  }

  private guarded(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  private note(label: string, actor: Actor | null = null): void {
    if (this.options.trace === true) {
      const at = ((this.scheduler.now - this.startedAt) / 1000).toFixed(3).padStart(9);
      this.trace.push(`${at} ${(actor?.name ?? '').padEnd(12)} ${label}`);
    }
  }
}
