import type { StepContext, StepOutcome } from '@im/domain';
import { CloudError, ImError } from '@im/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { DriverBench, ScriptedHandler } from '../../../../test/fakes/driver-bench.js';
import { settled } from '../../../../test/fakes/virtual-time.js';

let bench: DriverBench;
beforeEach(() => {
  bench = new DriverBench();
});

const wakeUp = { kind: 'infrastructure', infrastructureId: 'inf' } as const;

/** Three steps: start, middle, done. */
function threeSteps(context: StepContext): StepOutcome {
  if (context.cancelled) {
    return { type: 'cancelled' };
  }
  switch (context.operation.step) {
    case 'start':
      return { type: 'continue', step: 'middle', data: { started: true } };
    case 'middle':
      return { type: 'continue', step: 'end' };
    default:
      return { type: 'succeeded', result: { vmIds: [0] } };
  }
}

/** Ends when its signal aborts. */
function longWait(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
  });
}

describe('OperationDriver', () => {
  it('does the steps of an operation in order, each once, and tells its end', async () => {
    const handler = new ScriptedHandler('create', threeSteps);
    const { worker, queue } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    const told: string[] = [];
    bench.notifier.subscribe(id, () => told.push('operation'));
    bench.notifier.subscribe('inf-inf', () => told.push('infrastructure'));
    await worker.start();
    await queue.wake(wakeUp);
    await bench.time.advance(20);

    expect(handler.steps).toEqual(['start', 'middle', 'end']);
    const operation = await bench.operation(id);
    expect(operation).toMatchObject({ state: 'succeeded', result: { vmIds: [0] }, data: { started: true } });
    expect(operation.startedAt).not.toBeNull();
    expect(operation.finishedAt).not.toBeNull();
    expect(told).toEqual(['infrastructure', 'infrastructure', 'infrastructure', 'operation']);
    expect(bench.store.leaseOwner('inf')).toBeNull();
    expect(bench.metrics.operations).toEqual([{ kind: 'create', outcome: 'succeeded', seconds: 0 }]);
    const events = await bench.store.events('inf', 0, 10);
    expect(events.map((event) => event.kind)).toEqual(['operation.running', 'operation.succeeded']);
  });

  it('gives the handler the credentials of its operation and deletes them at its end', async () => {
    const handler = new ScriptedHandler('create', threeSteps);
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('create', { items: [{ id: 'dummy', type: 'Dummy' }] });
    await worker.start();
    await bench.time.advance(20);
    expect(handler.contexts.map((context) => context.clouds[0]?.cloud.type)).toEqual([
      'Dummy',
      'Dummy',
      'Dummy',
    ]);
    expect(await bench.store.credentials(id)).toBeNull();
  });

  it('commits the writes of a step together with the step', async () => {
    const handler = new ScriptedHandler('create', () => ({
      type: 'succeeded',
      writes: async (tx) => {
        await tx.appendEvents([{ infrastructureId: 'inf', kind: 'vm.launched', data: {} }]);
      },
    }));
    const { worker } = bench.worker('w1', [handler]);
    await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    const kinds = (await bench.store.events('inf', 0, 10)).map((event) => event.kind);
    expect(kinds).toEqual(['operation.running', 'vm.launched', 'operation.succeeded']);
  });

  it('waits without working, and goes on in time', async () => {
    let looks = 0;
    const handler = new ScriptedHandler('create', () =>
      ++looks < 3 ? { type: 'wait', step: 'start', delayMs: 60_000 } : { type: 'succeeded' },
    );
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(59_000);
    expect(looks).toBe(1);
    expect(bench.store.leaseOwner('inf')).toBeNull();
    await bench.time.advance(61_000);
    expect(looks).toBe(3);
    expect(await bench.stateOf(id)).toBe('succeeded');
  });

  it('looks sooner when something wakes the infrastructure', async () => {
    let ready = false;
    const handler = new ScriptedHandler('create', () =>
      ready ? { type: 'succeeded' } : { type: 'wait', step: 'start', delayMs: 3_600_000 },
    );
    const { worker, queue } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    ready = true;
    await queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('succeeded');
  });

  it('lets another infrastructure have its turn while one has steps without an end', async () => {
    const endless = new ScriptedHandler('contextualize', async ({ operation }) => {
      await new Promise<void>((resolve) => bench.time.after(1_000, resolve));
      return { type: 'continue', step: operation.step };
    });
    const { worker, queue } = bench.worker('w1', [endless, new ScriptedHandler('stop', threeSteps)], {
      concurrency: 1,
    });
    await bench.request('contextualize', { lane: 'contextualization' });
    await worker.start();
    await bench.time.advance(1_500);
    const stop = await bench.request('stop', { infrastructureId: 'other' });
    await queue.wake({ kind: 'infrastructure', infrastructureId: 'other' });
    await bench.time.advance(10_000);

    expect(await bench.stateOf(stop)).toBe('succeeded');
    const steps = endless.steps.length;
    await bench.time.advance(10_000);
    expect(endless.steps.length - steps).toBeGreaterThanOrEqual(9);
  });

  it('finishes changes in their order and runs other lanes beside them', async () => {
    const order: string[] = [];
    const note = (name: string) => (context: StepContext) => {
      order.push(`${name}-${context.operation.step}`);
      return threeSteps(context);
    };
    const slow = new ScriptedHandler('contextualize', async ({ signal, operation }) => {
      order.push(`contextualize-${operation.step}`);
      await longWait(signal);
      return { type: 'succeeded' };
    });
    const { worker } = bench.worker('w1', [
      new ScriptedHandler('add', note('add')),
      new ScriptedHandler('remove', note('remove')),
      slow,
    ]);
    const contextualization = await bench.request('contextualize', { lane: 'contextualization' });
    await bench.request('add');
    const remove = await bench.request('remove');
    await worker.start();
    await bench.time.advance(20);
    expect(order.filter((step) => !step.startsWith('contextualize'))).toEqual([
      'add-start',
      'add-middle',
      'add-end',
      'remove-start',
      'remove-middle',
      'remove-end',
    ]);
    expect(await bench.stateOf(remove)).toBe('succeeded');
    expect(await bench.stateOf(contextualization)).toBe('running');
  });

  it('starts a new operation while a step of another lane still runs', async () => {
    const slow = new ScriptedHandler('contextualize', ({ signal }) => longWait(signal));
    const { worker, queue } = bench.worker('w1', [slow, new ScriptedHandler('stop', threeSteps)]);
    await bench.request('contextualize', { lane: 'contextualization' });
    await worker.start();
    await bench.time.advance(20);
    const stop = await bench.request('stop');
    await queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(await bench.stateOf(stop)).toBe('succeeded');
    expect(slow.steps).toHaveLength(1);
  });

  it('goes on in time with a lane that waits while a step of another lane runs', async () => {
    let looks = 0;
    const slow = new ScriptedHandler('contextualize', ({ signal }) => longWait(signal));
    const waiting = new ScriptedHandler('create', () =>
      ++looks < 3 ? { type: 'wait', step: 'start', delayMs: 2_000 } : { type: 'succeeded' },
    );
    const { worker } = bench.worker('w1', [slow, waiting]);
    await bench.request('contextualize', { lane: 'contextualization' });
    const create = await bench.request('create');
    await worker.start();
    await bench.time.advance(4_000);
    expect(await bench.stateOf(create)).toBe('succeeded');
    expect(slow.steps).toHaveLength(1);
  });

  it('looks sooner when an operation of another lane ended', async () => {
    const contextualize = new ScriptedHandler('contextualize', ({ cancelled }) =>
      cancelled ? { type: 'cancelled' } : { type: 'wait', step: 'start', delayMs: 3_600_000 },
    );
    const destroy = new ScriptedHandler('destroy', async ({ store }) =>
      (await store.activeOperations('inf')).some((operation) => operation.kind === 'contextualize')
        ? { type: 'wait', step: 'start', delayMs: 60_000 }
        : { type: 'succeeded' },
    );
    const { worker, queue } = bench.worker('w1', [contextualize, destroy]);
    await bench.request('contextualize', { lane: 'contextualization' });
    await worker.start();
    await bench.time.advance(20);
    const id = await bench.request('destroy');
    await queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('succeeded');
  });

  it('fails an operation of a kind nobody handles', async () => {
    const { worker } = bench.worker('w1', []);
    const id = await bench.request('snapshot');
    await worker.start();
    await bench.time.advance(20);
    expect(await bench.operation(id)).toMatchObject({
      state: 'failed',
      error: { code: 'Internal', message: `Internal error, reference ${id}` },
    });
  });

  it('drives operations that belong to no infrastructure', async () => {
    const { worker, queue } = bench.worker('w1', [new ScriptedHandler('quotas', threeSteps)]);
    const id = await bench.request('quotas', { lane: 'refresh', infrastructureId: null });
    await worker.start();
    await queue.wake({ kind: 'operation', operationId: id });
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('succeeded');
  });

  it('holds the lease of a launch lane while it works', async () => {
    const seen: (string | null)[] = [];
    const { worker, queue } = bench.worker('w1', [], {
      launch: async ({ lease }) => {
        seen.push(bench.store.leaseOwner(lease.key));
        await settled();
      },
    });
    await worker.start();
    await queue.wake({ kind: 'launch', infrastructureId: 'inf', lane: 2 });
    await bench.time.advance(20);
    expect(seen).toEqual(['w1']);
    expect(bench.store.leaseOwner('inf/launch-2')).toBeNull();
  });
});

