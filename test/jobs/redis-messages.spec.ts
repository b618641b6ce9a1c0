import { setMaxListeners } from 'node:events';
import type { WakeUp } from '@im/domain';
import { processTimers } from '@im/jobs';
import type { ClusterMessages } from '@im/jobs/redis';
import { openClusterMessages } from '@im/jobs/redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DriverBench, ScriptedHandler } from '../fakes/driver-bench.js';
import { settled } from '../fakes/virtual-time.js';
import { RecordingLogger } from '../fakes/work-ports.js';
import { until } from '../servers/until.js';
import type { TestRedis } from './redis-process.js';
import { hasRedis, startRedis } from './redis-process.js';

const infrastructure = (infrastructureId: string): WakeUp => ({ kind: 'infrastructure', infrastructureId });
const launch = (infrastructureId: string, lane: number): WakeUp => ({
  kind: 'launch',
  infrastructureId,
  lane,
});

let redis: TestRedis;
let opened: ClusterMessages[] = [];
let prefix = 0;

/** Queue, notifier and limits as one process has them. */
function openProcess(works: boolean, limits = { maxCalls: 0, callsPerSecond: 0 }): ClusterMessages {
  const messages = openClusterMessages(
    {
      url: redis.url,
      prefix: `test-${prefix}`,
      name: 'test',
      works,
      limits: { ...limits, placeMs: 60_000 },
    },
    processTimers,
    new RecordingLogger(),
  );
  opened.push(messages);
  return messages;
}

async function connected(messages: ClusterMessages): Promise<ClusterMessages> {
  await until(
    () => Promise.resolve(messages.available()),
    (available) => available,
  );
  return messages;
}

/** A worker whose work is recorded, and lasts until it is ended when `holds`. */
async function startWorker(holds = false) {
  const messages = await connected(openProcess(true));
  const started: string[] = [];
  const ends: (() => void)[] = [];
  messages.queue.start(async (wakeUp) => {
    started.push(wakeUp.kind === 'operation' ? wakeUp.operationId : wakeUp.infrastructureId);
    if (holds) {
      await new Promise<void>((resolve) => ends.push(resolve));
    }
  }, 5);
  return { messages, started, end: () => ends.shift()?.() };
}

function untilStarted(started: readonly string[], expected: readonly string[]): Promise<unknown> {
  return until(
    () => Promise.resolve([...started].sort()),
    (now) => JSON.stringify(now) === JSON.stringify([...expected].sort()),
    20_000,
  );
}

