import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputOf } from '../connectors/ssh-login.js';
import { leftBehind } from '../servers/leak-check.js';
import { authorizationOf, RestClient } from '../servers/rest-client.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import type { StaticMachine, StaticMachines } from './static-machines.js';
import { canHaveStaticMachines, startStaticMachines } from './static-machines.js';

const password = 'a-test-password';
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const publicKey = ((): string => {
  const key = ssh2.utils.parseKey(privateKey);
  return key instanceof Error ? '' : `${key.type} ${key.getPublicSSH().toString('base64')}`;
})();

const rootWithKey = `mkdir -p /root/.ssh; echo '${publicKey}' > /root/.ssh/authorized_keys; chmod -R go= /root/.ssh`;
/** A user who becomes root with a password, as on many machines of institutes. */
const userWithPassword = `
useradd -m -s /bin/bash ops
echo 'ops:${password}' | chpasswd
echo 'ops ALL=(ALL) ALL' > /etc/sudoers.d/ops
hostname institute-7; echo institute-7 > /etc/hostname`;

describe.skipIf(!canHaveStaticMachines())('static hosts (need root, debootstrap and iproute2)', () => {
  let site: StaticMachines;
  let service: StandaloneServer;
  let client: RestClient;
  let front: StaticMachine;
  let worker: StaticMachine;
  let hidden: StaticMachine;

  beforeAll(async () => {
    site = await startStaticMachines([
      { outer: true, inner: true, setup: rootWithKey },
      { outer: true, inner: false, setup: userWithPassword },
      { outer: false, inner: true, setup: rootWithKey },
    ]);
    [front, worker, hidden] = site.machines as [StaticMachine, StaticMachine, StaticMachine];
    service = await startStandalone({ env: { IM_WAIT_SSH_ACCCESS_TIMEOUT: '4' } });
    client = new RestClient(service.url, authorizationOf('static', ['id = site; type = DeployedNode']));
  });

  afterAll(async () => {
    for (const id of await client.ids()) {
      await client.destroy(id);
    }
    expect(await leftBehind({ dataDir: service.dataDir })).toEqual([]);
    await service.stop();
    await site.stop();
  });

  const recipe = (name: string, file: string): string => `
configure ${name} (
@begin
---
- tasks:
    - copy: { content: "{{ IM_NODE_FQDN }} of {{ IM_MASTER_HOSTNAME }} as {{ ansible_user_id }}", dest: ${file} }
@end
)`;

  const withKey = `disk.0.os.credentials.username = 'root' and disk.0.os.credentials.private_key = '${privateKey}'`;
  const withPassword = (text: string): string =>
    `disk.0.os.credentials.username = 'ops' and disk.0.os.credentials.password = '${text}'`;

  async function deploy(radl: string): Promise<{ id: string; state: string; log: string }> {
    const id = await client.create(radl);
    const state = await client.untilState(id, ['configured', 'unconfigured', 'failed'], 120_000);
    return { id, state, log: await client.contmsg(id) };
  }

  it('are configured with keys and with passwords, and keep them, and host names that the document does not change', async () => {
    const radl = `
network net (outbound = 'yes')
system front (net_interface.0.connection = 'net' and net_interface.0.ip = '${front.address}' and
  net_interface.0.dns_name = 'front' and disk.0.os.name = 'linux' and disk.0.image.url = 'static://none' and ${withKey})
system worker (net_interface.0.connection = 'net' and net_interface.0.ip = '${worker.address}' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'static://none' and ${withPassword(password)})
${recipe('front', '/srv/first')}
${recipe('worker', '/srv/first')}
deploy front 1 deploy worker 1`;
    const first = await deploy(radl);
    expect(first.state, first.log).toBe('configured');
    expect(front.file('srv/first')).toBe('front.localdomain of front as root');
    expect(worker.file('srv/first')).toBe('vnode-1.localdomain of front as root');
    expect(worker.file('etc/hosts')).toContain(`${front.address} front.localdomain front`);
    expect(front.file('etc/hostname')).toBe('front.localdomain\n');
    expect(worker.file('etc/hostname')).toBe('institute-7\n');
    const asBefore = { host: worker.address, port: 22, username: 'ops', password };
    expect(await outputOf(asBefore, 'hostname')).toBe('institute-7\n');
    expect(first.log).not.toContain(password);

    const again = await client.request('PUT', `/infrastructures/${first.id}/reconfigure`, {
      body: recipe('worker', '/srv/second'),
    });
    expect(again.status).toBe(200);
    expect(await client.untilState(first.id, ['configured', 'unconfigured'], 120_000)).toBe('configured');
    expect(worker.file('srv/second')).toBe('vnode-1.localdomain of front as root');
    expect(await outputOf(asBefore, 'id -un')).toBe('ops\n');
    expect((await client.destroy(first.id)).status).toBe(200);
    expect(worker.file('srv/second')).toBeDefined();
  });

  it('behind a proxy are configured through it', async () => {
    const { state, log } = await deploy(`
network inner (proxy_host = 'root@${front.address}' and proxy_key = '${privateKey}')
system node (net_interface.0.connection = 'inner' and net_interface.0.ip = '${hidden.innerAddress}' and
  disk.0.os.name = 'linux' and ${withKey})
${recipe('node', '/srv/behind')}
deploy node 1`);
    expect(state, log).toBe('configured');
    expect(hidden.file('srv/behind')).toBe('vnode-0.localdomain of vnode-0 as root');
  });

  it('are configured by a host that the document names', async () => {
    const { state, log } = await deploy(`
ansible ctl (host = '${front.address}' and credentials.username = 'root' and credentials.private_key = '${privateKey}')
network inner ()
system node (net_interface.0.connection = 'inner' and net_interface.0.ip = '${hidden.innerAddress}' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'static://none' and ${withKey})
${recipe('node', '/srv/by-host')}
deploy node 1`);
    expect(state, log).toBe('configured');
    expect(hidden.file('srv/by-host')).toBe(`vnode-0.localdomain of ${front.address} as root`);
    expect(log).not.toContain('Select master VM');
  });

  it('that have another host key than before are not trusted', async () => {
    const { id, state } = await deploy(`
network net (outbound = 'yes')
system front (net_interface.0.connection = 'net' and net_interface.0.ip = '${front.address}' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'static://none' and ${withKey})
deploy front 1`);
    expect(state).toBe('configured');
    await outputOf(
      { host: front.address, port: 22, username: 'root', privateKey },
      'rm /etc/ssh/ssh_host_*; ssh-keygen -A; kill -HUP $(cat /run/sshd.pid)',
    );
    // An open connection is still one to the right machine.
    await service.restart();
    expect((await client.request('PUT', `/infrastructures/${id}/reconfigure`)).status).toBe(200);
    expect(await client.untilState(id, ['configured', 'unconfigured'], 60_000)).toBe('unconfigured');
    expect(await client.contmsg(id)).toContain(`root@${front.address}:22 has another host key than before`);
  });

  it('with a wrong password end unconfigured, and the log says who was refused', async () => {
    const { state, log } = await deploy(`
network net (outbound = 'yes')
system worker (net_interface.0.connection = 'net' and net_interface.0.ip = '${worker.address}' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'static://none' and ${withPassword('wrong')})
deploy worker 1`);
    expect(state).toBe('unconfigured');
    expect(log).toContain(
      `Contextualization Error: Error Waiting the Master VM to have the SSH active: Error connecting with ip: ${worker.address} incorrect credentials.`,
    );
  });

  it('that the master does not reach are left out, and the others are configured', async () => {
    const { id, state, log } = await deploy(`
network net (outbound = 'yes')
network elsewhere ()
system front (net_interface.0.connection = 'net' and net_interface.0.ip = '${front.address}' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'static://none' and ${withKey})
system gone (net_interface.0.connection = 'elsewhere' and net_interface.0.ip = '10.209.1.1' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'static://none' and ${withKey})
deploy front 1 deploy gone 1`);
    expect(state).toBe('unconfigured');
    expect(log).toContain('WARNING: The VM 1 cannot be reached over SSH');
    const states = (await client.request('GET', `/infrastructures/${id}/state`)).text;
    expect(JSON.parse(states)).toMatchObject({
      state: { vm_states: { 0: 'configured', 1: 'unconfigured' } },
    });
  });
});
