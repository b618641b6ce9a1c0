import { randomUUID } from 'node:crypto';
import type { CloudResource, ContextualizationRun, Infrastructure, Logger, Operation, Vm } from '@im/domain';
import type { Radl } from '@im/radl';
import { deserializeRadl, parseRadl, serializeRadl } from '@im/radl';

/** What must never be readable in a database. */
export const secrets = {
  vmPassword: 'yWolverine-Vm-Pass-77',
  ownerPassword: 'zOwner-Pass-4242',
  cloudPassword: 'qCloud-Pass-9999',
  toscaPassword: 'wTosca-Pass-1234',
  generatedPassword: 'vGenerated-Pass-5555',
} as const;

export const startOfTime = 1_700_000_000_000;

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

const sampleText = `network public (outbound = 'yes')
system node (
  cpu.count >= 2 and
  memory.size >= 4096M and
  net_interface.0.connection = 'public' and
  disk.0.image.url = 'one://cloud.test/1' and
  disk.0.os.credentials.username = 'ubuntu' and
  disk.0.os.credentials.password = '${secrets.vmPassword}'
)
deploy node 2
`;

/** A document as the service holds it: without the positions in its text, which are not stored. */
function sampleRadl(): Radl {
  return deserializeRadl(serializeRadl(parseRadl(sampleText)));
}

export function sampleInfrastructure(given: Partial<Infrastructure> = {}): Infrastructure {
  return {
    id: randomUUID(),
    version: 1,
    owners: [{ username: 'alice', password: secrets.ownerPassword, admin: false }],
    name: 'cluster ñ',
    radl: sampleRadl(),
    tosca: {
      imports: 'packed',
      document: `tosca_definitions_version: tosca_simple_yaml_1_0 # ${secrets.toscaPassword}`,
      containerId: '0a1b2c3d',
      generatedInputs: { admin_password: secrets.generatedPassword },
    },
    privateNetworks: { private: 'cloud0' },
    nextVmId: 0,
    masterVmId: null,
    configured: null,
    ansibleConfigured: null,
    snapshots: [],
    extra: {},
    createdAt: startOfTime,
    updatedAt: startOfTime,
    deletedAt: null,
    ...given,
  };
}

export function sampleVm(infrastructureId: string, imId: number, given: Partial<Vm> = {}): Vm {
  return {
    infrastructureId,
    imId,
    version: 1,
    system: 'node',
    cloud: { id: 'cloud0', type: 'Dummy', server: 'cloud.test', port: -1, protocol: '', path: '', extra: {} },
    providerId: null,
    launchToken: `${infrastructureId}-${imId}`,
    status: 'planned',
    providerState: 'pending',
    info: sampleRadl(),
    requested: sampleRadl(),
    configured: null,
    errorMessage: null,
    launchAttempts: 0,
    launchErrors: [],
    launchNotBefore: null,
    addedBy: null,
    lastSuccess: null,
    failingSince: null,
    connectorData: {},
    sshHostKey: null,
    createdAt: startOfTime,
    ...given,
  };
}

let operations = 0;

/** Ids grow with every call, as time-ordered ones do. */
export function sampleOperation(infrastructureId: string | null, given: Partial<Operation> = {}): Operation {
  operations++;
  return {
    id: `0190${String(operations).padStart(8, '0')}-${randomUUID()}`,
    infrastructureId,
    kind: 'create',
    lane: 'mutation',
    state: 'pending',
    request: { radl: `password = '${secrets.vmPassword}'` },
    step: 'plan',
    data: null,
    result: null,
    error: null,
    attempts: 0,
    notBefore: null,
    deadline: null,
    requester: 'alice',
    createdAt: startOfTime,
    startedAt: null,
    finishedAt: null,
    ...given,
  };
}

export function sampleResource(infrastructureId: string, given: Partial<CloudResource> = {}): CloudResource {
  const id = randomUUID();
  return {
    id,
    infrastructureId,
    vmId: null,
    cloudId: 'cloud0',
    cloudType: 'Dummy',
    kind: 'network',
    token: `im-${id}`,
    providerId: null,
    state: 'intended',
    lastError: null,
    createdAt: startOfTime,
    updatedAt: startOfTime,
    ...given,
  };
}

export function sampleRun(
  operation: Operation,
  given: Partial<ContextualizationRun> = {},
): ContextualizationRun {
  return {
    infrastructureId: operation.infrastructureId ?? '',
    operationId: operation.id,
    runId: 'main-0',
    vmId: 0,
    step: 1,
    name: 'main',
    state: 'pending',
    attempt: 0,
    logOffset: 0,
    exitCode: null,
    data: {},
    startedAt: null,
    finishedAt: null,
    ...given,
  };
}
