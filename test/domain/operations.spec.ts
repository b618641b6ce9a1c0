import { CloudError, ImError } from '@im/domain';
import { parseRadl, printRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { ServiceBench } from '../fakes/service-bench.js';

const image = "disk.0.image.url = 'scripted://image'";
const nodes = (count: number): string =>
  `network net () system node (net_interface.0.connection = 'net' and cpu.count = 1 and ${image}) deploy node ${count}`;
const away = new CloudError('Unavailable', 'The cloud is away.');
const noQuota = new CloudError('QuotaExceeded', 'No more machines.');

async function withInfrastructure(
  text = nodes(2),
  given: ConstructorParameters<typeof ServiceBench>[0] = {},
): Promise<{ bench: ServiceBench; id: string }> {
  const bench = new ServiceBench(given);
  await bench.start();
  const { id } = await bench.create(text);
  return { bench, id };
}

/** An infrastructure whose second VM could not be launched. */
async function withFailedVm(): Promise<{ bench: ServiceBench; id: string }> {
  const bench = new ServiceBench({ options: { maxSimultaneousLaunches: 1 } });
  await bench.start();
  bench.cloud().next('launch', {}, { error: noQuota });
  const { id } = await bench.create(nodes(2));
  return { bench, id };
}

describe('start and stop of an infrastructure', () => {
  it('switch all VMs, and the state follows at once', async () => {
    const { bench, id } = await withInfrastructure();
    expect(await bench.ended(await bench.requests.power(bench.context(), id, 'stop'))).toMatchObject({
      state: 'succeeded',
    });
    expect(await bench.states(id)).toEqual({ state: 'stopped', vms: { 0: 'stopped', 1: 'stopped' } });

    await bench.ended(await bench.requests.power(bench.context(), id, 'start'));
    expect(await bench.states(id)).toEqual({
      state: 'configured',
      vms: { 0: 'configured', 1: 'configured' },
    });
    expect(bench.contextualization.requests).toHaveLength(1);
  });

  it('ask a cloud that does not answer once, and say so for each VM', async () => {
    const { bench, id } = await withInfrastructure(nodes(4), { options: { maxSimultaneousLaunches: 1 } });
    const silence = new CloudError('Timeout', 'The cloud did not answer.');
    bench.cloud().always('stop', { delayMs: 180_000, error: silence });
    const accepted = await bench.requests.power(bench.context(), id, 'stop');

    expect((await bench.ended(accepted, 3_600_000)).error?.message).toBe(
      `Error stopping the infrastructure: ${Array(4).fill(silence.message).join('\n')}\n`,
    );
    expect(bench.cloud().calls.filter(({ method }) => method === 'stop')).toHaveLength(1);
  });

  it('try every VM and name all problems', async () => {
    const { bench, id } = await withInfrastructure(nodes(3), { options: { maxSimultaneousLaunches: 1 } });
    bench
      .cloud()
      .next('stop', { error: away }, {}, { error: new CloudError('Conflict', 'It is being moved.') });
    const operation = await bench.ended(await bench.requests.power(bench.context(), id, 'stop'));

    expect(operation).toMatchObject({
      state: 'failed',
      error: { message: 'Error stopping the infrastructure: The cloud is away.\nIt is being moved.\n' },
    });
    expect(await bench.states(id)).toMatchObject({ vms: { 0: 'configured', 1: 'stopped', 2: 'configured' } });
  });

  it('pass over VMs that were never launched', async () => {
    const { bench, id } = await withFailedVm();
    const operation = await bench.ended(await bench.requests.power(bench.context(), id, 'stop'));

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect(await bench.states(id)).toMatchObject({ vms: { 0: 'stopped', 1: 'failed' } });
  });
});

describe('start, stop and reboot of a VM', () => {
  it.each([
    ['stop', 'stopping', 'stopped'],
    ['start', 'starting', 'configured'],
    ['reboot', 'rebooting', 'configured'],
  ] as const)('%s does that VM only', async (action, progressive, state) => {
    const { bench, id } = await withInfrastructure();
    const ask = async () => bench.ended(await bench.requests.vmPower(bench.context(), id, '1', action));

    expect(await ask()).toMatchObject({ state: 'succeeded' });
    expect(
      bench
        .cloud()
        .calls.filter((call) => call.method === action)
        .map((call) => call.token),
    ).toEqual([`${id}-1`]);
    expect(await bench.states(id)).toMatchObject({ vms: { 0: 'configured', 1: state } });
    bench.cloud().next(action, { error: away });
    expect((await ask()).error?.message).toBe(`Error ${progressive} the VM: The cloud is away.`);
  });

  it('of a VM that was never launched, or is not there, is refused', async () => {
    const { bench, id } = await withFailedVm();
    const operation = await bench.ended(await bench.requests.vmPower(bench.context(), id, '1', 'stop'));

    expect(operation.error?.message).toBe(
      'Error stopping the VM: The VM was not launched, so it has no power state.',
    );
    await expect(bench.requests.vmPower(bench.context(), id, '2', 'stop')).rejects.toThrow('Invalid VM ID');
    await expect(bench.requests.vmPower(bench.context('bob'), id, '0', 'stop')).rejects.toThrow(
      'Access to this infrastructure not granted.',
    );
  });
});

describe('alter', () => {
  const alter = async (bench: ServiceBench, id: string, vm: string, text: string) =>
    bench.ended(await bench.requests.alter(bench.context(), id, vm, parseRadl(text)));

  it('changes the one VM and nothing else', async () => {
    const { bench, id } = await withInfrastructure();
    const before = printRadl((await bench.infrastructure(id)).radl);
    const operation = await alter(bench, id, '1', 'system other () system node (cpu.count = 4)');

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect((await bench.vms(id)).map((vm) => vm.info.systems[0]?.features.getNumber('cpu.count'))).toEqual([
      1, 4,
    ]);
    expect(printRadl((await bench.infrastructure(id)).radl)).toBe(before);
    expect(bench.contextualization.requests).toHaveLength(1);
  });

  it('needs a system of the name of the VM', async () => {
    const { bench, id } = await withInfrastructure();

    await expect(alter(bench, id, '0', 'system nodes ()')).rejects.toThrow(
      'Incorrect RADL no system with name node provided.',
    );
  });

  it('that the cloud refuses says why', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().next('alter', { error: new CloudError('InvalidInput', 'No such size.') });
    const operation = await alter(bench, id, '0', 'system node (cpu.count = 4)');

    expect(operation.error).toMatchObject({
      message: 'Error modifying the information about the VM 0: No such size.',
    });
    expect((await bench.vms(id))[0]?.info.systems[0]?.features.getNumber('cpu.count')).toBe(1);
  });

  it('of a VM that was never launched is refused', async () => {
    const { bench, id } = await withFailedVm();

    expect((await alter(bench, id, '1', 'system node ()')).error?.message).toBe(
      'Error modifying the information about the VM 1: The VM 1 does not exist at its cloud.',
    );
  });
});

