import type { StepContext, StepOutcome } from '@im/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { DriverBench, ScriptedHandler } from '../../../../test/fakes/driver-bench.js';
import type { StorePoint } from '../../../../test/fakes/memory-store.js';
import { settled } from '../../../../test/fakes/virtual-time.js';
import type { Worker } from '../worker.js';
import type { LaunchWorkContext } from './launch-run.js';

let bench: DriverBench;
beforeEach(() => {
  bench = new DriverBench();
});

const wakeUp = { kind: 'infrastructure', infrastructureId: 'inf' } as const;
const steps = ['start', 'prepare', 'launch', 'end'];

/** Four steps; each notes itself in the audit trail together with its outcome. */
function fourSteps({ operation }: StepContext): StepOutcome {
  const index = steps.indexOf(operation.step);
  const next = steps[index + 1];
  const writes: StepOutcome['writes'] = async (tx) => {
    await tx.appendEvents([{ infrastructureId: 'inf', kind: `step.${operation.step}`, data: {} }]);
  };
  return next === undefined ? { type: 'succeeded', writes } : { type: 'continue', step: next, writes };
}

async function stepsRecorded(): Promise<string[]> {
  const events = await bench.store.events('inf', 0, 1_000);
  return events.map((event) => event.kind).filter((kind) => kind.startsWith('step.'));
}

/** From its `count`th visit of a point on, the process of the worker is gone: all its store calls fail. */
function killAt(point: StorePoint, count: number): () => boolean {
  let visits = 0;
  let dead = false;
  bench.store.onPoint = (at) => {
    if (at === point && ++visits === count) {
      dead = true;
    }
    if (dead) {
      throw new Error('This process was killed.');
    }
  };
  return () => dead;
}

describe('a worker that dies', () => {
  const points: StorePoint[] = [
    'before-transaction',
    'before-commit',
    'after-commit',
    'acquire-lease',
    'before-release',
    'after-release',
  ];

  it.each(points)(
    'at any visit of %s leaves work that the next one finishes, each step recorded once',
    async (point) => {
      for (let visit = 1; visit <= 8; visit++) {
        bench = new DriverBench();
        const id = await bench.request('create');
        const first = bench.worker('w1', [new ScriptedHandler('create', fourSteps)]);
        const wasKilled = killAt(point, visit);
        await first.worker.start();
        await bench.time.advance(100);
        const killed = wasKilled();
        await first.worker.stop(0);
        await settled();
        bench.store.onPoint = () => undefined;

        const second = bench.worker('w2', [new ScriptedHandler('create', fourSteps)]);
        await second.worker.start();
        await bench.time.advance(120_000);
        expect(await bench.stateOf(id), `${point} ${visit}`).toBe('succeeded');
        expect(await stepsRecorded(), `${point} ${visit}`).toEqual(steps.map((step) => `step.${step}`));
        expect(bench.store.leaseOwner('inf')).toBeNull();
        if (!killed) {
          break;
        }
      }
    },
  );

  it('leaves its lease to a successor that knows to be alone', async () => {
    const id = await bench.request('create');
    await bench.store.acquireLease('inf', 'w0', 30_000);
    await bench.store.expireAllLeases();
    const { worker } = bench.worker('w1', [new ScriptedHandler('create', fourSteps)]);
    await worker.start();
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('succeeded');
    expect(bench.metrics.takeOvers).toBe(1);
  });
});

describe('an operation that ends every process that touches it', () => {
  /** Each successor takes the lease over and dies in the step. @returns how many there were */
  async function workersItTakes(
    script: (context: StepContext) => Promise<StepOutcome> | StepOutcome,
  ): Promise<number> {
    for (let died = 0; died < 20; died++) {
      const { driver } = bench.worker(`w${died}`, [new ScriptedHandler('create', script)]);
      const work = driver.handle(wakeUp, new AbortController().signal);
      await bench.time.advance(100);
      if (bench.store.leaseOwner('inf') === null) {
        await work;
        return died;
      }
      // It is gone and its lease with it.
      await bench.store.expireAllLeases();
      await bench.time.advance(30_000);
    }
    return 20;
  }

  it('is given up after some of them, and its owner is told', async () => {
    const id = await bench.request('create');

    expect(await workersItTakes(() => new Promise(() => undefined))).toBe(5);

    const operation = await bench.operation(id);
    expect(operation.state).toBe('failed');
    expect(operation.error?.message).toBe(
      'The process that worked on this ended in the middle of it, several times.',
    );
  });

  it('is not given up for deaths in different steps', async () => {
    const id = await bench.request('create');
    const seen = new Map<string, number>();
    const dieInEach = (context: StepContext): Promise<StepOutcome> | StepOutcome => {
      const times = (seen.get(context.operation.step) ?? 0) + 1;
      seen.set(context.operation.step, times);
      return times <= 4 ? new Promise(() => undefined) : fourSteps(context);
    };

    await workersItTakes(dieInEach);

    expect(await bench.stateOf(id)).toBe('succeeded');
  });
});

