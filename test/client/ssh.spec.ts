import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSocket } from '../connectors/engine-socket.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ClientSession } from './client-session.js';
import { provideImClient } from './im-client.js';

const client = await provideImClient();
const socketPath = engineSocket();

/** Containers whose SSH is published; nothing is configured in them but the key. */
const containers = `
network public (outbound = 'yes')
system front (
  net_interface.0.connection = 'public' and
  disk.0.os.name = 'linux' and disk.0.image.url = 'docker://im-test:1'
)
contextualize ()
deploy front 2
`;

describe.skipIf(client === null || socketPath === '')('im_client with containers', () => {
  let server: StandaloneServer;
  let ana: ClientSession;
  let id: string;

  beforeAll(async () => {
    server = await startStandalone();
    ana = new ClientSession(client, server.url, [
      'id = im; type = InfrastructureManager; username = ana; password = secret',
      `id = docker; type = Docker; host = unix://${socketPath}`,
    ]);
    ana.write('containers.radl', containers);
    id = await ana.create('containers.radl');
    // A container runs some moments before its sshd listens.
    for (const vm of ['0', '1']) {
      await until(
        () => ana.run(['sshvm', id, vm, '0', 'true']),
        ({ exitCode }) => exitCode === 0,
      );
    }
  });

  afterAll(async () => {
    await ana.end();
    await server.stop();
  });

  it('ssh runs a command on the front', async () => {
    expect(lastLines(await ana.see('ssh', id, '0', 'hostname; whoami'), 2)).toBe('vnode-0\nroot\n');
  });

  it('ssh shows the command instead of running it', async () => {
    expect(await ana.see('ssh', id, '1', 'uptime')).toMatch(/^ssh -p \d+ -i \S+ .*root@[\d.]+ uptime $/);
  });

  it('sshvm runs a command on any machine and ends with its exit code', async () => {
    const { exitCode, text } = await ana.run(['sshvm', id, '1', '0', 'hostname; exit 3']);

    expect(lastLines(text, 1)).toBe('vnode-1\n');
    expect(exitCode).toBe(3);
  });

  it('put and get copy files to and from the front', async () => {
    ana.write('letter.txt', 'Dear front,\n');

    await ana.see('put', id, '0', 'letter.txt', '/root/letter.txt');
    expect(lastLines(await ana.see('ssh', id, '0', 'cat /root/letter.txt'), 1)).toBe('Dear front,\n');
    await ana.see('get', id, '0', '/etc/hostname', 'name.txt');
    expect(readFileSync(join(ana.folder, 'name.txt'), 'utf8')).toBe('vnode-0\n');
  });

  it('putvm and getvm copy files to and from any machine', async () => {
    ana.write('letter.txt', 'Dear machine,\n');

    await ana.see('putvm', id, '1', '0', 'letter.txt', '/root/letter.txt');
    await ana.see('getvm', id, '1', '0', '/root/letter.txt', 'back.txt');
    expect(readFileSync(join(ana.folder, 'back.txt'), 'utf8')).toBe('Dear machine,\n');
    expect(await ana.see('putvm', id, '0', '1', 'letter.txt', '/root/letter.txt')).toMatch(
      /^scp -r -P \d+ .* letter\.txt root@[\d.]+:\/root\/letter\.txt $/,
    );
  });

  it('says why a machine cannot be reached', async () => {
    expect(await ana.refusal('sshvm', id, '7', '0', 'true')).toBe(
      'Error accessing VM: Error Getting VM. info: Invalid VM ID\n',
    );
    await ana.refusal('put', id, '0', 'only-one');
    await ana.refusal('get', id, '0', '/no/such/file', '.');
  });
});

/** The end of what was shown; ssh tells before about host keys. */
function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .slice(-count - 1)
    .join('\n');
}