describe('reconfigure', () => {
  const recipe = (text: string): string => `configure conf (\n@begin\n${text}\n@end\n)\n`;

  it('takes over the recipes, forgets the old results, and configures the VMs it is told to', async () => {
    const { bench, id } = await withInfrastructure();
    bench.contextualization.script = () => ({ type: 'wait', step: 'start', delayMs: 30_000 });
    const accepted = await bench.requests.reconfigure(
      bench.context(),
      id,
      parseRadl(
        `${recipe('- a: 1')} contextualize (system node configure conf) system node (disk.0.os.credentials.new.password = 'Fresh.12')`,
      ),
      [1],
    );
    await bench.run(5_000);

    expect(await bench.operation(accepted.operationId)).toMatchObject({ state: 'succeeded' });
    expect(await bench.states(id)).toEqual({ state: 'running', vms: { 0: 'running', 1: 'running' } });
    expect((await bench.infrastructure(id)).radl.configures).toMatchObject([
      { id: 'conf', recipe: '\n- a: 1\n' },
    ]);
    expect(
      (await bench.vms(id)).map((vm) =>
        vm.info.systems[0]?.features.getText('disk.0.os.credentials.new.password'),
      ),
    ).toEqual(['Fresh.12', 'Fresh.12']);
    bench.contextualization.script = null;
    await bench.run();
    expect(bench.contextualization.requests.at(-1)).toEqual({
      vmIds: [1],
      reinstall: true,
      reason: 'reconfigure',
    });
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });

  it('takes the place of a contextualization that is under way', async () => {
    const { bench, id } = await withInfrastructure();
    bench.contextualization.script = () => ({ type: 'wait', step: 'start', delayMs: 3_600_000 });
    await bench.ended(await bench.requests.reconfigure(bench.context(), id, parseRadl(''), null), 1_000);
    bench.contextualization.script = null;
    await bench.ended(await bench.requests.reconfigure(bench.context(), id, parseRadl(''), [0]), 5_000);

    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
    expect(bench.contextualization.requests.at(-1)).toMatchObject({ vmIds: [0] });
  });

  it('with a recipe that is not YAML changes nothing', async () => {
    const { bench, id } = await withInfrastructure();
    const operation = await bench.ended(
      await bench.requests.reconfigure(bench.context(), id, parseRadl(recipe('a: [')), null),
    );

    expect(operation).toMatchObject({ state: 'failed' });
    expect(operation.error?.message).toMatch(/^Error parsing YAML: /);
    expect((await bench.infrastructure(id)).radl.configures).toEqual([]);
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });
});

