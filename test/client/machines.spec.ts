import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ClientSession } from './client-session.js';
import { dummyUser, namedRadl, oneMore } from './documents.js';
import { provideImClient } from './im-client.js';

const client = await provideImClient();

describe.skipIf(client === null)('im_client with the machines of an infrastructure', () => {
  let server: StandaloneServer;
  let ana: ClientSession;
  let id: string;

  beforeAll(async () => {
    server = await startStandalone();
    ana = new ClientSession(client, server.url, dummyUser('ana'));
    ana.write('two.radl', namedRadl('two', 2));
    ana.write('more.radl', oneMore);
    id = await ana.create('two.radl');
  });

  afterAll(async () => {
    await ana.end();
    await server.stop();
  });

  it('getvminfo shows a VM or one of its features', async () => {
    expect(await ana.see('getvminfo', id, '1')).toMatch(
      /^network net \(\s*\)\nsystem node \([^)]*state = 'configured'/,
    );
    expect(await ana.see('getvminfo', id, '1', 'net_interface.0.dns_name')).toBe('vnode-1\n');
    expect(await ana.refusal('getvminfo', id, '7')).toContain(
      'ERROR getting the VM info: Error Getting VM. info: Invalid VM ID\n',
    );
  });

  it('getvmcontmsg shows the log of a VM', async () => {
    expect(await ana.see('getvmcontmsg', id, '0')).toBe('\n');
    expect(await ana.refusal('getvmcontmsg', id, '7')).toBe(
      'Error getting VM contextualization message: Error Getting VM. property: Invalid VM ID\n',
    );
  });

  it('addresource adds machines, and removeresource removes several at once', async () => {
    expect(await ana.see('addresource', id, 'more.radl')).toBe('Resources with IDs: 2 successfully added.\n');
    expect(await ana.see('-q', 'addresource', id, 'more.radl')).toBe('[\n    "3"\n]\n');
    await configured();
    expect((await ana.see('getstate', id)).match(/VM ID: \d/g)).toHaveLength(4);

    expect(await ana.see('removeresource', id, '2,3')).toBe(
      'Resources with IDs: 2,3 successfully deleted.\n',
    );
    await configured();
    expect((await ana.see('getstate', id)).match(/VM ID: \d/g)).toEqual(['VM ID: 0', 'VM ID: 1']);
  });

  it('addresource and removeresource leave the machines unconfigured when they are asked to', async () => {
    expect(await ana.see('addresource', id, 'more.radl', '0')).toContain('IDs: 4 successfully added');
    expect(await ana.see('getvminfo', id, '4', 'state')).toBe('running\n');

    expect(await ana.see('removeresource', id, '4', '0')).toContain('IDs: 4 successfully deleted');
    // This client takes every answer for a success; its user sees the text of the refusal.
    expect(await ana.see('removeresource', id, '4')).toContain('Error Removing resources: Deleted VM.');
  });

  it('addresource shows why a document is refused', async () => {
    ana.write('unknown.radl', 'network net\nsystem other\ndeploy other 1\n');

    expect(await ana.refusal('addresource', id, 'unknown.radl')).toMatch(
      /^ERROR adding resources to infrastructure: .*Unknown reference in RADL/,
    );
  });

  it('alter changes the size of a VM', async () => {
    ana.write('large.radl', 'system node (cpu.count >= 4 and memory.size >= 2g)\n');

    expect(await ana.see('alter', id, '0', 'large.radl')).toBe('VM successfully modified.\n');
    expect(await ana.see('getvminfo', id, '0', 'cpu.count')).toBe('4\n');
    expect(await ana.see('getvminfo', id, '1', 'cpu.count')).toBe('1\n');
    expect(await ana.refusal('alter', id, '7', 'large.radl')).toBe(
      'ERROR modifying the VM: Error modifying resources: Invalid VM ID\n',
    );
  });

  it('stop and start act on all machines', async () => {
    expect(await ana.see('stop', id)).toBe('Infrastructure successfully stopped\n');
    expect(await ana.see('getstate', id)).toMatch(/^The infrastructure is in state: stopped\n/);

    expect(await ana.see('start', id)).toBe('Infrastructure successfully started\n');
    await configured();
  });

  it('stopvm, startvm and rebootvm act on one machine', async () => {
    expect(await ana.see('stopvm', id, '1')).toBe('VM successfully stopped\n');
    expect(await ana.see('getstate', id)).toContain(
      'VM ID: 0 is in state: configured.\nVM ID: 1 is in state: stopped.\n',
    );

    expect(await ana.see('startvm', id, '1')).toBe('VM successfully started\n');
    expect(await ana.see('getvminfo', id, '1', 'state')).toBe('configured\n');
    expect(await ana.see('rebootvm', id, '1')).toBe('VM successfully rebooted\n');
    expect(await ana.refusal('rebootvm', id, '7')).toBe(
      'Error rebooting VM: Error in reboot op in VM: Invalid VM ID\n',
    );
  });

  it('reconfigure starts the configuration again, with a new document and for some machines', async () => {
    ana.write('steps.radl', 'configure node (\n@begin\n---\n- tasks: []\n@end\n)\ncontextualize ()\n');

    expect(await ana.see('reconfigure', id)).toBe('Infrastructure successfully reconfigured.\n');
    await configured();
    expect(await ana.see('reconfigure', id, 'steps.radl', '0,1')).toBe(
      'Infrastructure successfully reconfigured.\n',
    );
    await configured();
    expect(await ana.see('getradl', id)).toContain('configure node (');
  });

  async function configured(): Promise<void> {
    expect(await ana.see('wait', id)).toContain('The infrastructure is in state: configured\n');
  }
});
