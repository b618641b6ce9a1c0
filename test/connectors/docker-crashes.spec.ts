import { ContractInfrastructure, openCloud } from '@im/connectors/contract';
import type { Connector } from '@im/domain';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CuttableProxy } from './cuttable-proxy.js';
import { engineSocket } from './engine-socket.js';
import { outputOf, sshTarget } from './ssh-login.js';

const document = `
  network pub (outbound = 'yes')
  network priv ()
  system machine (
    cpu.count = 1 and memory.size = 128M and disk.0.image.url = 'docker://im-test:1' and
    net_interface.0.connection = 'pub' and net_interface.1.connection = 'priv' and disk.1.mount_path = '/data'
  )`;

const socketPath = engineSocket();
const docker = new Docker({ socketPath });
const proxy = new CuttableProxy(socketPath);
let host = '';

beforeAll(async () => {
  host = await proxy.listen();
});

afterAll(() => {
  proxy.close();
});

/** A new registry, as after a restart of the worker: nothing is known of the engine. */
function open(): Connector {
  return openCloud({ id: 'docker', type: 'Docker', host });
}

async function containersOf(infrastructureId: string): Promise<number> {
  const filters = { label: [`im.inf_id=${infrastructureId}`] };
  return (await docker.listContainers({ all: true, filters })).length;
}

async function leftOf(infrastructureId: string): Promise<number> {
  const filters = { label: [`im.inf_id=${infrastructureId}`] };
  const networks = await docker.listNetworks({ filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return (await containersOf(infrastructureId)) + networks.length + (volumes ?? []).length;
}

/** Calls that a whole launch makes, the making of its networks included. */
async function countCalls(
  action: (infrastructure: ContractInfrastructure) => Promise<unknown>,
): Promise<number> {
  const infrastructure = new ContractInfrastructure(open(), document);
  proxy.cutAfter(Number.POSITIVE_INFINITY);
  await action(infrastructure);
  const calls = proxy.paths.length;
  await infrastructure.destroy();
  return calls;
}

describe.skipIf(socketPath === '')('a line to the Docker Engine that is cut', () => {
  it('at any call of a launch leaves one machine after the next attempt, and nothing after a destroy', async () => {
    const calls = await countCalls((infrastructure) => infrastructure.launch());

    for (let answered = 0; answered < calls; answered++) {
      const infrastructure = new ContractInfrastructure(open(), document);
      proxy.cutAfter(answered);
      const failure = await infrastructure.launch().then(
        () => 'launched',
        () => 'failed',
      );
      proxy.heal();
      const vm = await infrastructure.launch(infrastructure.vms[0]);

      expect([answered, failure, await containersOf(infrastructure.id)]).toEqual([answered, 'failed', 1]);
      expect(await outputOf(sshTarget(vm.info, 0), 'echo in')).toBe('in\n');
      await infrastructure.destroy();
      expect([answered, await leftOf(infrastructure.id), await infrastructure.ledger.open()]).toEqual([
        answered,
        0,
        [],
      ]);
    }
  });

  it('at any call of a destroy leaves nothing after the next attempt', async () => {
    const infrastructure = new ContractInfrastructure(open(), document);
    await infrastructure.launch();
    proxy.cutAfter(Number.POSITIVE_INFINITY);
    await infrastructure.destroy();
    const calls = proxy.paths.length;

    for (let answered = 0; answered < calls; answered++) {
      const next = new ContractInfrastructure(open(), document);
      await next.launch();
      proxy.cutAfter(answered);
      const failure = await next.destroy().then(
        () => 'destroyed',
        () => 'failed',
      );
      proxy.heal();
      await next.destroy();

      expect([answered, failure, await leftOf(next.id), await next.ledger.open()]).toEqual([
        answered,
        'failed',
        0,
        [],
      ]);
    }
  });

  it('before a launch leaves nothing to destroy', async () => {
    const infrastructure = new ContractInfrastructure(open(), document);
    proxy.cutAfter(3);
    await expect(infrastructure.launch()).rejects.toMatchObject({ code: 'Unavailable' });
    proxy.heal();

    await infrastructure.destroy();

    expect([await leftOf(infrastructure.id), await infrastructure.ledger.open()]).toEqual([0, []]);
  });
});
