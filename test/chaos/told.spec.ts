import { describe, expect, it } from 'vitest';
import type { BrokenTry } from './journal.js';
import { explains } from './outages.js';
import { Told } from './told.js';

function toldOf(...vms: string[]): Told {
  const told = new Told();
  told.grown(vms);
  return told;
}

describe('what the chaos run notices in answers', () => {
  it('is a VM that is lost, comes back, or was never asked for', () => {
    const told = toldOf('0', '1');
    expect(told.read(told.beginRead(), ['0', '1'])).toEqual([]);
    expect(told.read(told.beginRead(), ['0'])).toEqual(['VM 1 is not there any more']);
    expect(told.read(told.beginRead(), ['0', '1', '2'])).toEqual(['VM 2 was never asked for']);

    told.shrinks(['1']);
    told.shrunk(['1']);
    expect(told.read(told.beginRead(), ['0', '1'])).toEqual(['VM 1 is there again']);
  });

  it('is not what may be either way while it is changed', () => {
    const told = toldOf('0', '1');
    const before = told.beginRead();
    told.shrinks(['1']);
    expect(told.read(told.beginRead(), ['0', '1'])).toEqual([]);
    expect(told.read(told.beginRead(), ['0'])).toEqual([]);
    told.shrunk(['1']);
    expect(told.read(before, ['0', '1'])).toEqual([]);
  });

  it('is a new VM that was seen and is gone again, or that no answer names', () => {
    const told = toldOf('0');
    told.grows();
    expect(told.read(told.beginRead(), ['0', '1', '2'])).toEqual([]);
    expect(told.read(told.beginRead(), ['0', '1'])).toEqual(['VM 2 is not there any more']);
    expect(told.grown(['1'])).toEqual(["VM 2 belongs to nobody's request"]);
  });

  it('is a state that goes back, unless something is being changed', () => {
    const told = toldOf('0');
    const read = (state: string): string[] => told.readStates(told.beginRead(), { 0: state });
    expect([...read('running'), ...read('configured')]).toEqual([]);
    expect(read('running')).toEqual(['VM 0 went from configured to running']);

    told.changes();
    expect([...read('configured'), ...read('running')]).toEqual([]);
    told.changed();
    expect(read('failed')).toEqual(['VM 0 is failed']);
  });
});

describe('a try that broke', () => {
  const broken = (what: BrokenTry['what']): BrokenTry => ({
    what,
    request: 'GET /',
    text: '',
    from: 100_000,
    until: 101_000,
  });

  it('is explained by the death of a replica at the time, not of a worker, and not long ago', () => {
    const outage = { name: 'one', kind: 'api', from: 100_500, until: null } as const;
    expect(explains([outage], broken('503'))).toBe(true);
    expect(explains([{ ...outage, kind: 'worker' }], broken('503'))).toBe(false);
    expect(explains([{ ...outage, from: 1_000, until: 50_000 }], broken('503'))).toBe(false);
    expect(explains([outage], broken('504'))).toBe(false);
  });
});