describe('cancellation', () => {
  it('stops an operation during its wait', async () => {
    const handler = new ScriptedHandler('create', ({ cancelled }) =>
      cancelled ? { type: 'cancelled' } : { type: 'wait', step: 'start', delayMs: 3_600_000 },
    );
    const { worker, queue } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    await bench.markCancelling(id);
    await queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('cancelled');
    expect(await bench.store.credentials(id)).toBeNull();
  });

  it('ends the long wait of a running step', async () => {
    const handler = new ScriptedHandler('create', ({ cancelled, signal }) =>
      cancelled ? { type: 'cancelled' } : longWait(signal),
    );
    const { worker, queue } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    await bench.markCancelling(id);
    await queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('cancelled');
    expect((await bench.operation(id)).attempts).toBe(0);
  });

  it('does not cut off a step that makes something', async () => {
    let finish: () => void = () => undefined;
    const handler = Object.assign(
      new ScriptedHandler('create', async ({ cancelled, signal }) => {
        if (cancelled) {
          return { type: 'cancelled' };
        }
        await Promise.race([longWait(signal), new Promise<void>((resolve) => (finish = resolve))]);
        return { type: 'continue', step: 'made' };
      }),
      { makingSteps: ['start'] },
    );
    const { worker, queue } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    await bench.markCancelling(id);
    await queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(await bench.operation(id)).toMatchObject({ state: 'cancelling', step: 'start' });
    finish();
    await bench.time.advance(20);
    expect(await bench.operation(id)).toMatchObject({ state: 'cancelled', step: 'made' });
  });

  it('does not overwrite a mark that was set while a step ran, nor obey its wait', async () => {
    const handler = new ScriptedHandler('create', async ({ cancelled, operation }) => {
      if (cancelled) {
        return { type: 'cancelled' };
      }
      await bench.markCancelling(operation.id);
      return { type: 'wait', step: 'middle', delayMs: 3_600_000 };
    });
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(20);
    expect(await bench.stateOf(id)).toBe('cancelled');
    expect(handler.contexts.map((context) => context.cancelled)).toEqual([false, true]);
  });

  it('lets a destroy overtake what was asked before it, but not what comes after', async () => {
    const order: string[] = [];
    const handlerOf = (kind: 'create' | 'add' | 'destroy' | 'reconfigure') =>
      new ScriptedHandler(kind, ({ cancelled }) => {
        order.push(`${kind}${cancelled ? ' cancelled' : ''}`);
        return cancelled
          ? { type: 'cancelled' }
          : kind === 'create'
            ? { type: 'wait', step: 'start', delayMs: 3_600_000 }
            : { type: 'succeeded' };
      });
    const contextualize = new ScriptedHandler('contextualize', ({ cancelled }) =>
      cancelled ? { type: 'cancelled' } : { type: 'wait', step: 'start', delayMs: 3_600_000 },
    );
    const kinds = (['create', 'add', 'destroy', 'reconfigure'] as const).map(handlerOf);
    const { worker, queue } = bench.worker('w1', [...kinds, contextualize]);
    const create = await bench.request('create');
    const add = await bench.request('add');
    const configuration = await bench.request('contextualize', { lane: 'contextualization' });
    await worker.start();
    await bench.time.advance(20);
    const destroy = await bench.request('destroy');
    const later = await bench.request('reconfigure');
    await queue.wake(wakeUp);
    await bench.time.advance(20);
    expect(order).toEqual(['create', 'create cancelled', 'add cancelled', 'destroy', 'reconfigure']);
    expect(await Promise.all([create, add, configuration].map((id) => bench.stateOf(id)))).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
    expect(await Promise.all([destroy, later].map((id) => bench.stateOf(id)))).toEqual([
      'succeeded',
      'succeeded',
    ]);
  });

  it('replaces an older contextualization by the newest', async () => {
    const handler = new ScriptedHandler('contextualize', ({ cancelled }) =>
      cancelled ? { type: 'cancelled' } : { type: 'succeeded' },
    );
    const { worker } = bench.worker('w1', [handler]);
    const older = await bench.request('contextualize', { lane: 'contextualization' });
    const newest = await bench.request('contextualize', { lane: 'contextualization' });
    await worker.start();
    await bench.time.advance(20);
    expect(await bench.stateOf(older)).toBe('cancelled');
    expect(await bench.stateOf(newest)).toBe('succeeded');
  });
});