describe('snapshots', () => {
  it('of a cloud that makes none say so', async () => {
    const { bench, id } = await withInfrastructure();
    const operation = await bench.ended(
      await bench.requests.snapshot(bench.context(), id, '0', { disk: 0, imageName: 'x', autoDelete: true }),
    );

    expect(operation.error?.message).toBe('Error creating snapshot: The scripted cloud makes no snapshots.');
    expect((await bench.infrastructure(id)).snapshots).toEqual([]);
  });
});

describe('fresh VM information', () => {
  const refresh = async (bench: ServiceBench, id: string, context = bench.context()) => {
    const accepted = await bench.requests.refresh(context, id);
    return accepted === null ? null : bench.ended(accepted, 1_000);
  };

  it('is asked for when it is older than VM_INFO_UPDATE_FREQUENCY, and only then', async () => {
    const { bench, id } = await withInfrastructure();
    expect(await refresh(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(await refresh(bench, id)).toBeNull();
    await bench.run(9_500);
    bench.cloud().meddle(`${id}-1`, 'stopped');

    expect(await refresh(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(await bench.states(id)).toEqual({ state: 'configured', vms: { 0: 'configured', 1: 'stopped' } });
  });

  it('joins a question that is under way', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().next('refresh', { delayMs: 5_000 });
    const first = await bench.requests.refresh(bench.context(), id);
    await bench.run(1_000);

    expect(await bench.requests.refresh(bench.context(), id)).toEqual(first);
  });

  it('shows a machine that was deleted behind our back as off, until it is removed', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().meddle(`${id}-0`);
    await refresh(bench, id);

    expect(await bench.states(id)).toEqual({ state: 'off', vms: { 0: 'off', 1: 'configured' } });
    await bench.ended(await bench.requests.remove(bench.context(), id, '0', { contextualize: false }));
    expect(await bench.states(id)).toEqual({ state: 'configured', vms: { 1: 'configured' } });
  });

  it('keeps the last state while the cloud is silent, becomes unknown after the grace period, and comes back', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().always('refresh', { error: away });
    const seen: string[] = [];
    for (let turn = 0; turn < 14; turn++) {
      await refresh(bench, id);
      seen.push((await bench.states(id)).state);
      await bench.run(10_000);
    }
    bench.cloud().always('refresh');
    await refresh(bench, id);

    expect(seen.slice(0, 10)).toEqual(Array(10).fill('configured'));
    expect(seen.at(-1)).toBe('unknown');
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });

  it('without credentials stays what it was, however often it is asked for, and holds nobody back', async () => {
    const { bench, id } = await withInfrastructure();
    for (let turn = 0; turn < 14; turn++) {
      await refresh(bench, id, bench.context('ana', []));
      await bench.run(10_000);
    }
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });

    bench.cloud().meddle(`${id}-1`, 'stopped');
    await refresh(bench, id, bench.context('ana', []));
    expect(await refresh(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(await bench.states(id)).toMatchObject({ vms: { 1: 'stopped' } });
  });

  it('leaves credentials alone that a contextualization changed meanwhile', async () => {
    const { bench, id } = await withInfrastructure(nodes(1));
    bench.cloud().next('refresh', { delayMs: 5_000 });
    const accepted = await bench.requests.refresh(bench.context(), id);
    await bench.run(1_000);
    await bench.store.transaction(async (tx) => {
      const vm = await tx.vm(id, 0);
      vm?.info.systems[0]?.features.set('disk.0.os.credentials.password', 'changed');
      await tx.saveVms(vm === null ? [] : [vm]);
    });
    await bench.ended(accepted ?? { operationId: '', infrastructureId: id });

    expect(
      (await bench.vms(id))[0]?.info.systems[0]?.features.getText('disk.0.os.credentials.password'),
    ).toBe('changed');
  });
});

describe('a database that is away in the middle of a call of a cloud', () => {
  const noDatabase = new ImError('Unavailable', 'The database cannot be reached now: try again later.');

  it('is no reason to give up a removal', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().next('finalize', { error: noDatabase });
    const removed = await bench.requests.remove(bench.context(), id, '0,1', { contextualize: true });

    expect(await bench.ended(removed)).toMatchObject({ state: 'succeeded' });
    expect(bench.cloud().machines).toEqual([]);
  });

  it('is no failure of the cloud to prepare or launch', async () => {
    const bench = new ServiceBench({ options: { maxVmFails: 1 } });
    await bench.start();
    bench.cloud().next('prepare', { error: noDatabase });
    bench.cloud().next('launch', { error: noDatabase });
    const { id } = await bench.create(nodes(1));

    expect(await bench.states(id)).toEqual({ state: 'configured', vms: { 0: 'configured' } });
  });

  it('leaves what is known of machines as it is', async () => {
    const { bench, id } = await withInfrastructure(nodes(1));
    bench.cloud().next('refresh', { error: noDatabase });
    const refresh = await bench.requests.refresh(bench.context(), id);
    await bench.ended(refresh ?? { operationId: '', infrastructureId: id });

    expect((await bench.vms(id))[0]?.failingSince).toBeNull();
  });

  it('is no reason to give up an alteration', async () => {
    const { bench, id } = await withInfrastructure(nodes(1));
    bench.cloud().next('alter', { error: noDatabase });
    const altered = await bench.requests.alter(
      bench.context(),
      id,
      '0',
      parseRadl('system node (cpu.count = 4)'),
    );

    expect(await bench.ended(altered)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a refresh that was under way when a machine was changed', () => {
  it('does not take the change back', async () => {
    const { bench, id } = await withInfrastructure(nodes(1));
    bench.cloud().next('refresh', { delayMs: 5_000 });
    const refresh = await bench.requests.refresh(bench.context(), id);
    await bench.run(1_000);
    const altered = await bench.requests.alter(
      bench.context(),
      id,
      '0',
      parseRadl('system node (cpu.count = 4)'),
    );
    expect(await bench.ended(altered)).toMatchObject({ state: 'succeeded' });
    await bench.ended(refresh ?? { operationId: '', infrastructureId: id });

    expect((await bench.vms(id))[0]?.info.systems[0]?.features.getNumber('cpu.count')).toBe(4);
  });
});

describe('questions to clouds', () => {
  it('are answered by the cloud with the id', async () => {
    const bench = new ServiceBench({ clouds: ['one', 'two'] });
    await bench.start();
    const images = await bench.ended(await bench.requests.images(bench.context(), 'two', {}));
    const quotas = await bench.ended(await bench.requests.quotas(bench.context(), 'one'));

    expect(images.result).toEqual([{ uri: 'scripted://image', name: 'image' }]);
    expect(quotas.result).toEqual({ instances: { used: 0, limit: -1 } });
    expect(bench.cloud('one').calls.map((call) => call.method)).toEqual(['quotas']);
    await expect(bench.requests.images(bench.context(), 'lost', {})).rejects.toThrow(
      'Cloud ID lost not found.',
    );
  });

  it('fail with what the cloud says', async () => {
    const bench = new ServiceBench();
    await bench.start();
    bench.cloud().next('quotas', { error: new CloudError('PermissionDenied', 'Not for you.') });

    expect(await bench.ended(await bench.requests.quotas(bench.context(), 'one'))).toMatchObject({
      state: 'failed',
      error: { code: 'PermissionDenied', message: 'Not for you.' },
    });
  });

  it('for an estimate make nothing', async () => {
    const bench = new ServiceBench();
    await bench.start();
    const estimate = async (text: string) =>
      (await bench.ended(await bench.requests.estimate(bench.context(), parseRadl(text)))).result;

    expect(await estimate(nodes(2))).toMatchObject({
      one: {
        cloudType: 'Scripted',
        cloudEndpoint: 'http://one.example.org:80',
        compute: [{ cpuCores: 1, memoryInMegabytes: 512 }, { cpuCores: 1 }],
      },
    });
    expect(await estimate(nodes(0))).toEqual({});
    expect(bench.cloud().machines).toEqual([]);
    expect(await bench.store.infrastructureIds({ includeDeleted: true })).toEqual([]);
    await expect(bench.requests.estimate(bench.context(), parseRadl(nodes(20_000)))).rejects.toThrow(
      'The document asks for 20000 VMs',
    );
  });
});

describe('owners', () => {
  const bob = { username: 'bob', password: 'bob-password', admin: false };

  it('may be added and replaced by an owner, and nobody else', async () => {
    const { bench, id } = await withInfrastructure(nodes(0));
    const names = async () => (await bench.infrastructure(id)).owners.map((owner) => owner.username);

    await expect(
      bench.requests.changeOwner(bench.context('bob'), id, bob, { overwrite: false }),
    ).rejects.toThrow('Access to this infrastructure not granted.');
    await bench.requests.changeOwner(bench.context(), id, bob, { overwrite: false });
    expect(await names()).toEqual(['ana', 'bob']);
    expect(await bench.requests.find(bench.requester('bob'), id)).toMatchObject({ id });
    await bench.requests.changeOwner(bench.context('bob'), id, bob, { overwrite: true });
    expect(await names()).toEqual(['bob']);
    await expect(bench.requests.find(bench.requester('ana'), id)).rejects.toThrow('not granted');
  });

  it('are not written down twice, nor administrators, who have access anyway', async () => {
    const { bench, id } = await withInfrastructure(nodes(0));
    const root = { username: 'root', password: 'r', admin: true };
    await bench.requests.changeOwner(bench.context(), id, bob, { overwrite: false });
    await bench.requests.changeOwner(bench.context(), id, bob, { overwrite: false });
    await bench.requests.changeOwner(bench.context(), id, root, { overwrite: false });
    expect((await bench.infrastructure(id)).owners.map((owner) => owner.username)).toEqual(['ana', 'bob']);

    await bench.requests.changeOwner(bench.context(), id, root, { overwrite: true });
    expect((await bench.infrastructure(id)).owners.map((owner) => owner.username)).toEqual(['root']);
  });
});

describe('export and import', () => {
  it('move an infrastructure from one service to another, with its machines', async () => {
    const { bench: first, id } = await withInfrastructure();
    const document = await first.requests.exportData(first.context(), id, { delete: true });

    await expect(first.requests.find(first.requester(), id)).rejects.toThrow('Invalid infrastructure ID');
    expect(first.cloud().machines).toHaveLength(2);
    expect(await first.openLedger(id)).toEqual([]);
    expect((await first.events(id)).at(-1)).toEqual({
      kind: 'infrastructure.exported',
      data: { resources: 3, requester: 'ana' },
    });

    const second = new ServiceBench();
    await second.start();
    second.cloud().machines = first.cloud().machines;
    second.cloud().networks = first.cloud().networks;
    await second.requests.importData(second.context('bob'), document);
    expect(await second.states(id)).toEqual({
      state: 'configured',
      vms: { 0: 'configured', 1: 'configured' },
    });
    await second.ended(
      await second.requests.add(second.context('bob'), id, parseRadl('system node deploy node 1'), {
        contextualize: true,
      }),
    );
    expect(await second.states(id)).toMatchObject({ vms: { 2: 'configured' } });
    await second.ended(await second.requests.destroy(second.context('bob'), id, { force: false }));
    expect(await second.leftovers(id)).toEqual([]);
  });

  it('leaves everything as it is without delete, and is for owners only', async () => {
    const { bench, id } = await withInfrastructure();
    await bench.requests.exportData(bench.context(), id, { delete: false });

    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
    await expect(bench.requests.exportData(bench.context('bob'), id, { delete: false })).rejects.toThrow(
      'not granted',
    );
    await expect(
      bench.requests.importData(
        bench.context(),
        await bench.requests.exportData(bench.context(), id, { delete: false }),
      ),
    ).rejects.toThrow('Trying to add an existing infrastructure ID.');
  });

  it('with delete waits for nobody: while something changes it is refused', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().always('launch', { delayMs: 10_000 });
    await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 1'), {
      contextualize: true,
    });
    await bench.run(1_000);

    await expect(bench.requests.exportData(bench.context(), id, { delete: true })).rejects.toMatchObject({
      code: 'IncorrectState',
    });
    await bench.run();
    await bench.requests.exportData(bench.context(), id, { delete: true });
    expect(await bench.openLedger(id)).toEqual([]);
  });
});

