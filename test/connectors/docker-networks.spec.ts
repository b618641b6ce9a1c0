import { ContractInfrastructure, openCloud } from '@im/connectors/contract';
import Docker from 'dockerode';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from './engine-socket.js';

const socketPath = engineSocket();
const docker = new Docker({ socketPath });

const document = `
  network priv ()
  system machine (
    cpu.count = 1 and memory.size = 256M and
    disk.0.image.url = 'docker://im-test:1' and
    net_interface.0.connection = 'priv'
  )`;

let infrastructure: ContractInfrastructure;
let severalOfOneName = false;

beforeAll(async () => {
  if (socketPath !== '') {
    const { ApiVersion: version } = await docker.version();
    severalOfOneName = Number(version.split('.')[1]) < 44;
  }
});

afterEach(() => infrastructure.destroy());

describe.skipIf(socketPath === '')('two networks of one name, made by two workers at the same moment', () => {
  it('become one, which the machine is launched in', async (context) => {
    context.skip(!severalOfOneName, 'this engine refuses a second network of one name');
    infrastructure = newInfrastructure();
    const vm = await infrastructure.plan();
    await infrastructure.prepare(vm);
    const [older] = await networks();
    await again(older);

    await infrastructure.launch(vm);

    expect((await networks()).map(({ Id }) => Id)).toEqual([older?.Id]);
  });
});

function newInfrastructure(): ContractInfrastructure {
  return new ContractInfrastructure(
    openCloud({ id: 'docker', type: 'Docker', host: `unix://${socketPath}` }),
    document,
  );
}

function networks(): Promise<Docker.NetworkInspectInfo[]> {
  return docker.listNetworks({ filters: { label: [`im.inf_id=${infrastructure.id}`] } });
}

/** A second network like the first. */
async function again(network: Docker.NetworkInspectInfo | undefined): Promise<string> {
  const { id } = await docker.createNetwork({
    Name: network?.Name ?? '',
    CheckDuplicate: false,
    Driver: 'bridge',
    Labels: network?.Labels ?? {},
  });
  return id;
}
