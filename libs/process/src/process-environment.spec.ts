import { describe, expect, it } from 'vitest';
import { ProcessIds } from './process-environment.js';

describe('ProcessIds', () => {
  const uuid = (version: string) =>
    new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);

  it('makes infrastructure ids of version 1, all different, with the time of now', () => {
    const ids = new ProcessIds();
    const made = Array.from({ length: 10_000 }, () => ids.infrastructure());
    expect(new Set(made).size).toBe(made.length);
    expect(made[0]).toMatch(uuid('1'));
    const [low, middle, high] = made[0]?.split('-') ?? [];
    const ticks = BigInt(`0x${high?.slice(1)}${middle}${low}`);
    const milliseconds = Number((ticks - 122_192_928_000_000_000n) / 10_000n);
    expect(Math.abs(milliseconds - Date.now())).toBeLessThan(60_000);
  });

  it('makes operation ids of version 7 whose order is that of their making', () => {
    const ids = new ProcessIds();
    const made = Array.from({ length: 10_000 }, () => ids.operation(Date.now()));
    expect(made[0]).toMatch(uuid('7'));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });
});
