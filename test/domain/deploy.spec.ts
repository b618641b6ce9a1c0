import { CloudError } from '@im/domain';
import { InProcessQueue } from '@im/jobs';
import { parseRadl, printRadl } from '@im/radl';
import { describe, expect, it, vi } from 'vitest';
import { ServiceBench } from '../fakes/service-bench.js';

const image = "disk.0.image.url = 'scripted://image'";
const nodes = (count: number): string =>
  `network net () system node (net_interface.0.connection = 'net' and ${image}) deploy node ${count}`;
const away = new CloudError('Unavailable', 'The cloud is away.');
const noQuota = new CloudError('QuotaExceeded', 'No more machines.');

async function started(given: ConstructorParameters<typeof ServiceBench>[0] = {}): Promise<ServiceBench> {
  const bench = new ServiceBench(given);
  await bench.start();
  return bench;
}

describe('create', () => {
  it('launches what the document asks for, numbered in its order, and has it configured', async () => {
    const bench = await started();
    const { id, operation } = await bench.create(`description d (name = 'mine')
      network pub (outbound = 'yes') network net ()
      system free (net_interface.0.connection = 'pub' and net_interface.0.dns_name = 'front-#N#.org' and ${image})
      system node (net_interface.0.connection = 'net' and ${image})
      deploy node 2 deploy free 1 deploy node 1`);

    expect(operation).toMatchObject({ state: 'succeeded', result: { vmIds: [0, 1, 2, 3] } });
    const vms = await bench.vms(id);
    expect(vms.map((vm) => `${vm.imId} ${vm.system} ${vm.status}`)).toEqual([
      '0 node live',
      '1 node live',
      '2 free live',
      '3 node live',
    ]);
    expect(vms.map((vm) => vm.info.systems[0]?.features.getText('net_interface.0.dns_name'))).toEqual([
      'vnode-0',
      'vnode-1',
      'front-2.org',
      'vnode-3',
    ]);
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
    expect(await bench.infrastructure(id)).toMatchObject({
      name: 'mine',
      nextVmId: 4,
      privateNetworks: { net: 'one' },
    });
    expect(bench.cloud().machines).toHaveLength(4);
    expect(bench.cloud().networks.map((network) => network.token)).toEqual([`${id}-net`]);
    expect(bench.contextualization.requests).toEqual([{ vmIds: null, reinstall: false, reason: 'create' }]);
    expect(await bench.store.credentials(operation.id)).toBeNull();
  });

  it('shows its VMs as pending from the first step on, under the numbers they keep', async () => {
    const bench = await started();
    bench.cloud().always('launch', { delayMs: 20_000 });
    const { id } = await bench.create(nodes(2), { ms: 1_000 });

    expect(await bench.states(id)).toEqual({ state: 'pending', vms: { 0: 'pending', 1: 'pending' } });
    await bench.run();
    expect(await bench.states(id)).toEqual({
      state: 'configured',
      vms: { 0: 'configured', 1: 'configured' },
    });
  });

  it('spreads independent deploys over the clouds they ask for, and keeps networks in one', async () => {
    const bench = await started({ clouds: ['one', 'two'] });
    const { id } = await bench.create(`network net ()
      system node (net_interface.0.connection = 'net' and ${image}) system free (${image})
      deploy free 1 two deploy node 2 deploy free 1`);

    expect((await bench.vms(id)).map((vm) => `${vm.system} ${vm.cloud.id}`)).toEqual([
      'free two',
      'node one',
      'node one',
      'free one',
    ]);
    expect(bench.cloud('two').networks).toEqual([]);
  });

  it('asks for a new password of a machine that came with one', async () => {
    const bench = await started();
    const { id } = await bench.create(
      `system a (${image} and disk.0.os.credentials.password = 'given')
       system b (${image} and disk.0.os.credentials.password = 'given' and disk.0.os.credentials.new.password = 'Wanted.1')
       system c (${image}) deploy a 1 deploy b 1 deploy c 1`,
    );
    const [a, b, c] = (await bench.vms(id)).map((vm) =>
      vm.info.systems[0]?.features.getText('disk.0.os.credentials.new.password'),
    );

    expect(a).toMatch(/^[a-z0-9A-Z]{8,}$/);
    expect([b, c]).toEqual(['Wanted.1', undefined]);
  });

  it('leaves the password of a machine that was there before as it is', async () => {
    const bench = await started({
      connectors: (registry) => ({
        types: () => registry.types(),
        open: (access) => {
          const connector = registry.open(access);
          return Object.assign(connector, {
            capabilities: { ...connector.capabilities, existingMachines: true },
          });
        },
      }),
    });
    const { id } = await bench.create(
      `system a (${image} and disk.0.os.credentials.password = 'given')
       system b (${image} and disk.0.os.credentials.password = 'given' and disk.0.os.credentials.new.password = 'Wanted.1')
       deploy a 1 deploy b 1`,
    );

    expect(
      (await bench.vms(id)).map((vm) =>
        vm.info.systems[0]?.features.getText('disk.0.os.credentials.new.password'),
      ),
    ).toEqual([undefined, 'Wanted.1']);
  });

  it('of a document without any deploy is an empty infrastructure that is failed until something is added', async () => {
    const bench = await started();
    const { id, operation } = await bench.create(`network net () system node (${image})`);

    expect(operation).toMatchObject({ state: 'succeeded', result: { vmIds: [] } });
    expect(await bench.states(id)).toEqual({ state: 'failed', vms: {} });
    expect(await bench.log(id)).toContain(': Infrastructure without any deploy. Exiting.\n');

    await bench.ended(
      await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 1'), {
        contextualize: true,
      }),
    );
    expect(await bench.states(id)).toEqual({ state: 'configured', vms: { 0: 'configured' } });
  });

  it('of a document that asks for no VM stays pending', async () => {
    const bench = await started();
    const { id } = await bench.create(`system node (${image}) deploy node 0`);

    expect(await bench.states(id)).toEqual({ state: 'pending', vms: {} });
    expect(await bench.log(id)).toBe('');
  });
});

