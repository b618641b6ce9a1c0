import type { Infrastructure, StepOutcome, Vm } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { infrastructureOf, vmWith } from '../../../test/contextualization/vms.js';
import { MemoryStore } from '../../../test/fakes/memory-store.js';
import type { Progress } from './progress.js';
import { newProgress } from './progress.js';
import { runOutcome } from './run-outcome.js';
import type { HandledOutput } from './run-output.js';

const vms = (): Vm[] => [
  vmWith(0, { publicIp: '198.51.100.7' }),
  vmWith(1, { privateIp: '10.0.0.1' }),
  vmWith(2, { privateIp: '10.0.0.2' }),
  vmWith(3, { privateIp: '10.0.0.3' }, { status: 'destroyed' }),
  vmWith(4, { privateIp: '10.0.0.4' }, { configured: true }),
];

function output(given: Partial<HandledOutput> = {}, progress: Partial<Progress> = {}): HandledOutput {
  return {
    progress: { ...newProgress(0, 0), attempt: 1, targets: [0, 1], offset: 77, ...progress },
    writes: async (tx) => tx.appendLogs([{ infrastructureId: 'inf-1', scope: 0, text: 'the last words\n' }]),
    ended: true,
    moreAtHand: false,
    succeeded: new Set(['198.51.100.7_0']),
    lost: false,
    ...given,
  };
}

/** What is stored once the outcome was written. */
async function stored(outcome: StepOutcome): Promise<{
  infrastructure: Infrastructure | null;
  configured: (boolean | null)[];
  hostKeys: (string | null)[];
  logs: Record<string, string>;
}> {
  const store = new MemoryStore(() => 0);
  await store.transaction(async (tx) => {
    await tx.insertInfrastructure(infrastructureOf(''));
    await tx.insertVms(vms());
  });
  await store.transaction(async (tx) => outcome.writes?.(tx));
  const found = await store.vms('inf-1');
  const logs = await store.logs('inf-1');
  return {
    infrastructure: await store.infrastructure('inf-1'),
    configured: found.map((vm) => vm.configured),
    hostKeys: found.map((vm) => vm.sshHostKey),
    logs: Object.fromEntries([...logs].map(([scope, text]) => [String(scope), text])),
  };
}

describe('the outcome of a run', () => {
  it('says of each VM whether it is configured', async () => {
    const outcome = runOutcome(infrastructureOf(''), output(), vms());

    expect(outcome).toMatchObject({ type: 'succeeded', result: { configured: [0], failed: [1] } });
    const { infrastructure, configured, logs } = await stored(outcome);
    expect(infrastructure?.configured).toBe(true);
    expect(configured).toEqual([true, false, false, null, true]);
    expect(logs['0']).toBe('the last words\n');
  });

  it('tells VMs that were left out why', async () => {
    const outcome = runOutcome(
      infrastructureOf(''),
      output({}, { excluded: { 2: 'No address.', 4: 'Never.' } }),
      vms(),
    );

    expect((await stored(outcome)).logs).toEqual({ 0: 'the last words\n', 2: 'No address.\n' });
  });

  it('has no VM configured without a result', async () => {
    const outcome = runOutcome(infrastructureOf(''), output({ succeeded: undefined }), vms());

    expect(outcome).toMatchObject({ type: 'succeeded', result: { configured: [], failed: [0, 1] } });
    expect((await stored(outcome)).configured).toEqual([false, false, false, null, true]);
  });

  it('is another attempt when the run was lost, twice at most', () => {
    const lost = { succeeded: undefined, lost: true };

    for (const attempt of [1, 2]) {
      expect(runOutcome(infrastructureOf(''), output(lost, { attempt }), vms())).toMatchObject({
        type: 'wait',
        step: 'launch',
        data: { attempt: attempt + 1, offset: 0, result: null, targets: [0, 1] },
      });
    }
    expect(runOutcome(infrastructureOf(''), output(lost, { attempt: 3 }), vms())).toMatchObject({
      type: 'succeeded',
      result: { failed: [0, 1] },
    });
  });

  it('keeps what a lost run told', async () => {
    const outcome = runOutcome(infrastructureOf(''), output({ succeeded: undefined, lost: true }), vms());
    const { logs, configured } = await stored(outcome);

    expect(logs['0']).toBe('the last words\n');
    expect(configured).toEqual([null, null, null, null, true]);
  });

  it('counts when the machine was lost only after the result', () => {
    expect(runOutcome(infrastructureOf(''), output({ lost: true }), vms())).toMatchObject({
      type: 'succeeded',
      result: { configured: [0] },
    });
  });

  it('pins the host key of a master that was configured', async () => {
    const hostKey = 'SHA256:abc';
    const good = runOutcome(infrastructureOf(''), output({}, { hostKey }), vms());
    const bad = runOutcome(infrastructureOf(''), output({ succeeded: new Set() }, { hostKey }), vms());

    expect((await stored(good)).hostKeys).toEqual([hostKey, null, null, null, null]);
    expect((await stored(bad)).hostKeys).toEqual([null, null, null, null, null]);
  });
});
