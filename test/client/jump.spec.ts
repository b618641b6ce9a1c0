import { generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import Docker from 'dockerode';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from '../connectors/engine-socket.js';
import { testImage } from '../machines/image.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ClientSession } from './client-session.js';
import { provideImClient } from './im-client.js';

const client = await provideImClient();
const socketPath = engineSocket();
const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

describe.skipIf(client === null || socketPath === '')('im_client with a machine behind another', () => {
  const docker = new Docker({ socketPath });
  let hosts: Host[] = [];
  let server: StandaloneServer;
  let ana: ClientSession;
  let id: string;

  beforeAll(async () => {
    hosts = [await startHost(docker, 'front'), await startHost(docker, 'worker')];
    server = await startStandalone();
    ana = new ClientSession(client, server.url, [
      'id = im; type = InfrastructureManager; username = ana; password = secret',
      'id = mine; type = DeployedNode',
    ]);
    ana.write('hosts.radl', documentOf(hosts));
    id = await ana.create('hosts.radl');
    await until(
      () => ana.run(['sshvm', id, '1', '0', 'true']),
      ({ exitCode }) => exitCode === 0,
    );
  });

  afterAll(async () => {
    await ana.end();
    await server.stop();
    for (const { container, address } of hosts) {
      await container.remove({ force: true });
      // The client leaves the key of the way there.
      rmSync(`/var/tmp/root_root_${address}.pem`, { force: true });
    }
  });

  it('sshvm reaches it by way of the front', async () => {
    const shown = await ana.see('sshvm', id, '1', '0', 'hostname');

    expect(shown).toContain('does not has public IP, try to access via VM ID 0.\n');
    expect(shown).toMatch(/\nworker\n$/);
  });

  it('putvm and getvm copy files by way of the front', async () => {
    ana.write('letter.txt', 'Dear worker,\n');

    await ana.see('putvm', id, '1', '0', 'letter.txt', '/root/letter.txt');

    expect(await ana.see('sshvm', id, '1', '0', 'cat /root/letter.txt')).toMatch(/\nDear worker,\n$/);
    expect(await ana.see('getvm', id, '1', '1', '/root/letter.txt', '.')).toMatch(
      /^.*\nscp -r -P 22 .*'ProxyCommand=ssh -W %h:%p .*' root@[\d.]+:\/root\/letter\.txt \. $/,
    );
  });
});

interface Host {
  container: Docker.Container;
  address: string;
}

/** A machine that exists beforehand: a container with sshd that lets the key in. */
async function startHost(docker: Docker, name: string): Promise<Host> {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) {
    throw key;
  }
  const publicKey = `ssh-rsa ${key.getPublicSSH().toString('base64')}`;
  const container = await docker.createContainer({
    Image: testImage,
    Hostname: name,
    Cmd: [
      'sh',
      '-c',
      `mkdir -p /run/sshd /root/.ssh && echo '${publicKey}' > /root/.ssh/authorized_keys && chmod -R go= /root/.ssh &&
       ssh-keygen -A && exec /usr/sbin/sshd -D`,
    ],
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  return { container, address: network?.IPAddress ?? '' };
}

function documentOf([front, worker]: readonly Host[]): string {
  const credentials = `disk.0.os.credentials.username = 'root' and
    disk.0.os.credentials.private_key = '${privateKey}' and
    disk.0.os.name = 'linux' and disk.0.image.url = 'static://none'`;
  return `network public (outbound = 'yes')
network private ()
system front (
  net_interface.0.connection = 'public' and net_interface.0.ip = '${front?.address}' and ${credentials}
)
system worker (
  net_interface.0.connection = 'private' and net_interface.0.ip = '${worker?.address}' and ${credentials}
)
contextualize ()
deploy front 1
deploy worker 1
`;
}