describe('two workers', () => {
  it('never work on one infrastructure together', async () => {
    let inside = 0;
    let most = 0;
    const busy = async (context: StepContext): Promise<StepOutcome> => {
      most = Math.max(most, ++inside);
      await settled();
      inside--;
      return fourSteps(context);
    };
    const workers = ['w1', 'w2'].map((owner) => bench.worker(owner, [new ScriptedHandler('create', busy)]));
    const ids = await Promise.all([bench.request('create'), bench.request('create')]);
    await Promise.all(workers.map(({ worker }) => worker.start()));
    await Promise.all(workers.map(({ queue }) => queue.wake(wakeUp)));
    for (let turn = 0; turn < 20; turn++) {
      await bench.time.advance(100);
    }
    expect(most).toBe(1);
    expect(await Promise.all(ids.map((id) => bench.stateOf(id)))).toEqual(['succeeded', 'succeeded']);
  });

  it('hand on news: who cannot take the lease tells who has it', async () => {
    const slow = new ScriptedHandler('contextualize', ({ signal }) => longWait(signal));
    const first = bench.worker('w1', [slow, new ScriptedHandler('create', fourSteps)]);
    await bench.request('contextualize', { lane: 'contextualization' });
    await first.worker.start();
    await bench.time.advance(20);
    const create = await bench.request('create');
    const second = bench.worker('w2', []);
    second.queue.start((news, signal) => second.driver.handle(news, signal), 1);
    await second.queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(await bench.stateOf(create)).toBe('succeeded');
  });

  it('refuse the writes of one that was frozen while the other took over', async () => {
    let resume: () => void = () => undefined;
    const frozen = new ScriptedHandler('create', async (context) => {
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
      return fourSteps(context);
    });
    const first = bench.worker('w1', [frozen]);
    const id = await bench.request('create');
    await first.worker.start();
    await bench.time.advance(20);
    bench.store.onPoint = (point) => {
      if (point === 'renew-lease') {
        throw new Error('The network is gone.');
      }
    };
    bench.time.jump(31_000);
    bench.store.onPoint = () => undefined;
    const successor = new ScriptedHandler('create', (context) =>
      context.operation.step === 'launch'
        ? { type: 'wait', step: 'launch', delayMs: 3_600_000 }
        : fourSteps(context),
    );
    const second = bench.worker('w2', [successor]);
    second.queue.start((news, signal) => second.driver.handle(news, signal), 1);
    await second.queue.wake(wakeUp);
    await settled();
    expect((await bench.operation(id)).step).toBe('launch');
    resume();
    await settled();
    expect((await bench.operation(id)).step).toBe('launch');
    expect(await stepsRecorded()).toEqual(['step.start', 'step.prepare']);
    expect(frozen.steps).toEqual(['start']);
  });

  it('tells the steps of one that lost its lease to end', async () => {
    let told = false;
    const handler = new ScriptedHandler('create', async ({ signal }) => {
      signal.addEventListener('abort', () => {
        told = true;
      });
      return longWait(signal);
    });
    const first = bench.worker('w1', [handler]);
    await bench.request('create');
    await first.worker.start();
    await bench.time.advance(20);
    await bench.store.expireAllLeases();
    await bench.store.acquireLease('inf', 'w2', 30_000);
    await bench.time.advance(10_000);
    expect(told).toBe(true);
    expect(bench.store.leaseOwner('inf')).toBe('w2');
  });
});

describe('a long step', () => {
  it('keeps its lease by renewing it', async () => {
    const handler = new ScriptedHandler('create', ({ signal }) => longWait(signal));
    const { worker } = bench.worker('w1', [handler]);
    await bench.request('create');
    await worker.start();
    await bench.time.advance(300_000);
    expect(bench.store.leaseOwner('inf')).toBe('w1');
    expect(handler.steps).toHaveLength(1);
  });
});

describe('lost wake-ups', () => {
  it('are re-created for operations of infrastructures and others', async () => {
    const { worker } = bench.worker('w1', [
      new ScriptedHandler('create', fourSteps),
      new ScriptedHandler('quotas', fourSteps),
    ]);
    await worker.start();
    const create = await bench.request('create');
    const quotas = await bench.request('quotas', { lane: 'refresh', infrastructureId: null });
    expect(bench.recreated).toBe(0);
    await bench.time.advance(5_000);
    expect(bench.recreated).toBe(2);
    expect(await Promise.all([create, quotas].map((id) => bench.stateOf(id)))).toEqual([
      'succeeded',
      'succeeded',
    ]);
  });

  it('are re-created again when the store was away', async () => {
    const { worker } = bench.worker('w1', [new ScriptedHandler('create', fourSteps)]);
    await worker.start();
    bench.store.onPoint = () => {
      throw new Error('The database is away.');
    };
    const request = bench.request('create');
    await expect(request).rejects.toThrow('away');
    await bench.time.advance(20_000);
    bench.store.onPoint = () => undefined;
    const id = await bench.request('create');
    await bench.time.advance(5_000);
    expect(await bench.stateOf(id)).toBe('succeeded');
  });
});

