import type { ConnectorCapabilities, Vm } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { vmWith } from '../../../test/contextualization/vms.js';
import { ScriptedCloud } from '../../../test/fakes/scripted-cloud.js';
import { ScriptedConnector } from '../../../test/fakes/scripted-connector.js';
import { RecordingLogger } from '../../../test/fakes/work-ports.js';
import { keptSettings } from './kept-settings.js';

const cloudOf = (type: string) => ({
  id: type,
  type,
  server: '',
  port: -1,
  protocol: '',
  path: '',
  extra: {},
});

/** A cloud with connectors of these capabilities. */
function context(given: Record<string, Partial<ConnectorCapabilities>>): Parameters<typeof keptSettings>[0] {
  return {
    clouds: Object.keys(given).map((type) => ({ cloud: cloudOf(type), credentials: { type } })),
    connectors: {
      types: () => [],
      open: (access) => {
        const connector = new ScriptedConnector(access, new ScriptedCloud());
        return Object.assign(connector, {
          capabilities: { ...connector.capabilities, ...given[access.cloud.type] },
        });
      },
    },
    logger: new RecordingLogger(),
  };
}

const vm = (imId: number, type: string, features = 'cpu.count = 1'): Vm =>
  vmWith(imId, { privateIp: `10.0.0.${imId}`, features }, { cloud: cloudOf(type) });

describe('the host name is kept', () => {
  const clouds = { Cloud: {}, Hosts: { existingMachines: true } };

  it('by machines that were there before, unless the document asks for one', () => {
    const vms = [
      vm(0, 'Cloud'),
      vm(1, 'Hosts'),
      vm(2, 'Hosts', "net_interface.0.dns_name = 'front'"),
      vm(3, 'Hosts', "net_interface.0.dns.0.name = 'front'"),
    ];

    expect([...keptSettings(context(clouds), vms).hostName]).toEqual([1]);
  });

  it('by machines of a cloud that cannot be asked', () => {
    expect([...keptSettings(context(clouds), [vm(0, 'Cloud'), vm(1, 'Elsewhere')]).hostName]).toEqual([1]);
  });
});

describe('disks are left alone', () => {
  it('in machines whose cloud has mounted them', () => {
    const clouds = { Cloud: {}, Containers: { mountsDisks: true } };

    expect([...keptSettings(context(clouds), [vm(0, 'Cloud'), vm(1, 'Containers')]).disks]).toEqual([1]);
  });
});
