import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ClientSession, idIn } from './client-session.js';
import { dummyUser, namedRadl, toscaDocument } from './documents.js';
import { provideImClient } from './im-client.js';

const client = await provideImClient();

describe.skipIf(client === null)('im_client with infrastructures', () => {
  let server: StandaloneServer;
  let ana: ClientSession;

  beforeAll(async () => {
    server = await startStandalone();
    ana = new ClientSession(client, server.url, dummyUser('ana'));
    ana.write('web.radl', namedRadl('web', 2));
    ana.write('bad.radl', 'system node (cpu.count = 1)\ndeploy other 1\n');
    ana.write('tosca.yaml', toscaDocument);
  });

  afterAll(async () => {
    await ana.end();
    await server.stop();
  });

  it('getversion shows the version of the service', async () => {
    const response = await fetch(`${server.url}/version`);

    expect(await ana.see('getversion')).toBe(`IM service version: ${await response.text()}\n`);
    expect(await ana.see('-q', 'getversion')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('create makes an infrastructure that list shows, with its name, and getstate finds configured', async () => {
    const created = await ana.see('create', 'web.radl');
    const id = idIn(created);
    await ana.see('wait', id);

    expect(created).toBe(`Infrastructure successfully created with ID: ${id}\n`);
    expect(await ana.see('list')).toBe(`Infrastructure IDs: \n  ${id}\n`);
    expect(await ana.see('list', '-n')).toContain(`\n${id}    web\n`);
    expect(await ana.see('getstate', id)).toBe(
      'The infrastructure is in state: configured\nVM ID: 0 is in state: configured.\nVM ID: 1 is in state: configured.\n',
    );
  });

  it('create takes RADL as JSON, and waits for the launch when it is asked to', async () => {
    ana.write(
      'one.json',
      JSON.stringify([
        { class: 'network', id: 'net' },
        { class: 'system', id: 'node', 'net_interface.0.connection': 'net', 'disk.0.os.name': 'linux' },
        { class: 'deploy', system: 'node', vm_number: 1 },
        { class: 'contextualize' },
      ]),
    );

    const id = idIn(await ana.see('create', 'one.json', '0'));

    expect(await ana.see('getinfo', id, 'provider.type')).toBe('Info about VM with ID: 0\nDummy\n');
  });

  it('create shows why a document is refused', async () => {
    ana.write('bad.yaml', toscaDocument.replace('Compute', 'Computer'));

    expect(await ana.refusal('create', 'bad.yaml')).toContain(
      'Type "tosca.nodes.Computer" is not a valid type. Did you mean "tosca.nodes.Compute"? (line 5, column 7)',
    );
    await ana.refusal('create', 'bad.radl');
  });

  it('list finds by a regular expression, and infrastructures by their name with -n', async () => {
    const id = await created('needle');

    expect(await ana.see('list', "name = 'need.e'")).toBe(`Infrastructure IDs: \n  ${id}\n`);
    expect(await ana.see('list', 'nosuchtext')).toBe('No Infrastructures.\n');
    expect(await ana.see('-n', 'getstate', 'needle')).toContain('is in state: configured');
    expect(await ana.refusal('-n', 'getstate', 'haystack')).toBe('Infrastructure Name not found\n');
    expect((await ana.run(['list', '('])).text).toMatch(
      /^ERROR listing then infrastructures: .*regular expression/,
    );
  });

  it('getinfo shows every VM, those of one system, or one feature', async () => {
    const id = await created('information', 2);

    const whole = await ana.see('getinfo', id);

    expect(whole.match(/^Info about VM with ID: \d$/gm)).toHaveLength(2);
    expect(whole.match(/net_interface\.0\.ip = '10\.0\.0\.1'/g)).toHaveLength(2);
    expect(await ana.see('getinfo', id, 'state')).toBe(
      'Info about VM with ID: 0\nconfigured\nInfo about VM with ID: 1\nconfigured\n',
    );
    expect(await ana.see('getinfo', id, 'memory.size', '-s', 'node')).toBe(
      'Info about VM with ID: 0\n512000000\nInfo about VM with ID: 1\n512000000\n',
    );
    expect(await ana.see('getinfo', id, '-s', 'other')).toBe(
      'Info about VM with ID: 0\nInfo about VM with ID: 1\n',
    );
  });

  it('getradl shows a document that create takes again', async () => {
    const id = await created('copied');

    ana.write('copy.radl', await ana.see('getradl', id));
    const copy = await ana.create('copy.radl');

    expect(copy).not.toBe(id);
    expect(await ana.see('getradl', copy)).toBe(await ana.see('getradl', id));
  });

  it('getcontmsg shows the log of the configuration', async () => {
    const id = await created('log');

    expect(await ana.see('getcontmsg', id)).toBe(
      'Msg Contextualizator: \n\nContextualization disabled by the RADL/TOSCA template.\n\n\n',
    );
  });

  it('create takes TOSCA, and getoutputs shows its outputs', async () => {
    const id = idIn(await ana.see('create', 'tosca.yaml', '0'));
    await ana.see('wait', id);

    expect(await ana.see('getoutputs', id)).toContain('address = 10.0.0.1');
    expect(await ana.see('getinfo', id, 'cpu.count')).toBe('Info about VM with ID: 0\n1\n');
  });

  it('getoutputs ends with 1 for an infrastructure without TOSCA', async () => {
    expect(await ana.refusal('getoutputs', await created('outputs'))).toBe('');
  });

  it('wait ends when the infrastructure is configured, and with 1 when it cannot be', async () => {
    ana.write('empty.radl', 'network net ()\n');

    expect(await ana.see('wait', await created('waiting'))).toBe(
      'The infrastructure is in state: configured\n',
    );
    expect(await ana.refusal('wait', idIn(await ana.see('create', 'empty.radl')))).toBe(
      'The infrastructure is in state: failed\n',
    );
  });

  it('create_wait_outputs ends with the id of a configured infrastructure', async () => {
    const shown = await ana.see('-q', 'create_wait_outputs', 'web.radl');
    const outputs = await ana.see('-q', 'create_wait_outputs', 'tosca.yaml');

    expect(JSON.parse(shown)).toEqual({ infid: idIn(shown), outputs: {} });
    expect(await ana.see('getstate', idIn(shown))).toContain('is in state: configured');
    expect(JSON.parse(outputs)).toEqual({ infid: idIn(outputs), address: '10.0.0.1' });
  });

  it('destroy asks first, then leaves nothing to list', async () => {
    const bob = new ClientSession(client, server.url, dummyUser('bob'));
    bob.write('web.radl', namedRadl('web'));
    const id = await bob.create('web.radl');

    const spared = await bob.run(['destroy', id], 'no\n');
    expect(spared.exitCode).toBe(1);
    expect(spared.text).toContain('ERROR destroying the infrastructure: Canceled by the user.');
    expect(await bob.see('list')).toContain(id);

    expect((await bob.run(['destroy', id], 'yes\n')).text).toContain(
      'Infrastructure successfully destroyed\n',
    );
    expect(await bob.see('list')).toBe('No Infrastructures.\n');
    expect(await bob.refusal('destroy', id, '-y')).toBe(
      'ERROR destroying the infrastructure: Error Destroying Inf: Invalid infrastructure ID or access not granted.\n',
    );
    await bob.end();
  });

  it('says what is wrong with an id, a file or an operation', async () => {
    const unknown = '00000000-0000-1000-8000-000000000000';

    expect(await ana.refusal('getradl', unknown)).toContain(
      'Error Getting Inf. prop: Invalid infrastructure ID or access not granted.',
    );
    expect(await ana.refusal('create', 'missing.radl')).toBe("RADL file 'missing.radl' does not exist\n");
    expect(await ana.run(['dance'])).toMatchObject({ exitCode: 2 });
  });

  async function created(name: string, count = 1): Promise<string> {
    ana.write(`${name}.radl`, namedRadl(name, count));
    return ana.create(`${name}.radl`);
  }
});
