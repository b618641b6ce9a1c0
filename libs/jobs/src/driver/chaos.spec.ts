import type { StepContext, StepOutcome } from '@im/domain';
import { CloudError, isActive } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { DriverBench, ScriptedHandler } from '../../../../test/fakes/driver-bench.js';
import type { VirtualTime } from '../../../../test/fakes/virtual-time.js';
import { settled } from '../../../../test/fakes/virtual-time.js';
import { SeededRandom } from '../../../../test/fakes/work-ports.js';

const seeds = 100;
const steps = ['start', 'prepare', 'launch', 'end'];
const kinds = ['create', 'add', 'destroy', 'contextualize'] as const;
const infrastructures = ['inf-a', 'inf-b'];

/**
 * Four steps that wait, fail for a moment or take longer than a lease lives, as the seed says; each notes its outcome together with it.
 */
function unsteady(random: SeededRandom, time: VirtualTime) {
  return async (context: StepContext): Promise<StepOutcome> => {
    const { operation, cancelled } = context;
    if (random.next() < 0.2) {
      await settled();
    }
    if (random.next() < 0.1) {
      await new Promise<void>((resolve) => time.after(45_000, resolve));
    }
    if (random.next() < 0.15) {
      throw new CloudError('Unavailable', 'The cloud is away.');
    }
    const step = operation.step;
    const writes: StepOutcome['writes'] = async (tx) => {
      await tx.appendEvents([
        {
          infrastructureId: operation.infrastructureId ?? '',
          kind: `step.${cancelled ? 'undo' : step}`,
          data: operation.id,
        },
      ]);
    };
    if (cancelled) {
      return { type: 'cancelled', writes };
    }
    const next = steps[steps.indexOf(step) + 1];
    if (next === undefined) {
      return { type: 'succeeded', writes };
    }
    return random.next() < 0.3
      ? { type: 'wait', step: next, delayMs: random.next() * 10_000, writes }
      : { type: 'continue', step: next, writes };
  };
}

/** Workers that die and are replaced, a store that fails now and then, requests at any time. */
async function live(seed: number) {
  const bench = new DriverBench();
  const random = new SeededRandom(seed);
  const handlers = () => kinds.map((kind) => new ScriptedHandler(kind, unsteady(random, bench.time)));
  let generation = 0;
  const newWorker = () => bench.worker(`w${++generation}`, handlers());
  const workers = [newWorker(), newWorker()];
  await Promise.all(workers.map(({ worker }) => worker.start()));
  bench.store.onPoint = (point) => {
    if (random.next() < (point === 'renew-lease' ? 0.5 : 0.03)) {
      throw new Error('The database is away.');
    }
  };
  const ids: string[] = [];
  for (let turn = 0; turn < 25; turn++) {
    const kind = kinds[Math.floor(random.next() * kinds.length)] ?? 'create';
    const infrastructureId = infrastructures[Math.floor(random.next() * 2)] ?? '';
    const lane = kind === 'contextualize' ? 'contextualization' : 'mutation';
    if (random.next() < 0.4) {
      const id = await bench.request(kind, { infrastructureId, lane }).catch(() => null);
      ids.push(...(id === null ? [] : [id]));
      if (random.next() < 0.7) {
        await workers[turn % 2]?.queue.wake({ kind: 'infrastructure', infrastructureId });
      }
    }
    if (random.next() < 0.15) {
      // Killed: nothing of it runs on, and nothing is given back.
      void workers[turn % 2]?.worker.stop(0);
      workers[turn % 2] = newWorker();
      await workers[turn % 2]?.worker.start();
    }
    await bench.time.advance(random.next() * 4_000);
  }
  bench.store.onPoint = () => undefined;
  for (let minute = 0; minute < 30; minute++) {
    await bench.time.advance(60_000);
  }
  return { bench, ids };
}

describe('the driver among failures', () => {
  it(`ends every operation, with each of its steps recorded once and in order (${seeds} seeds)`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { bench, ids } = await live(seed);
      const operations = await Promise.all(ids.map((id) => bench.operation(id)));
      expect(
        operations.filter((operation) => isActive(operation)),
        `seed ${seed}`,
      ).toEqual([]);
      const events = (
        await Promise.all(infrastructures.map((id) => bench.store.events(id, 0, 10_000)))
      ).flat();
      for (const { id, state } of operations) {
        const recorded = events
          .filter((event) => event.data === id)
          .map((event) => event.kind.replace('step.', ''));
        const done = recorded.filter((step) => step !== 'undo');
        expect(done, `seed ${seed}, operation ${id}`).toEqual(steps.slice(0, done.length));
        expect(recorded.filter((step) => step === 'undo').length, `seed ${seed}`).toBe(
          state === 'cancelled' ? 1 : 0,
        );
        expect(await bench.store.credentials(id), `seed ${seed}`).toBeNull();
      }
      expect(infrastructures.map((id) => bench.store.leaseOwner(id))).toEqual([null, null]);
    }
  }, 60_000);
});