describe('errors of steps', () => {
  it('tries again with growing pauses and forgets the failures when it succeeds', async () => {
    const times: number[] = [];
    const handler = new ScriptedHandler('stop', () => {
      times.push(bench.time.now());
      if (times.length < 5) {
        throw new CloudError('Unavailable', 'The cloud is away.');
      }
      return { type: 'wait', step: 'middle', delayMs: 3_600_000 };
    });
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('stop');
    await worker.start();
    await bench.time.advance(15_100);
    const pauses = times.slice(1, 5).map((time, index) => time - (times[index] ?? 0));
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(1_000 * 2 ** index);
    }
    expect(await bench.operation(id)).toMatchObject({ attempts: 0, error: null, step: 'middle' });
  });

  it('is not hurried by wake-ups while it backs off', async () => {
    const handler = new ScriptedHandler('stop', () => {
      throw new CloudError('RateLimited', 'Slow down.', { retryAfterMs: 30_000 });
    });
    const { worker, queue } = bench.worker('w1', [handler]);
    await bench.request('stop');
    await worker.start();
    await bench.time.advance(20);
    await queue.wake(wakeUp);
    await bench.time.advance(29_000);
    expect(handler.steps).toHaveLength(1);
    await bench.time.advance(1_000);
    expect(handler.steps).toHaveLength(2);
  });

  it('gives up after the last try, with the text of the cloud', async () => {
    const handler = new ScriptedHandler(
      'stop',
      () => {
        throw new CloudError('Unavailable', 'The cloud is away.');
      },
      () => async (tx) => {
        await tx.appendEvents([{ infrastructureId: 'inf', kind: 'vm.unchanged', data: {} }]);
      },
    );
    const { worker } = bench.worker('w1', [handler], { maxStepAttempts: 3 });
    const id = await bench.request('stop');
    await worker.start();
    await bench.time.advance(600_000);
    expect(handler.steps).toHaveLength(3);
    expect(handler.failures).toEqual([{ code: 'Unavailable', message: 'The cloud is away.' }]);
    expect(await bench.operation(id)).toMatchObject({
      state: 'failed',
      error: { message: 'The cloud is away.' },
    });
    const kinds = (await bench.store.events('inf', 0, 10)).map((event) => event.kind);
    expect(kinds).toEqual(['operation.running', 'vm.unchanged', 'operation.failed']);
    expect(await bench.store.credentials(id)).toBeNull();
  });

  it('does not repeat what cannot succeed', async () => {
    const handler = new ScriptedHandler('stop', () => {
      throw new ImError('VmNotFound', 'Invalid VM ID');
    });
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('stop');
    await worker.start();
    await bench.time.advance(20);
    expect(handler.steps).toHaveLength(1);
    expect(await bench.operation(id)).toMatchObject({ state: 'failed', error: { code: 'VmNotFound' } });
  });

  it('keeps the text of unforeseen errors from the user and gives it to the log', async () => {
    const handler = new ScriptedHandler('stop', () => {
      throw new TypeError('x is undefined at /srv/im/secret-path');
    });
    const { worker } = bench.worker('w1', [handler], { maxStepAttempts: 1 });
    const id = await bench.request('stop');
    await worker.start();
    await bench.time.advance(20);
    expect((await bench.operation(id)).error).toEqual({
      code: 'Internal',
      message: `Internal error, reference ${id}`,
    });
    expect(bench.logger.complaints[0]?.data).toMatchObject({
      operation: id,
      cause: 'x is undefined at /srv/im/secret-path',
    });
  });

  it('ends an operation whose deadline passed', async () => {
    const handler = new ScriptedHandler('create', () => ({ type: 'wait', step: 'start', delayMs: 10_000 }));
    const { worker } = bench.worker('w1', [handler]);
    const id = await bench.request('create', { deadlineMs: 60_000 });
    await worker.start();
    await bench.time.advance(59_000);
    expect(await bench.stateOf(id)).toBe('running');
    await bench.time.advance(11_000);
    expect(await bench.operation(id)).toMatchObject({ state: 'failed', error: { code: 'Timeout' } });
    expect(handler.failures).toHaveLength(1);
  });

  it('tells a step that takes too long to end, and counts it as failed', async () => {
    const handler = new ScriptedHandler('create', ({ signal }) => longWait(signal));
    const { worker } = bench.worker('w1', [handler], { stepTimeoutMs: 120_000 });
    const id = await bench.request('create');
    await worker.start();
    await bench.time.advance(120_000);
    expect(await bench.operation(id)).toMatchObject({ state: 'running', attempts: 1 });
  });

  it('ends an operation even when giving up fails again and again', async () => {
    const handler = new ScriptedHandler(
      'stop',
      () => {
        throw new Error('broken');
      },
      () => {
        throw new Error('broken too');
      },
    );
    const { worker } = bench.worker('w1', [handler], { maxStepAttempts: 2 });
    const id = await bench.request('stop');
    await worker.start();
    await bench.time.advance(600_000);
    expect(await bench.stateOf(id)).toBe('failed');
    expect(await bench.store.credentials(id)).toBeNull();
  });
});
