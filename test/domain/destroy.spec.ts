import type { Connector, ConnectorRegistry } from '@im/domain';
import { CloudError } from '@im/domain';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { ServiceBench } from '../fakes/service-bench.js';

const image = "disk.0.image.url = 'scripted://image'";
const nodes = (count: number): string =>
  `network net () system node (net_interface.0.connection = 'net' and ${image}) deploy node ${count}`;
const away = new CloudError('Unavailable', 'The cloud is away.');
const silence = new CloudError('Timeout', 'The cloud did not answer.');
const forbidden = new CloudError('PermissionDenied', 'You may not delete this.');

async function withInfrastructure(
  text = nodes(2),
  given: ConstructorParameters<typeof ServiceBench>[0] = {},
): Promise<{ bench: ServiceBench; id: string }> {
  const bench = new ServiceBench(given);
  await bench.start();
  const { id } = await bench.create(text);
  return { bench, id };
}

const destroy = async (
  bench: ServiceBench,
  id: string,
  force = false,
  items?: Parameters<ServiceBench['context']>[1],
) => bench.ended(await bench.requests.destroy(bench.context('ana', items), id, { force }));

describe('destroy', () => {
  it('deletes the machines newest first, then what they shared, and leaves nothing', async () => {
    const { bench, id } = await withInfrastructure(nodes(3), { options: { maxSimultaneousLaunches: 1 } });
    bench.cloud().calls.length = 0;
    const operation = await destroy(bench, id);

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect(bench.cloud().calls.map(({ method, token }) => `${method} ${token.slice(-1)}`)).toEqual([
      'finalize 2',
      'finalize 1',
      'finalize 0',
      'cleanUp ',
    ]);
    expect(await bench.leftovers(id)).toEqual([]);
    expect((await bench.infrastructure(id)).deletedAt).not.toBeNull();
  });

  it('shows the state deleting until it is done, and refuses everything else meanwhile', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().always('finalize', { delayMs: 10_000 });
    const accepted = await bench.requests.destroy(bench.context(), id, { force: false });
    await bench.run(5_000);

    expect(await bench.states(id)).toEqual({ state: 'deleting', vms: { 0: 'deleting', 1: 'deleting' } });
    const radl = parseRadl(nodes(1));
    const { requests } = bench;
    for (const refused of [
      () => requests.add(bench.context(), id, radl, { contextualize: true }),
      () => requests.remove(bench.context(), id, '0', { contextualize: true }),
      () => requests.power(bench.context(), id, 'stop'),
      () => requests.vmPower(bench.context(), id, '0', 'reboot'),
      () => requests.alter(bench.context(), id, '0', radl),
      () => requests.reconfigure(bench.context(), id, radl, null),
      () => requests.snapshot(bench.context(), id, '0', { disk: 0, imageName: 'x', autoDelete: false }),
      () => requests.exportData(bench.context(), id, { delete: true }),
    ]) {
      await expect(refused()).rejects.toThrow('Infrastructure deleted. Do not add resources.');
    }
    await bench.ended(accepted);
    await expect(requests.find(bench.requester(), id)).rejects.toMatchObject({
      code: 'InfrastructureNotFound',
    });
    await expect(requests.destroy(bench.context(), id, { force: false })).rejects.toMatchObject({
      code: 'InfrastructureNotFound',
    });
  });

  it('is joined by a second request', async () => {
    const { bench, id } = await withInfrastructure();
    const first = await bench.requests.destroy(bench.context(), id, { force: false });
    const second = await bench.requests.destroy(bench.context(), id, { force: true });

    expect(second).toEqual(first);
    expect(await bench.ended(first)).toMatchObject({ state: 'succeeded' });
  });

  it('ends with force when a second request asks for it', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().always('finalize', { delayMs: 10_000, error: forbidden });
    const first = await bench.requests.destroy(bench.context(), id, { force: false });
    await bench.run(5_000);
    await bench.requests.destroy(bench.context(), id, { force: true });

    expect(await bench.ended(first)).toMatchObject({ state: 'succeeded' });
    expect((await bench.infrastructure(id)).deletedAt).not.toBeNull();
    expect(await bench.openLedger(id)).toEqual(
      expect.arrayContaining([`machine ${id}-0 unknown`, `machine ${id}-1 unknown`]),
    );
  });

  it('tells in the audit trail who asked for it, and who asked for force later', async () => {
    const { bench, id } = await withInfrastructure();
    const bob = { username: 'bob', password: 'bob-password', admin: false };
    await bench.requests.changeOwner(bench.context(), id, bob, { overwrite: false });
    bench.cloud().always('finalize', { delayMs: 10_000, error: forbidden });
    const first = await bench.requests.destroy(bench.context(), id, { force: false });
    await bench.run(5_000);
    await bench.requests.destroy(bench.context('bob'), id, { force: true });
    await bench.requests.destroy(bench.context('bob'), id, { force: true });
    await bench.ended(first);

    const { operationId } = first;
    const asked = { operationId, kind: 'destroy', requester: 'ana' };
    const events = await bench.events(id);
    expect(events.filter((event) => JSON.stringify(event).includes(operationId))).toEqual([
      { kind: 'operation.running', data: { ...asked, force: false } },
      { kind: 'operation.forced', data: { ...asked, requester: 'bob', force: true } },
      { kind: 'operation.succeeded', data: { ...asked, force: true } },
    ]);
    expect(events).toContainEqual({
      kind: 'owner.changed',
      data: { owner: 'bob', overwrite: false, requester: 'ana' },
    });
    expect(JSON.stringify(events)).not.toContain('password');
  });

  it('tries again what fails for a passing reason', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().next('finalize', { error: away }, { error: away, effectAfterMs: 0 });
    bench.cloud().next('cleanUp', { error: new CloudError('Conflict', 'The network is still in use.') });
    const operation = await destroy(bench, id);

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('that fails says which VMs are left and why, keeps them, and can be repeated', async () => {
    const { bench, id } = await withInfrastructure(nodes(3));
    bench.cloud().always('finalize', { error: forbidden });
    bench.cloud().next('finalize', {});
    const operation = await destroy(bench, id);

    expect(operation).toMatchObject({
      state: 'failed',
      error: {
        message: 'Error destroying the infrastructure: \nYou may not delete this.\nYou may not delete this.',
      },
    });
    expect(await bench.states(id)).toMatchObject({ vms: { 0: 'configured', 1: 'configured' } });
    expect(await bench.log(id)).toContain('Error destroying the infrastructure: ');
    expect(bench.cloud().machines).toHaveLength(2);

    bench.cloud().always('finalize');
    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('fails when what the VMs shared is not let go, and goes on there the next time', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().always('cleanUp', { error: forbidden });
    const operation = await destroy(bench, id);

    expect(operation).toMatchObject({ state: 'failed' });
    expect(operation.error?.message).toBe('Error destroying the infrastructure: \nYou may not delete this.');
    expect(bench.cloud().networks).toHaveLength(1);
    bench.cloud().always('cleanUp');
    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('needs the credentials of the cloud', async () => {
    const { bench, id } = await withInfrastructure(nodes(1), { clouds: ['one', 'two'] });
    const operation = await destroy(bench, id, false, bench.credentials(['two']));

    expect(operation).toMatchObject({ state: 'failed' });
    expect(operation.error?.message).toContain('No auth data has been specified to Scripted');
    expect(await bench.states(id)).toMatchObject({ state: 'configured' });
  });

  it('with force forgets what it cannot delete, and keeps it in the ledger for the operator', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().always('finalize', { error: forbidden });
    const operation = await destroy(bench, id, true);

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect((await bench.infrastructure(id)).deletedAt).not.toBeNull();
    expect(await bench.vms(id)).toEqual([]);
    expect(await bench.openLedger(id)).toEqual(
      expect.arrayContaining([`machine ${id}-0 unknown`, `machine ${id}-1 unknown`]),
    );
    expect(bench.logger.complaints.map((line) => line.message)).toContain(
      'infrastructure forgotten although resources may exist',
    );
  });

  it('asks a cloud that does not answer once for many machines, and ends', async () => {
    const { bench, id } = await withInfrastructure(nodes(4), { options: { maxSimultaneousLaunches: 1 } });
    bench.cloud().always('finalize', { delayMs: 180_000, error: silence });
    const accepted = await bench.requests.destroy(bench.context(), id, { force: true });

    expect(await bench.ended(accepted, 3_600_000)).toMatchObject({ state: 'succeeded', error: null });
    expect(bench.cloud().calls.filter(({ method }) => method === 'finalize')).toHaveLength(3);
    expect((await bench.infrastructure(id)).deletedAt).not.toBeNull();
  });

  it.each([true, false])(
    'keeps what is deleted when another cloud hangs for ever (force: %s)',
    async (force) => {
      const { bench, id } = await withInfrastructure(
        `network a () network b () system x (net_interface.0.connection = 'a' and ${image})
       system y (net_interface.0.connection = 'b' and ${image}) deploy x 2 one deploy y 1 two`,
        { clouds: ['one', 'two'], options: { destroyTimeoutMs: 1_800_000 } },
      );
      bench.cloud('two').always('finalize', { hang: true });
      const accepted = await bench.requests.destroy(bench.context(), id, { force });
      await bench.run(601_000);
      expect(Object.keys((await bench.states(id)).vms)).toEqual(['2']);

      const operation = await bench.ended(accepted, 3_600_000);
      expect(operation.state).toBe(force ? 'succeeded' : 'failed');
      expect((await bench.infrastructure(id)).deletedAt !== null).toBe(force);
      expect(await bench.openLedger(id)).toContain(`machine ${id}-2 ${force ? 'unknown' : 'deleting'}`);
      const forgotten = bench.logger.complaints.filter(({ message }) =>
        message.startsWith('infrastructure forgotten'),
      );
      expect(forgotten).toHaveLength(force ? 1 : 0);
    },
  );

  it('stops the contextualization first', async () => {
    const { bench, id } = await withInfrastructure();
    bench.contextualization.script = () => ({ type: 'wait', step: 'start', delayMs: 3_600_000 });
    await bench.requests.reconfigure(bench.context(), id, parseRadl(''), null);
    await bench.run(1_000);
    expect(await bench.states(id)).toMatchObject({ state: 'running' });

    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    const contextualization = await bench.store.latestOperation(id, 'contextualization');
    expect(contextualization?.state).toBe('cancelled');
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('overtakes changes that wait, and they change nothing any more', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().always('launch', { delayMs: 5_000 });
    const adds = [];
    for (let n = 0; n < 3; n++) {
      adds.push(
        await bench.requests.add(bench.context(), id, parseRadl('system node deploy node 2'), {
          contextualize: true,
        }),
      );
    }
    await bench.run(1_000);
    const operation = await destroy(bench, id);

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect(await bench.leftovers(id)).toEqual([]);
    for (const { operationId } of adds) {
      expect((await bench.operation(operationId)).state).toBe('cancelled');
      expect(await bench.store.credentials(operationId)).toBeNull();
    }
  });

  it('of machines that are gone already succeeds', async () => {
    const { bench, id } = await withInfrastructure();
    bench.cloud().meddle(`${id}-0`);
    bench.cloud().networks = [];

    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('of several clouds cleans up each of them', async () => {
    const { bench, id } = await withInfrastructure(
      `network a () network b () system x (net_interface.0.connection = 'a' and ${image})
       system y (net_interface.0.connection = 'b' and ${image}) deploy x 2 one deploy y 2 two`,
      { clouds: ['one', 'two'] },
    );
    expect([...bench.clouds.values()].map((cloud) => cloud.networks.length)).toEqual([1, 1]);

    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('deletes the images that were made to live as long as the infrastructure, and names those it cannot', async () => {
    const deleted: string[] = [];
    let fails = true;
    const withImages = (registry: ConnectorRegistry): ConnectorRegistry => ({
      types: () => registry.types(),
      open: (access): Connector =>
        Object.assign(registry.open(access), {
          createSnapshot: async (_scope: unknown, _vm: unknown, disk: number, name: string) =>
            `scripted://${name}-${disk}`,
          deleteImage: async (url: string) => {
            if (fails && url.includes('two')) {
              throw away;
            }
            deleted.push(url);
          },
        }),
    });
    const { bench, id } = await withInfrastructure(nodes(1), { connectors: withImages });
    for (const [imageName, autoDelete] of [
      ['one', true],
      ['two', true],
      ['kept', false],
    ] as const) {
      const made = await bench.ended(
        await bench.requests.snapshot(bench.context(), id, '0', { disk: 0, imageName, autoDelete }),
      );
      expect(made).toMatchObject({ state: 'succeeded', result: { url: `scripted://${imageName}-0` } });
    }
    const operation = await destroy(bench, id);

    expect(operation.error?.message).toContain(
      'The image scripted://two-0 was not deleted: The cloud is away.',
    );
    expect((await bench.infrastructure(id)).snapshots).toMatchObject([{ url: 'scripted://two-0' }]);
    fails = false;
    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(deleted).toEqual(['scripted://one-0', 'scripted://two-0']);
    expect(await bench.leftovers(id)).toEqual([]);
  });
});

describe('destroy of an infrastructure with images', () => {
  /** Clouds that make images; those that they delete are noted with the id of the cloud. */
  function imageMakers(
    deleted: string[],
    imageSchemes: readonly string[] = ['scripted'],
    createSnapshot: Connector['createSnapshot'] = async () => 'scripted://copy',
  ): (registry: ConnectorRegistry) => ConnectorRegistry {
    return (registry) => ({
      types: () => registry.types(),
      open: (access): Connector => {
        const connector = registry.open(access);
        return Object.assign(connector, {
          capabilities: { ...connector.capabilities, snapshots: true, imageSchemes },
          createSnapshot,
          deleteImage: async (url: string) => {
            deleted.push(`${access.cloud.id} ${url}`);
          },
        });
      },
    });
  }

  const onCloudTwo = `network net () system node (net_interface.0.connection = 'net' and ${image}) deploy node 1 two`;
  const snapshot = { disk: 0, imageName: 'copy', autoDelete: true };

  it.each([
    ['scripted', ['scripted']],
    ['any', ['*']],
  ])('asks the cloud that made them, of several that know %s images', async (_kind, imageSchemes) => {
    const deleted: string[] = [];
    const { bench, id } = await withInfrastructure(onCloudTwo, {
      clouds: ['one', 'two'],
      connectors: imageMakers(deleted, imageSchemes),
    });
    await bench.ended(await bench.requests.snapshot(bench.context(), id, '0', snapshot));

    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(deleted).toEqual(['two scripted://copy']);
  });

  it('waits for one that is being made, and deletes it too', async () => {
    const made: string[] = [];
    const deleted: string[] = [];
    const { bench, id } = await withInfrastructure(onCloudTwo, {
      clouds: ['one', 'two'],
      connectors: imageMakers(deleted, ['scripted'], async ({ signal }) => {
        await bench.cloud().clock.wait(20_000, signal);
        made.push('scripted://copy');
        return 'scripted://copy';
      }),
    });
    await bench.requests.snapshot(bench.context(), id, '0', snapshot);
    await bench.run(1_000);

    expect(await destroy(bench, id)).toMatchObject({ state: 'succeeded' });
    expect(made).toEqual(['scripted://copy']);
    expect(deleted).toEqual(['two scripted://copy']);
  });

  it('that were imported asks the only cloud that fits, and none when several do', async () => {
    const deleted: string[] = [];
    const { bench, id } = await withInfrastructure(onCloudTwo, {
      clouds: ['one', 'two'],
      connectors: imageMakers(deleted, ['*']),
    });
    await bench.ended(await bench.requests.snapshot(bench.context(), id, '0', snapshot));
    const document = await bench.requests.exportData(bench.context(), id, { delete: true });
    expect(JSON.parse(document)).toMatchObject({ snapshots: ['scripted://copy'] });
    await bench.requests.importData(bench.context(), document);

    expect((await destroy(bench, id)).error?.message).toContain(
      'The image scripted://copy was not deleted: It is not known which of the clouds one, two made it: ' +
        'repeat the request with the credentials of that cloud alone.',
    );
    expect(deleted).toEqual([]);
    expect(await destroy(bench, id, false, bench.credentials(['two']))).toMatchObject({ state: 'succeeded' });
    expect(deleted).toEqual(['two scripted://copy']);
  });
});

describe('remove', () => {
  const finalized = (bench: ServiceBench): string[] =>
    bench
      .cloud()
      .calls.filter((call) => call.method === 'finalize')
      .map((call) => call.token);
  const remove = async (bench: ServiceBench, id: string, vmIds: string, contextualize = true) =>
    bench.ended(await bench.requests.remove(bench.context(), id, vmIds, { contextualize }));

  it('deletes the VMs of a list, each once, and configures the rest again', async () => {
    const { bench, id } = await withInfrastructure(nodes(4), { options: { maxSimultaneousLaunches: 1 } });
    const operation = await remove(bench, id, '3, 1,3');

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect(await bench.states(id)).toEqual({
      state: 'configured',
      vms: { 0: 'configured', 2: 'configured' },
    });
    expect(finalized(bench)).toEqual([`${id}-3`, `${id}-1`]);
    expect(bench.cloud().machines.map((machine) => machine.token)).toEqual([`${id}-0`, `${id}-2`]);
    expect(bench.cloud().networks).toHaveLength(1);
    expect(bench.contextualization.requests.at(-1)).toEqual({
      vmIds: null,
      reinstall: false,
      reason: 'remove',
    });
  });

  it('does not configure again when it is told not to', async () => {
    const { bench, id } = await withInfrastructure();
    await remove(bench, id, '1', false);

    expect(bench.contextualization.requests).toHaveLength(1);
  });

  it.each([
    ['0,7', 'Invalid VM ID'],
    ['0,x', 'Invalid VM ID'],
    ['', 'Invalid VM ID'],
    ['0,', 'Invalid VM ID'],
    ['0,1', 'Deleted VM.'],
  ])('of a list with a bad number (%j) removes nothing', async (list, message) => {
    const { bench, id } = await withInfrastructure(nodes(3));
    await remove(bench, id, '1', false);

    await expect(bench.requests.remove(bench.context(), id, list, { contextualize: true })).rejects.toThrow(
      message,
    );
    expect(bench.cloud().machines).toHaveLength(2);
  });

  it('of the last VM leaves an empty infrastructure, of which nothing is left at the cloud', async () => {
    const { bench, id } = await withInfrastructure();
    await remove(bench, id, '0,1');

    expect(bench.left(id)).toEqual([]);
    expect(await bench.openLedger(id)).toEqual([]);
    expect((await bench.infrastructure(id)).deletedAt).toBeNull();
    expect(await bench.states(id)).toEqual({ state: 'unknown', vms: {} });
    expect(await bench.requests.find(bench.requester(), id)).toMatchObject({ id });
  });

  it('goes on when one VM cannot be deleted, keeps that one, and says why', async () => {
    const { bench, id } = await withInfrastructure(nodes(3), { options: { maxSimultaneousLaunches: 1 } });
    bench.cloud().next('finalize', { error: forbidden });
    const operation = await remove(bench, id, '0,2');

    expect(operation).toMatchObject({
      state: 'failed',
      error: { message: "Error removing resources: ['You may not delete this.']" },
    });
    expect(await bench.states(id)).toMatchObject({ vms: { 0: 'configured', 1: 'configured' } });
    expect(bench.contextualization.requests).toHaveLength(2);
    await destroy(bench, id);
    expect(await bench.leftovers(id)).toEqual([]);
  });

  it('asks a cloud that does not answer once, and says so for each VM', async () => {
    const { bench, id } = await withInfrastructure(nodes(4), { options: { maxSimultaneousLaunches: 1 } });
    bench.cloud().next('finalize', { delayMs: 180_000, error: silence });
    const operation = await bench.ended(
      await bench.requests.remove(bench.context(), id, '1,2', { contextualize: true }),
      600_000,
    );

    expect(operation.error?.message).toBe(
      "Error removing resources: ['The cloud did not answer.', 'The cloud did not answer.']",
    );
    expect(finalized(bench)).toEqual([`${id}-1`]);
  });

  it('of many VMs goes on in portions', async () => {
    const { bench, id } = await withInfrastructure(nodes(30), { options: { maxSimultaneousLaunches: 2 } });
    const operation = await remove(bench, id, Array.from({ length: 29 }, (_unused, n) => n).join(','), false);

    expect(operation).toMatchObject({ state: 'succeeded' });
    expect(bench.cloud().machines.map((machine) => machine.token)).toEqual([`${id}-29`]);
  });
});
