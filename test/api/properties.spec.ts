import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { ApiUser } from './api-user.js';
import { machines } from './documents.js';

const json = { accept: 'application/json' };
const features = "and spot = 'yes' and disk.0.applications contains (name = 'app-one' and version = '1.2')";
let server: StandaloneServer;
let ana: ApiUser;
let path: string;

beforeAll(async () => {
  server = await startStandalone();
  ana = new ApiUser(server.url, 'ana');
  path = await ana.create(machines({ count: 2, features }));
});

afterAll(async () => {
  await server.stop();
});

describe('an infrastructure', () => {
  it('lists its machines, in text and JSON', async () => {
    const uris = [0, 1].map((vm) => `${server.url}${path}/vms/${vm}`);

    expect(await ana.get(path)).toMatchObject({ status: 200, type: 'text/uri-list', text: uris.join('\n') });
    expect(await ana.get(path, json)).toMatchObject({
      type: 'application/json',
      text: JSON.stringify({ 'uri-list': uris.map((uri) => ({ uri })) }),
    });
  });

  it('tells its state in JSON and nothing else', async () => {
    const text = JSON.stringify({
      state: { state: 'configured', vm_states: { 0: 'configured', 1: 'configured' } },
    });

    expect(await ana.get(`${path}/state`)).toMatchObject({ status: 200, type: 'application/json', text });
    expect(await ana.get(`${path}/state`, { accept: 'text/html, */*' })).toMatchObject({ text });
    for (const accept of ['text/plain', 'text/*']) {
      expect(await ana.get(`${path}/state`, { accept })).toMatchObject({
        status: 415,
        text: `Unsupported Accept Media Types: ['${accept}']`,
      });
    }
  });

  it('tells its document, which can be deployed again', async () => {
    const { text, type } = await ana.get(`${path}/radl`);
    const again = await ana.create(text);

    expect(type).toBe('text/plain');
    expect(text).toMatch(/network net \(\s*\)/);
    expect(text).toMatch(/system node \([^)]*spot = 'yes'/);
    expect(text).toContain('deploy node 2');
    expect(JSON.parse((await ana.get(`${path}/radl`, json)).text)).toEqual({ radl: text });
    expect((await ana.get(`${again}/radl`)).text).toBe(text);
  });

  it('tells the log of its configuration, with or without those of its machines', async () => {
    const text = 'Contextualization disabled by the RADL/TOSCA template.\n\n';

    expect(await ana.get(`${path}/contmsg`)).toMatchObject({ type: 'text/plain', text });
    expect(await ana.get(`${path}/contmsg`, json)).toMatchObject({ text: JSON.stringify({ contmsg: text }) });
    expect(await ana.get(`${path}/contmsg?headeronly=yes`)).toMatchObject({ text });
    expect((await ana.get(`${path}/contmsg?headeronly=maybe`)).status).toBe(422);
  });

  it('names its owners and never their passwords', async () => {
    expect(await ana.get(`${path}/authorization`)).toMatchObject({ type: 'text/plain', text: 'ana' });
    expect(await ana.get(`${path}/authorization`, json)).toMatchObject({ text: '{"authorization":["ana"]}' });
  });

  it.each(['tosca', 'outputs'])('made from RADL has no %s', async (property) => {
    expect(await ana.get(`${path}/${property}`, json)).toMatchObject({
      status: 403,
      text: JSON.stringify({
        message: `'${property}' infrastructure property is not valid in this infrastructure`,
        code: 403,
      }),
    });
  });

  it('refuses properties that there are not, with those there are', async () => {
    const answer = await ana.get(`${path}/color`, { accept: 'text/plain' });
    const { detail, message, code } = JSON.parse(answer.text) as {
      detail: { type: string; loc: string[]; ctx: { expected: string } }[];
      message: string;
      code: number;
    };

    expect(answer).toMatchObject({ status: 422, type: 'application/json' });
    expect(detail).toMatchObject([{ type: 'literal_error', loc: ['path', 'prop'] }]);
    expect(detail[0]?.ctx.expected).toContain("'contmsg'");
    expect([message, code]).toEqual(['Incorrect infrastructure property', 422]);
  });
});