describe('a create that cannot be carried out', () => {
  const wrong: [string, string, string][] = [
    ['an unknown cloud', `system node (${image}) deploy node 1 lost`, 'No auth data for cloud with ID: lost'],
    ['an unknown reference', 'system node deploy node 1', "Unknown reference in RADL to system 'node'"],
  ];

  it.each(wrong)('because of %s leaves nothing visible to who waited for it', async (_why, text, message) => {
    const bench = await started();
    const { id, operation } = await bench.create(text, { async: false });

    expect(operation).toMatchObject({ state: 'failed', error: { code: 'InvalidRequest', message } });
    expect((await bench.infrastructure(id)).deletedAt).not.toBeNull();
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it.each(wrong)('because of %s says so in the log of one who did not wait', async (_why, text, message) => {
    const bench = await started();
    const { id } = await bench.create(text, { async: true });

    expect(await bench.states(id)).toEqual({ state: 'failed', vms: {} });
    expect(await bench.log(id)).toContain(message);
    await bench.ended(await bench.requests.destroy(bench.context(), id, { force: false }));
    expect(await bench.leftovers(id)).toEqual([]);
  });
});

describe('launching', () => {
  it('keeps at most MAX_SIMULTANEOUS_LAUNCHES calls outstanding', async () => {
    const bench = await started({ options: { maxSimultaneousLaunches: 3 } });
    const cloud = bench.cloud();
    cloud.always('launch', { delayMs: 10_000 });
    const { id } = await bench.create(nodes(8), { ms: 1_000 });
    const launches = (): number => cloud.calls.filter((call) => call.method === 'launch').length;

    const seen = [launches()];
    for (let turn = 0; turn < 3; turn++) {
      await bench.run(10_000);
      seen.push(launches());
    }
    expect(seen).toEqual([3, 6, 8, 8]);
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });

  it('goes one after another in the order of the document when that is 1', async () => {
    const bench = await started({ options: { maxSimultaneousLaunches: 1 } });
    const { id } = await bench.create(nodes(3));

    expect(
      bench
        .cloud()
        .calls.filter((call) => call.method === 'launch')
        .map((call) => call.token),
    ).toEqual([`${id}-0`, `${id}-1`, `${id}-2`]);
  });

  it('is tried again for a passing reason, after a pause, and only for what is missing', async () => {
    const bench = await started();
    const cloud = bench.cloud();
    cloud.next('launch', { error: away }, {}, { error: away });
    const { id } = await bench.create(nodes(2), { ms: 2_000 });
    const launches = (): number => cloud.calls.filter((call) => call.method === 'launch').length;

    expect([launches(), cloud.machines.length]).toEqual([2, 1]);
    await bench.run();
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
    expect((await bench.vms(id)).map((vm) => vm.launchAttempts)).toEqual([3, 1]);
    expect(launches()).toBe(4);
  });

  it('is tried again at different times for VMs that failed together, around DELAY_BETWEEN_VM_RETRIES', async () => {
    const bench = await started({ options: { maxSimultaneousLaunches: 6 } });
    bench.cloud().always('launch', { error: away });
    const before = bench.time.now();
    const { id } = await bench.create(nodes(6), { ms: 1_000 });
    const pauses = (await bench.vms(id)).map((vm) => (vm.launchNotBefore ?? 0) - before);

    expect(new Set(pauses).size).toBe(6);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(2_500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(7_500 + 1_000);
    expect(bench.logger.complaints).toContainEqual(
      expect.objectContaining({
        message: 'launch failed',
        data: expect.objectContaining({
          infId: id,
          vmId: 5,
          operation: expect.any(String) as unknown,
        }) as unknown,
      }),
    );
  });

  it('waits as long as the cloud asks for', async () => {
    const bench = await started();
    bench
      .cloud()
      .next('launch', { error: new CloudError('RateLimited', 'Slow down.', { retryAfterMs: 30_000 }) });
    const { id } = await bench.create(nodes(1), { ms: 29_000 });

    expect(bench.cloud().machines).toEqual([]);
    await bench.run(10_000);
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });

  it('gives up after MAX_VM_FAILS attempts and tells all of them', async () => {
    const bench = await started({ options: { maxVmFails: 3 } });
    bench.cloud().always('launch', { error: away });
    const { id, operation } = await bench.create(nodes(1));
    const text =
      'Error launching the VMs of type node to cloud ID one of type Scripted. ' +
      'Attempt 1: The cloud is away.\nAttempt 2: The cloud is away.\nAttempt 3: The cloud is away.\n';

    expect(operation).toMatchObject({ state: 'failed', error: { message: `Error adding VMs: ${text}` } });
    expect(bench.cloud().calls.filter((call) => call.method === 'launch')).toHaveLength(3);
    expect(await bench.log(id)).toContain('All VMs failed. No contextualize.');
    expect(await bench.log(id)).toContain(text);
  });

  it('tells why before the machines that could not be launched disappear', async () => {
    const bench = await started();
    bench.cloud().always('launch', { error: noQuota });
    bench.cloud().always('finalize', { delayMs: 5_000 });
    const { id } = await bench.create(nodes(1), { ms: 2_000 });

    expect(await bench.log(id)).toContain('Attempt 1: No more machines.\n');
    await bench.run(60_000);
    expect((await bench.log(id)).match(/All VMs failed/gu)).toHaveLength(1);
  });

  it('does not try again what will not pass', async () => {
    const bench = await started();
    bench.cloud().always('launch', { error: noQuota });
    const { operation } = await bench.create(nodes(1));

    expect(operation.error?.message).toContain('Attempt 1: No more machines.\n');
    expect(bench.cloud().calls.filter((call) => call.method === 'launch')).toHaveLength(1);
  });

  it('never makes a machine twice when answers are lost', async () => {
    const bench = await started();
    const lost = new CloudError('OutcomeUnknown', 'The answer was lost.');
    bench.cloud().next('launch', { error: lost, effectAfterMs: 0 }, { error: lost, effectAfterMs: 0 });
    const { id } = await bench.create(nodes(2));

    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
    expect(
      bench
        .cloud()
        .machines.map((machine) => machine.token)
        .sort(),
    ).toEqual([`${id}-0`, `${id}-1`]);
  });
});

describe('a launch that ends every process that tries it', () => {
  it('is given up after some of them, and its owner is told', async () => {
    const bench = await started();
    bench.cloud().always('launch', { delayMs: 3_600_000 });
    const { id, operation } = await bench.create(nodes(1), { ms: 1_000 });
    let calls = 0;
    for (let died = 0; died < 10 && (await bench.vms(id)).some((vm) => vm.status === 'launching'); died++) {
      calls++;
      bench.kill();
      await bench.start();
      await bench.run(40_000);
    }

    expect(calls).toBe(5);
    const { state, error } = await bench.operation(operation.id);
    expect(state).toBe('failed');
    expect(error?.message).toContain('5 processes of the service ended in the middle of it');
    expect(await bench.leftovers(id)).toEqual([]);
  });
});

describe('a deployment of which all VMs fail', () => {
  it('releases everything and is gone for who waited for it', async () => {
    const bench = await started();
    bench.cloud().always('launch', { error: away, effectAfterMs: 0 });
    const { id, operation } = await bench.create(nodes(2), { async: false });

    expect(operation.state).toBe('failed');
    expect((await bench.infrastructure(id)).deletedAt).not.toBeNull();
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('releases everything and stays as a failed infrastructure for who did not wait', async () => {
    const bench = await started();
    bench.cloud().always('launch', { error: away, effectAfterMs: 0 });
    const { id } = await bench.create(nodes(2), { async: true });

    expect(await bench.states(id)).toEqual({ state: 'failed', vms: {} });
    expect(await bench.leftovers(id)).toEqual([]);
    bench.cloud().always('launch');
    await bench.ended(
      await bench.requests.add(bench.context(), id, parseRadl(nodes(1)), { contextualize: true }),
    );
    expect(await bench.states(id)).toEqual({ state: 'configured', vms: { 2: 'configured' } });
  });

  it('does not harm the VMs that were there before', async () => {
    const bench = await started();
    const { id } = await bench.create(nodes(1));
    bench.cloud().always('launch', { error: noQuota });
    const operation = await bench.ended(
      await bench.requests.add(bench.context(), id, parseRadl(nodes(2)), { contextualize: true }),
    );

    expect(operation).toMatchObject({ state: 'failed' });
    expect(operation.error?.message).toMatch(/^Error adding VMs: /);
    expect(await bench.states(id)).toEqual({ state: 'configured', vms: { 0: 'configured' } });
    expect(bench.cloud().machines).toHaveLength(1);
    expect(bench.cloud().networks).toHaveLength(1);
  });

  it('because their networks could not be made tries that as often as a launch', async () => {
    const bench = await started();
    bench.cloud().always('prepare', { error: away, effectAfterMs: 0 });
    const { id, operation } = await bench.create(nodes(2), { async: false });

    expect(operation.error?.message).toContain('Attempt 3: The cloud is away.\n');
    expect(bench.cloud().calls.filter((call) => call.method === 'prepare')).toHaveLength(3);
    expect(bench.cloud().calls.filter((call) => call.method === 'launch')).toEqual([]);
    expect(await bench.leftovers(id)).toEqual([]);
  });
});

describe('a deployment that is given up', () => {
  it('leaves failed VMs, not such that are pending for ever, and releases machines with them', async () => {
    const bench = await started({ options: { maxSimultaneousLaunches: 1 } });
    bench.cloud().always('launch', { error: away, effectAfterMs: 0 });
    const { wake } = InProcessQueue.prototype;
    // The first launches are handed out; then the queue is away for good.
    let launches = 0;
    const spy = vi.spyOn(InProcessQueue.prototype, 'wake').mockImplementation(function (
      this: InProcessQueue,
      wakeUp,
      delayMs,
    ) {
      if (wakeUp.kind === 'launch' && ++launches > 1) {
        throw new Error('The queue is away.');
      }
      return wake.call(this, wakeUp, delayMs);
    });
    const { id, operation } = await bench.create(nodes(2), { ms: 900_000 });
    spy.mockRestore();

    expect(operation).toMatchObject({ state: 'failed', error: { code: 'Internal' } });
    expect(await bench.states(id)).toEqual({ state: 'failed', vms: { 0: 'failed', 1: 'failed' } });
    expect((await bench.vms(id))[1]?.errorMessage).toContain('Internal error, reference');
    expect(bench.cloud().machines.length).toBeGreaterThan(0);
    await bench.ended(await bench.requests.destroy(bench.context(), id, { force: false }));
    expect(await bench.leftovers(id)).toEqual([]);
  });
});

describe('a deployment of which some VMs fail', () => {
  it('succeeds, and keeps failed placeholders until they are removed', async () => {
    const bench = await started({ options: { maxSimultaneousLaunches: 1 } });
    bench.cloud().next('launch', {}, { error: noQuota });
    const { id, operation } = await bench.create(nodes(3));

    expect(operation).toMatchObject({ state: 'succeeded', result: { vmIds: [0, 1, 2] } });
    expect(await bench.states(id)).toEqual({
      state: 'failed',
      vms: { 0: 'configured', 1: 'failed', 2: 'configured' },
    });
    expect((await bench.vms(id))[1]?.errorMessage).toBe(
      'Error launching the VMs of type node to cloud ID one of type Scripted. Attempt 1: No more machines.\n',
    );

    await bench.ended(await bench.requests.remove(bench.context(), id, '1', { contextualize: false }));
    expect(await bench.states(id)).toEqual({
      state: 'configured',
      vms: { 0: 'configured', 2: 'configured' },
    });
  });

  it('has them too for what no cloud can launch', async () => {
    const bench = await started();
    const { id, operation } = await bench.create(
      `system good (${image}) system bad (disk.0.image.url = 'other://x') deploy bad 1 deploy good 1`,
    );

    expect(operation).toMatchObject({ state: 'succeeded', result: { vmIds: [0, 1] } });
    expect(await bench.states(id)).toMatchObject({ vms: { 0: 'failed', 1: 'configured' } });
    const [bad] = await bench.vms(id);
    expect(bad?.errorMessage).toContain('Error, no concrete system to deploy: bad in cloud: one.');
    expect(bad?.info.systems.map((system) => system.id)).toEqual(['bad']);
  });
});

describe('add', () => {
  const add = async (bench: ServiceBench, id: string, text: string, contextualize = true) =>
    bench.ended(await bench.requests.add(bench.context(), id, parseRadl(text), { contextualize }));

  it('completes references, merges the document, goes on counting and configures everything again', async () => {
    const bench = await started();
    const { id } = await bench.create(nodes(2));
    await bench.ended(await bench.requests.remove(bench.context(), id, '1', { contextualize: false }));
    const operation = await add(
      bench,
      id,
      `system extra (${image}) system node deploy node 1 deploy extra 1`,
    );

    expect(operation).toMatchObject({ state: 'succeeded', result: { vmIds: [2, 3] } });
    expect(await bench.states(id)).toEqual({
      state: 'configured',
      vms: { 0: 'configured', 2: 'configured', 3: 'configured' },
    });
    const { radl } = await bench.infrastructure(id);
    expect(radl.systems.map((system) => system.id)).toEqual(['node', 'extra']);
    expect(radl.deploys).toMatchObject([{ system: 'node', vmNumber: 1 }, { system: 'extra' }]);
    expect(bench.contextualization.requests).toHaveLength(2);
    expect(bench.cloud().networks).toHaveLength(1);
  });

  it('does not configure when it is told not to', async () => {
    const bench = await started();
    const { id } = await bench.create(nodes(1));
    await add(bench, id, 'system node deploy node 1', false);

    expect(await bench.states(id)).toEqual({ state: 'running', vms: { 0: 'configured', 1: 'running' } });
    expect(bench.contextualization.requests).toHaveLength(1);
  });

  it('of definitions only configures again, to carry them out', async () => {
    const bench = await started();
    const { id } = await bench.create(nodes(1));
    const operation = await add(bench, id, 'system more ()');

    expect(operation).toMatchObject({ state: 'succeeded', result: { vmIds: [] } });
    expect(bench.contextualization.requests).toHaveLength(2);
    expect((await bench.infrastructure(id)).radl.systems).toHaveLength(2);
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });

  it('stays in the cloud that holds its network, and needs its credentials', async () => {
    const bench = await started({ clouds: ['one', 'two'] });
    const { id } = await bench.create(`${nodes(1)} two`);
    await add(bench, id, 'system node deploy node 1');
    const without = await bench.ended(
      await bench.requests.add(
        bench.context('ana', bench.credentials(['one'])),
        id,
        parseRadl('system node deploy node 1'),
        { contextualize: true },
      ),
    );

    expect((await bench.vms(id)).map((vm) => vm.cloud.id)).toEqual(['two', 'two']);
    expect(without.error?.message).toBe('No auth data for cloud with ID: two');
  });

  it.each([
    ['system nodes deploy nodes 1', "Unknown reference in RADL to system 'nodes' Did you mean 'node'?"],
    [
      'network net () system node deploy node 1 lost',
      'are asked to be deployed in different cloud providers',
    ],
  ])('that cannot be carried out (%s) changes nothing', async (text, message) => {
    const bench = await started();
    const { id } = await bench.create(nodes(1));
    const before = printRadl((await bench.infrastructure(id)).radl);
    const operation = await add(bench, id, text);

    expect(operation).toMatchObject({ state: 'failed' });
    expect(operation.error?.message).toContain(message);
    expect(printRadl((await bench.infrastructure(id)).radl)).toBe(before);
    expect(await bench.states(id)).toEqual({ state: 'configured', vms: { 0: 'configured' } });
    expect((await bench.infrastructure(id)).nextVmId).toBe(1);
  });

  it('makes nothing for an infrastructure that was deleted while it waited for its turn', async () => {
    const bench = await started();
    bench.cloud().next('launch', { delayMs: 5_000, error: noQuota });
    const create = await bench.requests.create(bench.context(), parseRadl(nodes(1)), { async: false });
    await bench.run(1_000);
    const id = create.infrastructureId ?? '';
    const add = await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 2'), {
      contextualize: true,
    });

    expect(await bench.ended(create)).toMatchObject({ state: 'failed' });
    expect(await bench.operation(add.operationId)).toMatchObject({
      state: 'failed',
      error: { code: 'InfrastructureDeleted' },
    });
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('runs one after another with other changes', async () => {
    const bench = await started();
    const { id } = await bench.create(nodes(1));
    bench.cloud().always('launch', { delayMs: 5_000 });
    const text = parseRadl('system node deploy node 2');
    const [first, second] = await Promise.all([
      bench.requests.add(bench.context(), id, text, { contextualize: true }),
      bench.requests.add(bench.context(), id, text, { contextualize: true }),
    ]);

    expect((await bench.ended(first)).result).toEqual({ vmIds: [1, 2] });
    expect((await bench.operation(second.operationId)).result).toEqual({ vmIds: [3, 4] });
    expect(bench.cloud().machines).toHaveLength(5);
  });
});
