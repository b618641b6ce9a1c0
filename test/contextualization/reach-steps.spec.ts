import type { Vm } from '@im/domain';
import type { SshClientPool } from '@im/ssh';
import { beforeEach, describe, expect, it } from 'vitest';
import { ControlLink } from '../../libs/contextualization/src/control-link.js';
import { newProgress, progressOf } from '../../libs/contextualization/src/progress.js';
import { ReachSteps } from '../../libs/contextualization/src/reach-steps.js';
import { DriverBench, ScriptedHandler } from '../fakes/driver-bench.js';
import { infrastructureOf, vmWith } from './vms.js';

const seconds = 1000;
const noMachines: SshClientPool = {
  use: () => Promise.reject(new Error('This test has no machines.')),
  close: () => Promise.resolve(),
};

describe('VMs are waited for', () => {
  let bench: DriverBench;
  /** How long it took, and who was left out; undefined while it goes on. */
  let end: { afterMs: number; excluded: string[] } | undefined;

  beforeEach(() => {
    bench = new DriverBench();
    end = undefined;
  });

  /** Begins to wait with the default limits. */
  async function begin(vms: readonly Vm[]): Promise<void> {
    const infrastructure = infrastructureOf('');
    await bench.store.transaction(async (tx) => {
      await tx.insertInfrastructure(infrastructure);
      await tx.insertVms(vms);
    });
    const steps = new ReachSteps(new ControlLink(noMachines), {
      remoteFolder: '/var/tmp/.im',
      playbookRetries: 1,
      waitRunningMs: 1800 * seconds,
      waitSshMs: 300 * seconds,
      waitPublicIpMs: 90 * seconds,
      installTimeoutMs: 900 * seconds,
      vmsPerProcess: 30,
      maxSshErrors: 3,
      defaultDomain: 'localdomain',
    });
    const begun = bench.time.now();
    const handler = new ScriptedHandler('contextualize', (context) => {
      switch (context.operation.step) {
        case 'start':
          return { type: 'continue', step: 'addresses', data: newProgress(0, begun) };
        case 'addresses':
          return steps.addresses(context, infrastructure);
        default:
          end = {
            afterMs: bench.time.now() - begun,
            excluded: Object.keys(progressOf(context.operation).excluded),
          };
          return { type: 'succeeded' };
      }
    });
    const { worker, queue } = bench.worker('w', [handler]);
    await bench.request('contextualize', { infrastructureId: infrastructure.id });
    await worker.start();
    await queue.wake({ kind: 'infrastructure', infrastructureId: infrastructure.id });
    await bench.time.advance(20);
  }

  const change = async (vm: Vm): Promise<void> => {
    const stored = await bench.store.vm('inf-1', vm.imId);
    await bench.store.transaction((tx) => tx.saveVms([{ ...vm, version: stored?.version ?? 1 }]));
  };

  const master = vmWith(0, { publicIp: '198.51.100.7' });
  const booting = vmWith(1, { privateIp: null }, { providerState: 'pending' });
  const withoutAddress = vmWith(1, { privateIp: null });
  const up = vmWith(1, { privateIp: '10.0.0.1' });
  const withoutPublicAddress = vmWith(1, { publicIp: null, privateIp: '10.0.0.1' });

  it('not at all when all are up', async () => {
    await begin([master, up]);

    expect(end).toEqual({ afterMs: 0, excluded: [] });
  });

  it.each([
    ['boots', booting],
    ['has no address', withoutAddress],
  ])('as long as one may take that %s', async (_name, vm) => {
    await begin([master, vm]);
    await bench.time.advance(1500 * seconds);
    expect(end).toBeUndefined();

    await change(up);
    await bench.time.advance(5 * seconds);
    expect(end?.excluded).toEqual([]);
  });

  it('no longer than a machine may take to boot', async () => {
    await begin([master, booting]);
    await bench.time.advance(1810 * seconds);

    expect(end?.excluded).toEqual(['1']);
  });

  it('for a short time when only a public address is missing', async () => {
    await begin([master, withoutPublicAddress]);
    await bench.time.advance(80 * seconds);
    expect(end).toBeUndefined();

    await bench.time.advance(20 * seconds);
    expect(end?.excluded).toEqual(['1']);
  });

  it('for the public address of one that booted long', async () => {
    await begin([master, booting]);
    await bench.time.advance(600 * seconds);
    await change(withoutPublicAddress);
    await bench.time.advance(60 * seconds);
    expect(end).toBeUndefined();

    await change(vmWith(1, { publicIp: '198.51.100.8', privateIp: '10.0.0.1' }));
    await bench.time.advance(5 * seconds);
    expect(end?.excluded).toEqual([]);
  });
});