describe('shutdown', () => {
  it('ends long waits, gives the lease back and leaves the step to the next worker', async () => {
    const handler = new ScriptedHandler('create', ({ signal }) => longWait(signal));
    const first = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await first.worker.start();
    await bench.time.advance(20);
    await first.worker.stop(10_000);
    expect(bench.store.leaseOwner('inf')).toBeNull();
    expect(await bench.operation(id)).toMatchObject({ state: 'running', attempts: 0, step: 'start' });

    const second = bench.worker('w2', [new ScriptedHandler('create', fourSteps)]);
    await second.worker.start();
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('succeeded');
  });

  it('keeps the lease of a step that was making something and came to no end, since that may still come to be', async () => {
    const making = { makingSteps: ['start'] };
    const handler = Object.assign(new ScriptedHandler('create', ({ signal }) => longWait(signal)), making);
    const { worker } = bench.worker('w1', [handler]);
    await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    await stopAfter(worker, 5_000);
    expect(bench.store.leaseOwner('inf')).toBe('w1');
    await bench.time.advance(30_000);
    expect(bench.store.leaseOwner('inf')).toBeNull();
  });

  it('lets a step that makes something come to its end, and gives the lease back', async () => {
    const handler = Object.assign(new ScriptedHandler('create', slowly(fourSteps)), {
      makingSteps: ['start'],
    });
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    await stopAfter(worker, 2_000);
    expect(bench.store.leaseOwner('inf')).toBeNull();
    expect(await bench.operation(id)).toMatchObject({ state: 'running', step: 'prepare' });
    expect(bench.time.pending).toBe(0);
  });

  it('keeps the lease of a launch that was cut off, since its machine may still come to be', async () => {
    const { worker, queue } = bench.worker('w1', [], { launch: ({ signal }) => longWait(signal) });
    await worker.start();
    await queue.wake({ kind: 'launch', infrastructureId: 'inf', lane: 0 });
    await bench.time.advance(20);
    await stopAfter(worker, 5_000);
    expect(bench.store.leaseOwner('inf/launch-0')).toBe('w1');
  });

  it('lets a launch come to its end, and gives its lease back', async () => {
    const begun: boolean[] = [];
    const launch = async ({ signal, stopping }: LaunchWorkContext): Promise<void> => {
      await slowly(() => undefined)({ signal });
      begun.push(stopping.aborted);
    };
    const { worker, queue } = bench.worker('w1', [], { launch });
    await worker.start();
    await queue.wake({ kind: 'launch', infrastructureId: 'inf', lane: 0 });
    await bench.time.advance(20);
    await stopAfter(worker, 2_000);
    expect(begun).toEqual([true]);
    expect(bench.store.leaseOwner('inf/launch-0')).toBeNull();
    expect(bench.time.pending).toBe(0);
  });

  it('does not take the failure of an interrupted step for the end of its operation', async () => {
    const handler = new ScriptedHandler('create', async ({ signal }) => {
      await longWait(signal).catch(() => undefined);
      return { type: 'failed', error: { code: 'Unavailable', message: 'The call was interrupted.' } };
    });
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);

    await worker.stop(10_000);

    expect(await bench.operation(id)).toMatchObject({ state: 'running', step: 'start', attempts: 0 });
  });

  it('records the step under way and begins no other', async () => {
    let finish: () => void = () => undefined;
    const handler = new ScriptedHandler('create', async (context) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return fourSteps(context);
    });
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    const stopping = worker.stop(10_000);
    finish();
    await stopping;
    expect(await bench.operation(id)).toMatchObject({ state: 'running', step: 'prepare' });
    expect(handler.steps).toEqual(['start']);
    expect(bench.time.pending).toBe(0);
  });
});

/** Stops a worker whose calls take so long to end. */
async function stopAfter(worker: Worker, ms: number): Promise<void> {
  const stopped = worker.stop(10_000);
  await bench.time.advance(ms);
  await stopped;
}

/** Does something that takes a second, unless it is cut off. */
function slowly<Context extends { signal: AbortSignal }, Result>(
  work: (context: Context) => Result | Promise<Result>,
): (context: Context) => Promise<Result> {
  return async (context) => {
    await Promise.race([
      longWait(context.signal),
      new Promise<void>((resolve) => bench.time.after(1_000, resolve)),
    ]);
    return work(context);
  };
}

function longWait(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
  });
}
