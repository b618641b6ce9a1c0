import { cloudsOf } from '@im/connectors';
import { ContractInfrastructure, describeConnectorContract } from '@im/connectors/contract';
import type { Connector } from '@im/domain';
import { CloudError } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { ScriptedCloud } from '../fakes/scripted-cloud.js';
import { scriptedRegistry } from '../fakes/scripted-connector.js';

const document = `
  network priv ()
  system machine (
    cpu.count = 1 and memory.size = 256M and disk.0.image.url = 'scripted://image' and net_interface.0.connection = 'priv'
  )`;

function open(cloud: ScriptedCloud): Connector {
  const [access] = cloudsOf([{ id: 'scripted', type: 'Scripted' }]);
  if (access === undefined) {
    throw new Error('no cloud');
  }
  return scriptedRegistry(new Map([['scripted', cloud]])).open(access);
}

const shared = new ScriptedCloud();

describeConnectorContract('the scripted cloud of the tests', {
  open: () => open(shared),
  document,
  foreignImage: 'ost://cloud.example.org/image',
  leftAtProvider: async (infrastructureId) => shared.left(infrastructureId),
  removeMachine: async (providerId) => {
    shared.machines = shared.machines.filter((machine) => machine.providerId !== providerId);
  },
});

describe('the scripted cloud', () => {
  it('fails as written and then works again', async () => {
    const cloud = new ScriptedCloud();
    const infrastructure = new ContractInfrastructure(open(cloud), document);
    const vm = await infrastructure.plan();
    cloud.next('launch', { error: new CloudError('RateLimited', 'slow down') });

    await expect(infrastructure.launch(vm)).rejects.toMatchObject({ code: 'RateLimited' });
    await infrastructure.launch(vm);

    expect(cloud.machinesOf(vm.launchToken)).toHaveLength(1);
  });

  it('can have an effect that it did not tell of', async () => {
    const cloud = new ScriptedCloud();
    const infrastructure = new ContractInfrastructure(open(cloud), document);
    const vm = await infrastructure.plan();
    cloud.next('launch', { error: new CloudError('Internal', '500'), effectAfterMs: 0 });

    await expect(infrastructure.launch(vm)).rejects.toMatchObject({ code: 'Internal' });
    await infrastructure.launch(vm);

    expect(cloud.left(infrastructure.id)).toHaveLength(2);
  });
});