describe('a machine', () => {
  it('is described in RADL with its state, its network and how to log in', async () => {
    const { text, type } = await ana.get(`${path}/vms/1`);

    expect(type).toBe('text/plain');
    for (const part of [
      'network net (',
      'system node (',
      "state = 'configured'",
      "provider.type = 'Dummy'",
      "net_interface.0.ip = '10.0.0.1'",
      "net_interface.0.dns_name = 'vnode-1'",
      "disk.0.os.credentials.username = 'username'",
      "disk.0.os.credentials.password = 'password'",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/^(?:deploy|contextualize|configure)/m);
  });

  it('is described in JSON, sizes in bytes', async () => {
    const { radl } = JSON.parse((await ana.get(`${path}/vms/0`, json)).text) as {
      radl: Record<string, unknown>[];
    };

    expect(radl.map((entry) => entry['class'])).toEqual(['network', 'system']);
    expect(radl[1]).toMatchObject({
      id: 'node',
      state: 'configured',
      'cpu.count_min': 1,
      'memory.size_min': 512_000_000,
      'net_interface.0.connection': 'net',
    });
    expect(radl[1]?.['disk.0.os.credentials.new.password']).toMatch(/^[A-Za-z0-9]{8,}$/);
  });

  it.each([
    ['state', 'configured', 'configured'],
    ['cpu.count', '1', 1],
    ['memory.size', '512000000', 512_000_000],
    ['spot', 'yes', 'yes'],
    ['net_interface.0.ip', '10.0.0.1', '10.0.0.1'],
    ['disk.0.image.url', 'mock0://linux.for.ev.er/image1', 'mock0://linux.for.ev.er/image1'],
    ['contmsg', '', ''],
  ])('tells its %s', async (property, text, value) => {
    expect(await ana.get(`${path}/vms/0/${property}`)).toMatchObject({
      status: 200,
      type: 'text/plain',
      text,
    });
    expect(JSON.parse((await ana.get(`${path}/vms/0/${property}`, json)).text)).toEqual({
      [property]: value,
    });
  });

  it('tells its applications by name', async () => {
    expect(JSON.parse((await ana.get(`${path}/vms/0/disk.0.applications`, json)).text)).toEqual({
      'disk.0.applications': { 'app-one': { name: 'app-one', version: '1.2' } },
    });
  });

  it.each(['nothing', 'disk.0', 'net_interface.0', 'gpu.count'])('has no %s', async (property) => {
    expect(await ana.get(`${path}/vms/0/${property}`)).toMatchObject({
      status: 404,
      text: `Incorrect property ${property} for VM ID 0`,
    });
  });

  it.each(['2', 'abc', '-1', '0,1', '1.5', '0x0'])('is not found under the number %s', async (vm) => {
    expect(await ana.get(`${path}/vms/${vm}`)).toMatchObject({
      status: 404,
      text: 'Error Getting VM. info: Invalid VM ID',
    });
    expect(await ana.get(`${path}/vms/${vm}/state`, json)).toMatchObject({
      status: 404,
      text: '{"message":"Error Getting VM. property: Invalid VM ID","code":404}',
    });
  });

  it('refuses formats that it cannot be told in', async () => {
    for (const part of ['', '/state', '/contmsg']) {
      expect(await ana.get(`${path}/vms/0${part}`, { accept: 'image/png' })).toMatchObject({
        status: 415,
        text: 'Unsupported Accept Media Types: image/png',
      });
    }
  });

  it('without inbound access gets a script that asks until the master is there, without credentials in it', async () => {
    const script = await ana.get(`${path}/vms/0/command`);

    expect(script).toMatchObject({ status: 200, type: 'text/plain' });
    expect(script.text).toContain(`${server.url}${path}/vms/0/command?step=2`);
    expect(script.text).not.toContain('ana-pass');
    expect(await ana.get(`${path}/vms/0/command?step=2`, json)).toMatchObject({ text: '{"command":"wait"}' });
    expect(await ana.get(`${path}/vms/0/command?step=3`)).toMatchObject({
      status: 404,
      text: 'Incorrect property command for VM ID 0',
    });
    expect((await ana.get(`${path}/vms/0/command?step=x`)).status).toBe(422);
  });
});
