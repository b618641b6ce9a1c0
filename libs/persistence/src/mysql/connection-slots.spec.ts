import { describe, expect, it, vi } from 'vitest';
import { ConnectionSlots, PoolFullError } from './connection-slots.js';

describe('ConnectionSlots', () => {
  it('are given to those who wait in the order in which they came', async () => {
    const slots = new ConnectionSlots(1, 10, 1000);
    const order: string[] = [];
    const first = await slots.take();
    const others = ['a', 'b', 'c'].map(async (name) => {
      const giveBack = await slots.take();
      order.push(name);
      giveBack();
    });
    first();
    await Promise.all(others);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('refuse who waited too long, and keep the slot for others', async () => {
    vi.useFakeTimers();
    try {
      const slots = new ConnectionSlots(1, 10, 50);
      const giveBack = await slots.take();
      const late = expect(slots.take()).rejects.toThrow(PoolFullError);
      await vi.advanceTimersByTimeAsync(50);
      await late;
      giveBack();
      await expect(slots.take()).resolves.toBeTypeOf('function');
    } finally {
      vi.useRealTimers();
    }
  });

  it('refuse at once when too many wait', async () => {
    const slots = new ConnectionSlots(1, 1, 1000);
    const giveBack = await slots.take();
    const waiting = slots.take();
    await expect(slots.take()).rejects.toThrow(PoolFullError);
    giveBack();
    (await waiting)();
  });

  it('are given back once, however often that is said', async () => {
    const slots = new ConnectionSlots(1, 0, 1000);
    const giveBack = await slots.take();
    giveBack();
    giveBack();
    await slots.take();
    await expect(slots.take()).rejects.toThrow(PoolFullError);
  });
});
