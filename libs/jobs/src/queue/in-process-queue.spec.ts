import type { WakeUp } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { settled, VirtualTime } from '../../../../test/fakes/virtual-time.js';
import { RecordingLogger } from '../../../../test/fakes/work-ports.js';
import { InProcessNotifier } from './in-process-notifier.js';
import { InProcessQueue, wakeUpTopic } from './in-process-queue.js';

const inf = (infrastructureId: string): WakeUp => ({ kind: 'infrastructure', infrastructureId });

/** A queue whose work ends when told. */
function setUp(concurrency = 2) {
  const time = new VirtualTime();
  const notifier = new InProcessNotifier();
  const logger = new RecordingLogger();
  const queue = new InProcessQueue(time, notifier, logger);
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const start = () => {
    queue.start(async (wakeUp, signal) => {
      started.push(wakeUp.kind === 'operation' ? wakeUp.operationId : wakeUp.infrastructureId);
      signals.push(signal);
      await new Promise<void>((resolve) => ends.push(resolve));
    }, concurrency);
  };
  const end = async () => {
    ends.shift()?.();
    await time.advance(20);
  };
  return { time, notifier, logger, queue, started, signals, start, end };
}

describe('InProcessQueue', () => {
  it('hands out what was sent before it started', async () => {
    const { queue, started, start } = setUp();
    await queue.wake(inf('a'));
    start();
    await settled();
    expect(started).toEqual(['a']);
  });

  it('drops a second wake-up of a key that waits', async () => {
    const { queue, started, start, end } = setUp();
    await queue.wake(inf('a'));
    await queue.wake(inf('a'));
    start();
    await settled();
    await end();
    expect(started).toEqual(['a']);
    expect(await queue.depth()).toBe(0);
  });

  it('runs a wake-up that came during the work on its key once after it, and tells the work', async () => {
    const { queue, notifier, started, start, end } = setUp();
    let told = 0;
    notifier.subscribe(wakeUpTopic('inf-a'), () => told++);
    start();
    await queue.wake(inf('a'));
    await queue.wake(inf('a'));
    await queue.wake(inf('a'));
    expect(started).toEqual(['a']);
    expect(told).toBe(2);
    await end();
    expect(started).toEqual(['a', 'a']);
    await end();
    expect(started).toEqual(['a', 'a']);
  });

  it('works on no more than `concurrency` keys at once', async () => {
    const { queue, started, start, end } = setUp(2);
    start();
    for (const id of ['a', 'b', 'c', 'd']) {
      await queue.wake(inf(id));
    }
    expect(started).toEqual(['a', 'b']);
    expect(await queue.depth()).toBe(4);
    await end();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('waits for delays with a single timer, and lets the sooner of two wake-ups win', async () => {
    const { queue, time, started, start } = setUp(10);
    start();
    await queue.wake(inf('late'), 5_000);
    await queue.wake(inf('soon'), 1_000);
    await queue.wake(inf('late'), 2_000);
    await queue.wake(inf('soon'), 9_000);
    expect(time.pending).toBe(1);
    await time.advance(999);
    expect(started).toEqual([]);
    await time.advance(1);
    expect(started).toEqual(['soon']);
    await time.advance(1_000);
    expect(started).toEqual(['soon', 'late']);
    expect(time.pending).toBe(0);
  });

  it('keeps the order of due times among many delayed wake-ups', async () => {
    const { queue, time, started, start } = setUp(1_000);
    start();
    const delays = Array.from({ length: 200 }, (_, index) => (index * 7919) % 1_000);
    for (const [index, delay] of delays.entries()) {
      await queue.wake(inf(`${delay}-${index}`), delay);
    }
    await time.advance(1_000);
    const order = started.map((id) => Number(id.split('-')[0]));
    expect(order).toEqual([...delays].sort((a, b) => a - b));
  });

  it('leaves the process to others when two keys wake each other without end', async () => {
    const { queue, time } = setUp();
    let runs = 0;
    queue.start(async (wakeUp) => {
      runs++;
      await queue.wake(inf(wakeUp.kind === 'infrastructure' && wakeUp.infrastructureId === 'a' ? 'b' : 'a'));
    }, 2);
    await queue.wake(inf('a'));
    await time.advance(100);
    expect(runs).toBeGreaterThan(5);
    expect(runs).toBeLessThan(25);
    await queue.stop(0);
  });

  it('lives on when work throws', async () => {
    const { queue, logger, time } = setUp();
    const done: string[] = [];
    queue.start(async (wakeUp) => {
      done.push(wakeUp.kind);
      throw new Error('broken');
    }, 1);
    await queue.wake(inf('a'));
    await time.advance(20);
    await queue.wake(inf('a'));
    await time.advance(20);
    expect(done).toHaveLength(2);
    expect(logger.complaints).toHaveLength(2);
  });

  it('stops: signals the work, waits for it, and hands out nothing more', async () => {
    const { queue, started, signals, start, end } = setUp(1);
    start();
    await queue.wake(inf('a'));
    await queue.wake(inf('b'));
    let stopped = false;
    const stopping = queue.stop(10_000).then(() => {
      stopped = true;
    });
    await settled();
    expect(signals[0]?.aborted).toBe(true);
    expect(stopped).toBe(false);
    await end();
    await stopping;
    await queue.wake(inf('c'));
    expect(started).toEqual(['a']);
  });

  it('stops after the grace time when work does not end', async () => {
    const { queue, time, start } = setUp(1);
    start();
    await queue.wake(inf('a'));
    const stopping = queue.stop(3_000);
    await time.advance(3_000);
    await expect(stopping).resolves.toBeUndefined();
  });
});

describe('InProcessNotifier', () => {
  it('tells the listeners of a topic until they leave', async () => {
    const notifier = new InProcessNotifier();
    const heard: string[] = [];
    const leave = notifier.subscribe('a', () => heard.push('first'));
    notifier.subscribe('a', () => heard.push('second'));
    notifier.subscribe('b', () => heard.push('other'));
    await notifier.publish('a');
    leave();
    await notifier.publish('a');
    expect(heard).toEqual(['first', 'second', 'second']);
  });

  it('forgets topics nobody listens to', () => {
    const notifier = new InProcessNotifier();
    const leave = Array.from({ length: 100 }, (_, index) =>
      notifier.subscribe(`op-${index}`, () => undefined),
    );
    leave.forEach((end) => {
      end();
    });
    expect(notifier.topics).toBe(0);
  });
});
