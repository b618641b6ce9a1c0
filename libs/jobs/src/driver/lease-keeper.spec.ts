import { LeaseLostError } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../test/fakes/memory-store.js';
import { VirtualTime } from '../../../../test/fakes/virtual-time.js';
import { RecordingLogger } from '../../../../test/fakes/work-ports.js';
import { LeaseKeeper } from './lease-keeper.js';

async function setUp() {
  const time = new VirtualTime();
  const store = new MemoryStore(() => time.now());
  const lease = await store.acquireLease('inf', 'w1', 30_000);
  if (lease === null) {
    throw new Error('The lease is free.');
  }
  let lost = 0;
  const keeper = new LeaseKeeper({
    store,
    timers: time,
    logger: new RecordingLogger(),
    lease,
    leaseTimeMs: 30_000,
    takenAt: time.now(),
    onLost: () => lost++,
  });
  keeper.start();
  return { time, store, keeper, lost: () => lost };
}

describe('LeaseKeeper', () => {
  it('renews at a third of the time until it is stopped', async () => {
    const { time, store, keeper } = await setUp();
    await time.advance(300_000);
    expect(store.leaseOwner('inf')).toBe('w1');
    keeper.stop();
    await time.advance(30_000);
    expect(store.leaseOwner('inf')).toBeNull();
    expect(time.pending).toBe(0);
  });

  it('knows after a long pause, before any call, that the lease may be in other hands', async () => {
    const { time, keeper, lost } = await setUp();
    keeper.assertHeld();
    time.jump(30_000);
    expect(() => {
      keeper.assertHeld();
    }).toThrow(LeaseLostError);
    expect(lost()).toBe(1);
  });

  it('bears a store that is away for a moment, and gives up when the lease has run out', async () => {
    const { time, store, keeper, lost } = await setUp();
    store.onPoint = () => {
      throw new Error('The database is away.');
    };
    await time.advance(20_000);
    expect(lost()).toBe(0);
    keeper.assertHeld();
    await time.advance(10_000);
    expect(lost()).toBe(1);
  });

  it('gives up when the lease has run out although the store gives no answer', async () => {
    const { time, store, lost } = await setUp();
    store.onPoint = () => new Promise(() => undefined);
    await time.advance(29_000);
    expect(lost()).toBe(0);
    await time.advance(1_000);
    expect(lost()).toBe(1);
    expect(time.pending).toBe(0);
  });

  it('notices at once that another one took over', async () => {
    const { time, store, lost } = await setUp();
    await store.expireAllLeases();
    await store.acquireLease('inf', 'w2', 30_000);
    await time.advance(10_000);
    expect(lost()).toBe(1);
  });
});
