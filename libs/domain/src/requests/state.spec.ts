import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VmState, VmSummary } from '../model/vm.js';
import type { StateContext } from './state.js';
import { infrastructureState, isVisible, vmState } from './state.js';

const now = 1_000_000;
const quiet: StateContext = {
  now,
  gracePeriodMs: 120_000,
  deleting: false,
  adding: false,
  contextualizing: false,
};
const live: VmSummary = {
  imId: 0,
  status: 'live',
  providerState: 'running',
  configured: null,
  providerId: 'm',
  lastSuccess: now,
  failingSince: null,
  addedBy: null,
};

describe('the state of a VM', () => {
  it.each<[Partial<VmSummary>, VmState]>([
    [{ status: 'planned', providerId: null, providerState: 'pending' }, 'pending'],
    [{ status: 'launching', providerId: null, providerState: 'pending' }, 'pending'],
    [{ status: 'failed', providerId: null, providerState: 'failed' }, 'failed'],
    [{ status: 'finalizing' }, 'deleting'],
    [{ status: 'destroyed' }, 'off'],
    [{}, 'running'],
    [{ configured: true }, 'configured'],
    [{ configured: false }, 'unconfigured'],
    [{ providerState: 'pending', configured: true }, 'pending'],
    [{ providerState: 'stopped', configured: true }, 'stopped'],
    [{ providerState: 'off', configured: false }, 'off'],
    [{ providerState: 'failed' }, 'failed'],
    [{ providerState: 'unknown', configured: true }, 'unknown'],
  ])('%j is %s', (vm, state) => {
    expect(vmState({ ...live, ...vm }, { configured: null }, quiet)).toBe(state);
  });

  it('is the last known one while its cloud is silent, and unknown after the grace period', () => {
    const silentFor = (ms: number, vm: Partial<VmSummary> = {}): VmState =>
      vmState({ ...live, configured: true, ...vm, failingSince: now - ms }, { configured: null }, quiet);

    expect([silentFor(0), silentFor(120_000), silentFor(120_001)]).toEqual([
      'configured',
      'configured',
      'unknown',
    ]);
    expect(silentFor(120_001, { providerState: 'stopped' })).toBe('unknown');
    expect(silentFor(120_001, { status: 'failed' })).toBe('failed');
    expect(silentFor(120_001, { status: 'finalizing' })).toBe('deleting');
  });

  it('is not unknown because nobody asked for a long time', () => {
    expect(vmState({ ...live, lastSuccess: now - 10_000_000 }, { configured: null }, quiet)).toBe('running');
  });

  it.each<[boolean | null, Partial<VmSummary>, Partial<StateContext>, VmState]>([
    [false, {}, {}, 'unconfigured'],
    [false, { configured: true }, {}, 'configured'],
    [false, { providerState: 'stopped' }, {}, 'stopped'],
    [false, {}, { adding: true }, 'running'],
    [false, {}, { contextualizing: true }, 'running'],
    [true, {}, {}, 'running'],
  ])('in an infrastructure whose configuration is %s, %j with %j is %s', (configured, vm, context, state) => {
    expect(vmState({ ...live, ...vm }, { configured }, { ...quiet, ...context })).toBe(state);
  });

  it('is shown for every VM but the destroyed ones', () => {
    expect(
      (['planned', 'failed', 'finalizing', 'destroyed'] as const).map((status) => isVisible({ status })),
    ).toEqual([true, true, true, false]);
  });
});

describe('the state of an infrastructure', () => {
  const of = (
    states: VmState[],
    configured: boolean | null = null,
    context: Partial<StateContext> = {},
  ): VmState => infrastructureState({ configured }, states, { ...quiet, ...context });

  it.each<[VmState[], VmState]>([
    [['configured'], 'configured'],
    [['configured', 'running'], 'running'],
    [['running', 'pending'], 'pending'],
    [['pending', 'running'], 'pending'],
    [['configured', 'stopped'], 'configured'],
    [['stopped', 'configured'], 'stopped'],
    [['unconfigured', 'stopped'], 'unconfigured'],
    [['configured', 'unconfigured'], 'unconfigured'],
    [['unconfigured', 'configured'], 'unconfigured'],
    [['stopped', 'unconfigured'], 'stopped'],
    [['off', 'stopped'], 'off'],
    [['stopped', 'off'], 'stopped'],
    [['off', 'running'], 'running'],
    [['running', 'failed', 'unknown'], 'failed'],
    [['running', 'unknown', 'failed'], 'unknown'],
    [['pending', 'failed'], 'failed'],
    [['deleting', 'configured'], 'configured'],
    [['configured', 'deleting'], 'configured'],
  ])('of %j is %s', (states, state) => {
    expect(of(states)).toBe(state);
    expect(of(states, false)).toBe(state);
  });

  it.each<[VmState[], boolean | null, Partial<StateContext>, VmState]>([
    [[], null, {}, 'pending'],
    [[], true, {}, 'unknown'],
    [[], false, {}, 'failed'],
    [[], true, { adding: true }, 'pending'],
    [['deleting'], null, {}, 'unknown'],
    [['deleting'], true, {}, 'unknown'],
    [['deleting'], false, {}, 'failed'],
  ])('without a VM that counts (%j, configured %j, %j) is %s', (states, configured, context, state) => {
    expect(of(states, configured, context)).toBe(state);
  });

  it('is deleting while it is destroyed, whatever its VMs say', () => {
    const any = fc.constantFrom<VmState>(
      'pending',
      'running',
      'configured',
      'failed',
      'unknown',
      'off',
      'deleting',
    );
    fc.assert(
      fc.property(fc.array(any), fc.constantFrom(null, true, false), (states, configured) => {
        expect(of(states, configured, { deleting: true })).toBe('deleting');
      }),
    );
  });

  it('is that of its VMs when they agree, and always one of them otherwise', () => {
    const any = fc.constantFrom<VmState>(
      'pending',
      'running',
      'configured',
      'unconfigured',
      'stopped',
      'off',
      'failed',
      'unknown',
    );
    fc.assert(
      fc.property(fc.array(any, { minLength: 1 }), (states) => {
        const state = of(states, true);

        expect(states).toContain(state);
        const bad = states.find((one) => one === 'failed' || one === 'unknown');
        expect(bad === undefined ? state : bad).toBe(state);
      }),
    );
  });
});
