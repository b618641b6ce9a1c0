import { describeConnectorContract } from '../contract/connector-contract.js';
import { openCloud } from '../contract/open-cloud.js';

describeConnectorContract('Dummy', {
  open: () => openCloud({ id: 'dummy', type: 'Dummy' }),
  document: `
    network net (outbound = 'yes')
    system machine (
      cpu.count = 1 and memory.size = 512M and
      disk.0.image.url = 'mock0://linux.for.ev.er' and net_interface.0.connection = 'net'
    )`,
});
