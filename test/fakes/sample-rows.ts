import type { Infrastructure, Vm } from '@im/domain';
import { emptyRadl, parseRadl } from '@im/radl';

/** An infrastructure row; say what the test is about. */
export function sampleInfrastructure(values: Partial<Infrastructure> = {}): Infrastructure {
  return {
    id: 'inf',
    version: 1,
    owners: [{ username: 'ana', password: 'a', admin: false }],
    name: null,
    radl: emptyRadl(),
    tosca: null,
    privateNetworks: {},
    nextVmId: 0,
    masterVmId: null,
    configured: null,
    ansibleConfigured: null,
    snapshots: [],
    extra: {},
    createdAt: 1000,
    updatedAt: 1000,
    deletedAt: null,
    ...values,
  };
}

/** A VM row; say what the test is about. */
export function sampleVm(values: Partial<Vm> = {}): Vm {
  const imId = values.imId ?? 0;
  return {
    infrastructureId: 'inf',
    imId,
    version: 1,
    system: 'node',
    cloud: { id: 'one', type: 'Scripted', server: 'one.org', port: -1, protocol: '', path: '', extra: {} },
    providerId: `machine-${imId}`,
    launchToken: `inf-${imId}`,
    status: 'live',
    providerState: 'running',
    info: parseRadl('system node (cpu.count = 1)'),
    requested: parseRadl('system node (cpu.count >= 1)'),
    configured: null,
    errorMessage: null,
    launchAttempts: 1,
    launchErrors: [],
    launchNotBefore: null,
    addedBy: null,
    lastSuccess: 1000,
    failingSince: null,
    connectorData: {},
    sshHostKey: null,
    createdAt: 1000,
    ...values,
  };
}
