import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { keepSeed } from './kept-seeds.js';
import type { SimulationResult } from './simulation.js';
import { simulate } from './simulation.js';

const usage = `npm run simulate -- [--seeds N] [--first S] [--seed S] [--keep FILE]
  --seeds N     how many seeds (1000)
  --first S     the first of them (1)
  --seed S      this one only, with its whole trace
  --keep FILE   where failing seeds are written down`;

/** Lines of the trace of a failing seed that are printed; what went wrong is at its end. */
const printedLines = 150;
const progressEveryMs = 5_000;

/** Sums over the seeds that were played. */
class Figures {
  seeds = 0;
  failed = 0;
  private steps = 0;
  private operations = 0;
  private machines = 0;
  private crashes = 0;
  private sleeps = 0;
  private hours = 0;
  private readonly startedAt = performance.now();

  add(result: SimulationResult): void {
    this.seeds++;
    this.failed += result.problem === null ? 0 : 1;
    this.steps += result.steps;
    this.operations += result.operations;
    this.machines += result.machines;
    this.crashes += result.crashes;
    this.sleeps += result.sleeps;
    this.hours += result.elapsedMs / 3_600_000;
  }

  toString(): string {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const { user, system } = process.cpuUsage();
    const perProcessorSecond = (this.seeds * 1e6) / (user + system);
    return (
      `${this.seeds} seeds, ${this.failed} failed, ${(this.seeds / seconds).toFixed(1)} a second, ` +
      `${perProcessorSecond.toFixed(1)} a second of processor time; ` +
      `${this.steps} steps, ${this.operations} operations, ${this.machines} machines, ` +
      `${this.crashes} crashes, ${this.sleeps} sleeps, ${this.hours.toFixed(0)} simulated hours`
    );
  }
}

/** @returns whether all seeds passed */
async function play(first: number, count: number, keepPath: string | undefined): Promise<boolean> {
  const figures = new Figures();
  let toldAt = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(seed);
    figures.add(result);
    if (result.problem !== null) {
      await report(seed, keepPath);
    }
    if (performance.now() - toldAt > progressEveryMs) {
      toldAt = performance.now();
      console.log(figures.toString());
    }
  }
  console.log(figures.toString());
  return figures.failed === 0;
}

/** Plays a failing seed once more, for its trace. */
async function report(seed: number, keepPath: string | undefined): Promise<void> {
  const { problem, trace } = await simulate(seed, { trace: true });
  console.log(trace.slice(-printedLines).join('\n'));
  console.log(`Seed ${seed}: ${problem}\n`);
  if (keepPath !== undefined && problem !== null) {
    keepSeed(keepPath, { seed, problem });
  }
}

async function playOne(seed: number): Promise<boolean> {
  const result = await simulate(seed, { trace: true });
  console.log(result.trace.join('\n'));
  console.log(`Seed ${seed}: ${result.problem ?? 'all is well'}`);
  return result.problem === null;
}

/** @throws Error with the usage */
function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new Error(`${text} is no whole number.\n${usage}`);
  }
  return Number(text);
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  const passed =
    values.seed === undefined
      ? await play(wholeNumber(values.first), wholeNumber(values.seeds), values.keep)
      : await playOne(wholeNumber(values.seed));
  process.exitCode = passed ? 0 : 1;
}