describe('an Idempotency-Key', () => {
  it('makes one infrastructure, and one set of new VMs, of requests that are repeated', async () => {
    const bench = new ServiceBench();
    await bench.start();
    const context = (key: string, requestHash = 'x') => ({
      ...bench.context(),
      idempotency: { key, requestHash },
    });
    const create = () => bench.requests.create(context('k'), parseRadl(nodes(1)), { async: true });
    const [first, second] = [await create(), await create()];
    await bench.run();
    const id = first.infrastructureId ?? '';
    const add = () =>
      bench.requests.add(context('l'), id, parseRadl('system node deploy node 2'), { contextualize: true });
    const added = [await add(), await add()];
    await bench.run();

    expect(second).toEqual(first);
    expect(added[1]).toEqual(added[0]);
    expect(bench.cloud().machines).toHaveLength(3);
    await expect(
      bench.requests.create(context('k', 'other'), parseRadl(nodes(1)), { async: true }),
    ).rejects.toMatchObject({ code: 'Conflict' });
  });
});

describe('waiting for an operation', () => {
  it('ends with it, or when the time is up, or when the waiting is given up', async () => {
    const bench = new ServiceBench();
    await bench.start();
    bench.cloud().always('launch', { delayMs: 10_000 });
    const accepted = await bench.requests.create(bench.context(), parseRadl(nodes(1)), { async: false });
    const hangUp = new AbortController();
    const outcomes: string[] = [];
    const wait = (name: string, timeoutMs: number, signal?: AbortSignal): void => {
      void bench.requests.outcome(accepted, timeoutMs, signal).then(({ state }) => {
        outcomes.push(`${name} ${state}`);
      });
    };
    wait('patient', 60_000);
    wait('hasty', 3_000);
    wait('gone', 60_000, hangUp.signal);
    await bench.run(4_000);
    hangUp.abort();
    await bench.run(1_000);
    expect(outcomes).toEqual(['hasty active', 'gone active']);
    await bench.run(20_000);
    expect(outcomes).toEqual(['hasty active', 'gone active', 'patient succeeded']);
  });

  it('learns of the end from the store when the message is lost', async () => {
    const bench = new ServiceBench();
    bench.notifier.publish = async () => undefined;
    await bench.start();
    const accepted = await bench.requests.create(bench.context(), parseRadl(nodes(1)), { async: false });
    const outcome = bench.requests.outcome(accepted, 60_000);
    await bench.run();

    expect(await outcome).toEqual({ state: 'succeeded', result: { vmIds: [0] } });
  });
});
