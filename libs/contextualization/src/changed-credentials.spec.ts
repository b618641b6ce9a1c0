import type { Vm } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { infrastructureOf, vmWith } from '../../../test/contextualization/vms.js';
import { MemoryStore } from '../../../test/fakes/memory-store.js';
import { takeChangedCredentials } from './changed-credentials.js';
import { inventoryName } from './inventory.js';
import { credentialTaskNames } from './prepare-playbook.js';
import type { OutputLine } from './run-events.js';
import { credentialsOf, newCredentialsOf } from './vm-access.js';

const wishes = `disk.0.os.credentials.username = 'ana' and
  disk.0.os.credentials.password = 'old-word' and disk.0.os.credentials.private_key = 'OLD KEY' and
  disk.0.os.credentials.new.password = 'new-word' and
  disk.0.os.credentials.new.public_key = 'ssh-rsa NEW' and disk.0.os.credentials.new.private_key = 'NEW KEY'`;

const changing = (): Vm[] =>
  [1, 2].map((imId) => vmWith(imId, { privateIp: `10.0.0.${imId}`, features: wishes }));

function told(host: string, task: string, given: { ev?: 'ok' | 'failed'; play?: string } = {}): OutputLine {
  const { ev = 'ok', play = 'credentials' } = given;
  const common = { ts: 1, host, play, task, res: {} };
  return {
    event: ev === 'ok' ? { ev, ...common, changed: true, show: false } : { ev, ...common, ignored: false },
  };
}

/** The VMs as they are stored after these events. */
async function after(lines: OutputLine[]): Promise<Vm[]> {
  const store = new MemoryStore(() => 0);
  const vms = changing();
  await store.transaction(async (tx) => {
    await tx.insertInfrastructure(infrastructureOf(''));
    await tx.insertVms(vms);
  });
  const byName = new Map(vms.map((vm) => [inventoryName(vm), vm]));
  await store.transaction((tx) => takeChangedCredentials(tx, 'inf-1', lines, byName));
  return store.vms('inf-1');
}

const { password, key } = credentialTaskNames;

describe('credentials that were set on a VM', () => {
  it('are those it is logged in with from then on: the password', async () => {
    const [vm, other] = (await after([told('10.0.0.1_1', password)])) as [Vm, Vm];

    expect(credentialsOf(vm)).toEqual({ username: 'ana', password: 'new-word', privateKey: 'OLD KEY' });
    expect(newCredentialsOf(vm)).toEqual({ publicKey: 'ssh-rsa NEW', privateKey: 'NEW KEY' });
    expect(credentialsOf(other).password).toBe('old-word');
  });

  it('are those it is logged in with from then on: both halves of the key', async () => {
    const [vm] = (await after([told('10.0.0.1_1', key)])) as [Vm];

    expect(credentialsOf(vm)).toEqual({ username: 'ana', password: 'old-word', privateKey: 'NEW KEY' });
    expect(newCredentialsOf(vm)).toEqual({ password: 'new-word' });
  });

  it('are taken for each VM that told of them', async () => {
    const vms = await after([
      told('10.0.0.1_1', key),
      told('10.0.0.1_1', password),
      told('10.0.0.2_2', password),
    ]);

    expect(vms.map(newCredentialsOf)).toEqual([null, { publicKey: 'ssh-rsa NEW', privateKey: 'NEW KEY' }]);
  });

  it.each<[string, OutputLine]>([
    ['the task failed', told('10.0.0.1_1', password, { ev: 'failed' })],
    ['a recipe has a task of this name', told('10.0.0.1_1', password, { play: 'web' })],
    ['another task went well', told('10.0.0.1_1', 'Gathering Facts')],
    ['a VM that nobody knows told of it', told('10.9.9.9_9', password)],
    ['it is text', { text: password }],
  ])('are not taken when %s', async (_name, line) => {
    const [vm] = await after([line]);

    expect(vm?.version).toBe(1);
    expect(vm === undefined ? null : newCredentialsOf(vm)).toEqual({
      password: 'new-word',
      publicKey: 'ssh-rsa NEW',
      privateKey: 'NEW KEY',
    });
  });
});
