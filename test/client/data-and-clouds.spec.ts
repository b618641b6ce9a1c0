import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ClientSession } from './client-session.js';
import { dummyUser, namedRadl } from './documents.js';
import { provideImClient } from './im-client.js';

const client = await provideImClient();

describe.skipIf(client === null)('im_client with data, owners and clouds', () => {
  let server: StandaloneServer;
  let ana: ClientSession;
  let bob: ClientSession;

  beforeAll(async () => {
    server = await startStandalone();
    ana = new ClientSession(client, server.url, dummyUser('ana'));
    bob = new ClientSession(client, server.url, dummyUser('bob'));
    ana.write('web.radl', namedRadl('web'));
    ana.write('bob.dat', `${dummyUser('bob').join('\n')}\n`);
  });

  afterAll(async () => {
    await ana.end();
    await bob.end();
    await server.stop();
  });

  it('export shows the data, and what it shows can be imported by another user', async () => {
    const id = await ana.create('web.radl');

    const copy = await ana.see('export', id);
    expect(await ana.see('list')).toContain(id);
    const exported = await ana.see('export', id, '1');
    expect(await ana.see('list')).not.toContain(id);
    expect(JSON.parse(JSON.parse(copy) as string)).toMatchObject({ id, vm_list: [{ im_id: 0 }] });

    bob.write('as-shown.json', exported);
    expect(await bob.see('import', 'as-shown.json')).toBe(`New Inf: ${id}\n`);
    expect(await bob.see('getstate', id)).toContain('VM ID: 0 is in state: configured.');
    await ana.refusal('getstate', id);
  });

  it('import takes the plain document too, and shows why one is refused', async () => {
    const id = await ana.create('web.radl');
    ana.write('plain.json', JSON.parse(await ana.see('export', id, '1')) as string);

    expect(await ana.see('-q', 'import', 'plain.json')).toBe(`${id}\n`);
    expect(await ana.refusal('import', 'plain.json')).toBe(
      'ERROR importing data: Error Importing Inf.: Trying to add an existing infrastructure ID.\n',
    );
    expect(await ana.refusal('import', 'web.radl')).toMatch(/^ERROR importing data: .*incorrect data/);
  });

  it('change_auth adds an owner, and hands an infrastructure over', async () => {
    const id = await ana.create('web.radl');

    expect(await ana.see('change_auth', id, 'bob.dat')).toBe('Auth data successfully changed.\n');
    expect(await bob.see('list')).toContain(id);
    expect(await ana.see('list')).toContain(id);

    expect(await ana.see('change_auth', id, 'bob.dat', '1')).toBe('Auth data successfully changed.\n');
    expect(await bob.see('list')).toContain(id);
    expect(await ana.see('list')).not.toContain(id);
    expect(await ana.refusal('change_auth', id, 'bob.dat')).toBe(
      'ERROR changing auth data: Error modifying infrastructure owner: Access to this infrastructure not granted.\n',
    );
  });

  it('cloudimages shows the images of a cloud', async () => {
    expect(JSON.parse(await ana.see('cloudimages', 'dummy'))).toEqual([
      { uri: 'mock0://linux.for.ev.er/image1', name: 'Image Name1' },
      { uri: 'mock0://linux.for.ev.er/image2', name: 'Image Name2' },
    ]);
  });

  it('cloudusage shows the quotas of a cloud, or that there is no such cloud', async () => {
    expect(JSON.parse(await ana.see('cloudusage', 'dummy'))).toMatchObject({ cores: { used: 1, limit: 10 } });
    expect(await ana.refusal('cloudusage', 'nosuch')).toContain(
      'Error getting cloud info: Cloud ID nosuch not found.',
    );
  });

  it('reads values of the authentication file from commands and files', async () => {
    const carol = new ClientSession(client, server.url, [
      'id = im; type = InfrastructureManager; username = command(echo carol); password = file(password)',
      'id = dummy; type = Dummy; key = file(key.pem)',
    ]);
    carol.write('password', 'a;b=c\n');
    carol.write('key.pem', '-----BEGIN KEY-----\nline=one\nline;two\n-----END KEY-----\n');
    carol.write('web.radl', namedRadl('web'));

    const id = await carol.create('web.radl');

    const authorization = "type = InfrastructureManager; username = carol; password = 'a;b=c'";
    const response = await fetch(`${server.url}/infrastructures/${id}/authorization`, {
      headers: { authorization },
    });
    expect(await response.text()).toBe('carol');
    await carol.end();
  });

  it('shows why a log-in is refused', async () => {
    const nobody = new ClientSession(client, server.url, ['id = dummy; type = Dummy']);

    expect(await nobody.refusal('list')).toContain('No credentials provided for the InfrastructureManager.');
  });
});
