import { parseRadl } from '@im/radl';
import type { SshClientPool, SshConnection } from '@im/ssh';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DriverBench, ScriptedHandler } from '../../../test/fakes/driver-bench.js';
import { sampleInfrastructure, sampleVm } from '../../../test/fakes/sample-rows.js';
import { ControlLink } from './control-link.js';
import { masterNode } from './control-node.js';
import { newProgress } from './progress.js';
import { RunSteps } from './run-steps.js';

const document = `
network public (outbound = 'yes')
system node (
  net_interface.0.connection = 'public' and net_interface.0.ip = '198.51.100.7' and
  disk.0.os.credentials.username = 'ubuntu' and disk.0.os.credentials.password = 'u'
)
configure node (
@begin
- tasks:
  - debug: var=IM_INFRASTRUCTURE_AUTH
@end
)
`;

/** A control node where nothing ran yet. @param files what is written there, by path */
function controlLink(files: Map<string, string>): ControlLink {
  const connection: SshConnection = {
    hostKey: '',
    exec: async (_command, options) => ({
      code: 0,
      stdout: Buffer.from(options?.input === undefined ? 'absent -\n' : 'started\n'),
      stderr: '',
      truncated: false,
    }),
    writeFiles: async (written) => {
      for (const { path, data } of written) {
        files.set(path, data.toString());
      }
    },
  };
  const pool: SshClientPool = { use: (_target, work) => work(connection), close: async () => undefined };
  return new ControlLink(pool);
}

const options = {
  remoteFolder: '/d',
  playbookRetries: 1,
  waitRunningMs: 1,
  waitSshMs: 1,
  waitPublicIpMs: 1,
  installTimeoutMs: 1,
  vmsPerProcess: 30,
  maxSshErrors: 1,
  defaultDomain: 'localdomain',
};

describe('a recipe that calls this service back', () => {
  it('does it as the owner, also when an administrator started the run', async () => {
    const infrastructure = sampleInfrastructure({
      owners: [{ username: 'ana', password: 'ana-word', admin: false }],
      radl: parseRadl(document),
    });
    const vm = sampleVm({
      providerState: 'running',
      info: parseRadl(document),
      requested: parseRadl(document),
    });
    const files = new Map<string, string>();
    const steps = new RunSteps(controlLink(files), options);
    const bench = new DriverBench();
    await bench.store.transaction(async (tx) => {
      await tx.insertInfrastructure(infrastructure);
      await tx.insertVms([vm]);
    });
    const handler = new ScriptedHandler('contextualize', async (context) => {
      const request = { vmIds: null, reinstall: false };
      const operation = { ...context.operation, request, data: { ...newProgress(0, 0), targets: [0] } };
      await steps.launch({ ...context, operation }, infrastructure, masterNode(vm, options.defaultDomain));
      return { type: 'succeeded' };
    });
    const { worker } = bench.worker('a', [handler]);
    await worker.start();
    await bench.request('contextualize', {
      lane: 'contextualization',
      items: [{ type: 'InfrastructureManager', username: 'root', password: 'root-word' }],
    });
    await bench.time.advance(60_000);

    expect(handler.failures).toEqual([]);
    expect(parse(files.get('/d/inf/hosts') ?? '')).toMatchObject({
      all: { vars: { IM_INFRASTRUCTURE_AUTH: 'ana:ana-word' } },
    });
    expect([...files.values()].join('')).not.toContain('root-word');
  });
});