describe.skipIf(!hasRedis)('processes that share a Redis', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(() => {
    prefix++;
  });
  afterEach(async () => {
    await Promise.all(opened.map((messages) => messages.queue.stop(500)));
    await Promise.all(opened.map((messages) => messages.close()));
    opened = [];
  });

  it('let another infrastructure have its turn while one has steps without an end', async () => {
    const { queue } = await connected(openProcess(true));
    const bench = new DriverBench();
    const endless = new ScriptedHandler('contextualize', async ({ operation }) => {
      await settled();
      bench.time.jump(1_000);
      return { type: 'continue', step: operation.step };
    });
    const stop = new ScriptedHandler('stop', () => ({ type: 'succeeded' }));
    const { worker } = bench.worker('w1', [endless, stop], { concurrency: 1, queue });
    await bench.request('contextualize', { infrastructureId: 'endless' });
    await worker.start();
    await until(
      () => Promise.resolve(endless.steps.length),
      (steps) => steps > 0,
    );

    const id = await bench.request('stop', { infrastructureId: 'other' });
    await queue.wake(infrastructure('other'));

    await until(
      () => bench.stateOf(id),
      (state) => state === 'succeeded',
    );
    const before = endless.steps.length;
    await until(
      () => Promise.resolve(endless.steps.length),
      (steps) => steps > before + 10,
    );
  });

  it('wake each other', async () => {
    const { started } = await startWorker();
    const api = await connected(openProcess(false));

    await api.queue.wake(infrastructure('a'));
    await api.queue.wake({ kind: 'operation', operationId: 'b' });

    await untilStarted(started, ['a', 'b']);
  });

  it('work once for wake-ups of one key that come together, and once more for those that come meanwhile', async () => {
    const api = await connected(openProcess(false));
    await Promise.all(Array.from({ length: 20 }, () => api.queue.wake(infrastructure('a'))));
    const worker = await startWorker(true);
    const other = await startWorker(true);
    await until(
      () => Promise.resolve(worker.started.length + other.started.length),
      (count) => count > 0,
    );

    await Promise.all(Array.from({ length: 20 }, () => api.queue.wake(infrastructure('a'))));
    await api.queue.wake(infrastructure('b'));
    const now = () => [...worker.started, ...other.started].sort();
    await until(
      () => Promise.resolve(now()),
      (names) => names.includes('b'),
    );
    expect(now()).toEqual(['a', 'b']);

    for (let count = 0; count < 5; count++) {
      worker.end();
      other.end();
    }
    await until(
      () => Promise.resolve(now()),
      (names) => names.length === 3,
    );
    expect(now()).toEqual(['a', 'a', 'b']);
    worker.end();
    other.end();
    await until(
      () => api.queue.depth(),
      (depth) => depth === 0,
    );
    expect(now()).toEqual(['a', 'a', 'b']);
  });

  it('tell who works on a key that another wake-up came', async () => {
    const worker = await startWorker(true);
    const api = await connected(openProcess(false));
    await api.queue.wake(infrastructure('a'));
    await untilStarted(worker.started, ['a']);
    let told = 0;
    worker.messages.notifier.subscribe('wake-inf-a', () => told++);

    await api.queue.wake(infrastructure('a'));

    await until(
      () => Promise.resolve(told),
      (count) => count === 1,
    );
    worker.end();
    await untilStarted(worker.started, ['a', 'a']);
    worker.end();
  });

  it('keep delayed wake-ups, of which the newer one counts, and do not let them hold up one for now', async () => {
    const { started } = await startWorker();
    const api = await connected(openProcess(false));
    await api.queue.wake(infrastructure('later'), 3_600_000);
    await api.queue.wake(infrastructure('later'), 200);
    await api.queue.wake(infrastructure('now'), 3_600_000);
    await api.queue.wake(infrastructure('now'));

    await untilStarted(started, ['later', 'now']);
    expect(await api.queue.depth()).toBe(1);
  });

  it('let a run set its own next delay', async () => {
    const messages = await connected(openProcess(true));
    let runs = 0;
    messages.queue.start(async (wakeUp) => {
      runs++;
      if (runs < 4) {
        await messages.queue.wake(wakeUp, 50);
      }
    }, 5);
    await messages.queue.wake(infrastructure('a'));

    await until(
      () => Promise.resolve(runs),
      (count) => count === 4,
    );
  });

  it('do not let launches take the places of other work', async () => {
    const { started, end } = await startWorker(true);
    const api = await connected(openProcess(false));
    for (let lane = 0; lane < 8; lane++) {
      await api.queue.wake(launch('slow', lane));
    }
    await until(
      () => Promise.resolve(started.length),
      (count) => count === 5,
    );

    await api.queue.wake(infrastructure('quick'));

    await until(
      () => Promise.resolve(started),
      (names) => names.includes('quick'),
    );
    for (let count = 0; count < 20; count++) {
      end();
    }
  });

  it('put ids into Redis and nothing else', async () => {
    const api = await connected(openProcess(false));
    await api.queue.wake(infrastructure('only-an-id'));
    expect(await redis.keys()).toContain(`{test-${prefix}}`);
  });

  it('count the wake-ups that failed, for people, until Redis forgets them', async () => {
    const worker = await connected(openProcess(true));
    expect(await worker.failedJobs()).toBe(0);
    worker.queue.start((wakeUp) => Promise.reject(new Error(`A defect met ${wakeUp.kind}.`)), 5);

    await worker.queue.wake(infrastructure('a'));
    await worker.queue.wake(launch('a', 0));

    const api = await connected(openProcess(false));
    await until(
      () => api.failedJobs(),
      (count) => count === 2,
    );
  });

  it('go on after Redis lost everything', async () => {
    const worker = await startWorker(true);
    const api = await connected(openProcess(false));
    await api.queue.wake(infrastructure('a'));
    await untilStarted(worker.started, ['a']);

    await redis.flush();
    worker.end();
    await api.queue.wake(infrastructure('b'));
    await untilStarted(worker.started, ['a', 'b']);
    worker.end();
    await api.queue.wake(infrastructure('a'));
    await untilStarted(worker.started, ['a', 'a', 'b']);
    worker.end();
  });

  it('go on after Redis came back', async () => {
    const worker = await startWorker();
    const api = await connected(openProcess(false));

    await redis.restart();
    await connected(api);
    await connected(worker.messages);

    await until(
      async () => {
        await api.queue.wake(infrastructure('a'));
        return worker.started;
      },
      (names) => names.includes('a'),
      30_000,
    );
  });

  it('work for themselves while Redis is away or does not answer', async () => {
    const worker = await startWorker();
    const api = await connected(openProcess(false));
    await redis.process.freeze();
    try {
      await worker.messages.queue.wake(infrastructure('a'));
      await worker.messages.queue.wake(infrastructure('b'), 50);
      await untilStarted(worker.started, ['a', 'b']);
      // Nobody fails: the rows are in the database.
      await api.queue.wake(infrastructure('c'));
      let told = 0;
      api.notifier.subscribe('topic', () => told++);
      await api.notifier.publish('topic');
      expect(told).toBe(1);
    } finally {
      redis.process.signal('SIGCONT');
    }
  });

  it('know that a Redis which takes connections and answers nothing cannot be used', async () => {
    const messages = await connected(openProcess(false));
    await redis.process.freeze();
    try {
      expect(await messages.available()).toBe(false);
    } finally {
      redis.process.signal('SIGCONT');
    }
    await connected(messages);
  });

  it('hear of what the others publish', async () => {
    const one = await connected(openProcess(false));
    const other = await connected(openProcess(false));
    const heard: string[] = [];
    const end = one.notifier.subscribe('operation', () => heard.push('one'));
    other.notifier.subscribe('operation', () => heard.push('other'));

    await until(
      async () => {
        await other.notifier.publish('operation');
        return heard;
      },
      (names) => names.includes('one'),
    );
    expect(heard).toContain('other');
    end();
    heard.length = 0;
    await other.notifier.publish('operation');
    expect(heard).toEqual(['other']);
  });

  it('keep limits of calls to a provider together', async () => {
    const limits = { maxCalls: 3, callsPerSecond: 0 };
    const gates = [openProcess(true, limits), openProcess(true, limits)];
    await Promise.all(gates.map(connected));
    const signal = new AbortController().signal;
    setMaxListeners(100, signal);
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const leave = await (gates[index % 2] ?? gates[0])?.gate.enter('cloud.example.org:443', signal);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running--;
        leave?.();
      }),
    );

    expect(most).toBe(3);
  });

  it('begin no more calls per second than a provider takes', async () => {
    const limits = { maxCalls: 0, callsPerSecond: 20 };
    const gates = [openProcess(true, limits), openProcess(true, limits)];
    await Promise.all(gates.map(connected));
    const signal = new AbortController().signal;
    setMaxListeners(100, signal);
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        await (gates[index % 2] ?? gates[0])?.gate.enter('cloud.example.org:443', signal);
      }),
    );

    // Twenty at once, the others one each 50 ms.
    expect(performance.now() - begin).toBeGreaterThan(900);
  });
});
