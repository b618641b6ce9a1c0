import type { SshClientPool, SshConnection } from '@im/ssh';
import { describe, expect, it } from 'vitest';
import { AnsibleStage } from '../../libs/contextualization/src/ansible-stage.js';
import { newProgress } from '../../libs/contextualization/src/progress.js';
import { DriverBench, ScriptedHandler } from '../fakes/driver-bench.js';
import { infrastructureOf, vmWith } from './vms.js';

const credentials = "disk.0.os.credentials.username = 'user' and disk.0.os.credentials.password = 'word'";

/** A master on which a playbook runs until told otherwise. */
class MasterWithRun {
  answer = 'running -\n';
  /** Given before `answer`, one to each look. */
  readonly portions: string[] = [];
  looks = 0;
  private readonly connection: SshConnection = {
    hostKey: '',
    exec: async () => {
      this.looks++;
      const stdout = Buffer.from(this.portions.shift() ?? this.answer);
      return { code: 0, stdout, stderr: '', truncated: false };
    },
    writeFiles: async () => undefined,
  };
  readonly ssh: SshClientPool = {
    use: (_target, work) => work(this.connection),
    close: async () => undefined,
  };
}

/** A worker that follows the run of `inf-1` on this master. */
async function following(master: MasterWithRun) {
  const bench = new DriverBench();
  const infrastructure = infrastructureOf('');
  await bench.store.transaction(async (tx) => {
    await tx.insertInfrastructure(infrastructure);
    await tx.insertVms([vmWith(0, { publicIp: '198.51.100.7', features: credentials })]);
  });
  const stage = new AnsibleStage(master.ssh, {
    remoteFolder: '/var/tmp/.im',
    playbookRetries: 1,
    waitRunningMs: 60_000,
    waitSshMs: 60_000,
    waitPublicIpMs: 60_000,
    installTimeoutMs: 60_000,
    vmsPerProcess: 50,
    maxSshErrors: 5,
    defaultDomain: 'localdomain',
  });
  const handler = new ScriptedHandler('contextualize', (context) =>
    context.operation.step === 'start'
      ? { type: 'continue', step: 'follow', data: { ...newProgress(0, 0), attempt: 1, targets: [0] } }
      : stage.advance(context, infrastructure),
  );
  const { worker } = bench.worker('w1', [handler]);
  const id = await bench.request('contextualize', { lane: 'contextualization', infrastructureId: 'inf-1' });
  await worker.start();
  return { bench, id };
}

describe('a playbook that runs', () => {
  it('is looked at again and again, and nobody works on its infrastructure in between', async () => {
    const master = new MasterWithRun();
    const { bench, id } = await following(master);

    await bench.time.advance(60_000);

    expect(master.looks).toBeGreaterThan(100);
    expect(bench.store.leaseOwner('inf-1')).toBeNull();
    expect(await bench.stateOf(id)).toBe('running');
  });

  it('is noticed half a second after its end', async () => {
    const master = new MasterWithRun();
    const { bench, id } = await following(master);
    await bench.time.advance(10_000);

    master.answer = `finished 0\n${JSON.stringify({ ev: 'result', ok: ['198.51.100.7_0'], failed: [] }).replace('{', '{"im": 1, "ts": 1, ')}\n`;
    await bench.time.advance(500);

    expect((await bench.operation(id)).result).toEqual({ configured: [0], failed: [] });
  });

  it('is read on without a pause while there is more output', async () => {
    const master = new MasterWithRun();
    const more = `running -\n${'x'.repeat(1024 * 1024)}`;
    master.portions.push(more, more, more);
    const { bench } = await following(master);

    await bench.time.advance(100);

    expect(master.looks).toBe(4);
  });
});
