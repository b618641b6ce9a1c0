import type { ContractSubject } from '@im/connectors/contract';
import { describeConnectorContract, openCloud } from '@im/connectors/contract';
import Docker from 'dockerode';
import { describe, it } from 'vitest';
import { engineSocket } from './engine-socket.js';

const socketPath = engineSocket();
const docker = new Docker({ socketPath });

const subject: ContractSubject = {
  open: () => openCloud({ id: 'docker', type: 'Docker', host: `unix://${socketPath}` }),
  document: `
    network pub (outbound = 'yes')
    network priv ()
    system machine (
      cpu.count = 1 and memory.size = 256M and
      disk.0.image.url = 'docker://im-test:1' and
      net_interface.0.connection = 'pub' and net_interface.1.connection = 'priv' and
      disk.1.mount_path = '/data'
    )`,
  foreignImage: 'ost://cloud.example.org/image',
  leftAtProvider: async (infrastructureId) => {
    const filters = { label: [`im.inf_id=${infrastructureId}`] };
    const containers = await docker.listContainers({ all: true, filters });
    const networks = await docker.listNetworks({ filters });
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    return [
      ...containers.map(({ Id }) => `container ${Id}`),
      ...networks.map(({ Name }) => `network ${Name}`),
      ...(volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ];
  },
  removeMachine: (id) => docker.getContainer(id).remove({ force: true, v: true }),
};

if (socketPath === '') {
  describe.skip('connector contract: Docker', () => {
    it('needs a Docker Engine');
  });
} else {
  describeConnectorContract('Docker', subject);
}
