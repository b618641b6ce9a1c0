import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';
import { ApiUser, lastSegments } from './api-user.js';
import { machines, more } from './documents.js';

const json = { accept: 'application/json' };
const done = { status: 200, type: 'text/plain', text: '' };
let server: StandaloneServer;
let ana: ApiUser;
let path: string;
let id: string;

beforeAll(async () => {
  server = await startStandalone();
  ana = new ApiUser(server.url, 'ana');
});

beforeEach(async () => {
  path = await ana.create(machines({ count: 2 }));
  id = path.split('/').at(-1) ?? '';
});

afterAll(async () => {
  await server.stop();
});

describe('add', () => {
  it('answers with the URIs of the new machines alone', async () => {
    const answer = await ana.post(path, { body: more(2) });

    expect(answer).toMatchObject({ status: 200, type: 'text/uri-list', headers: { infid: id } });
    expect(answer.text).toBe([2, 3].map((vm) => `${server.url}${path}/vms/${vm}`).join('\n'));
    expect(await ana.vms(path)).toEqual(['0', '1', '2', '3']);
    await ana.untilState(path, 'configured');
  });

  it('takes references in JSON', async () => {
    const body = JSON.stringify([
      { class: 'network', id: 'net', reference: true },
      { class: 'system', id: 'node', reference: true },
      { class: 'deploy', system: 'node', vm_number: 1 },
    ]);

    expect(await ana.post(path, { ...json, type: 'application/json', body })).toMatchObject({
      status: 200,
      text: JSON.stringify({ 'uri-list': [{ uri: `${server.url}${path}/vms/2` }] }),
    });
  });

  it('takes a new system on a known network, and remembers it', async () => {
    const body = `network net\nsystem big (cpu.count = 8 and net_interface.0.connection = 'net' and
      disk.0.image.url = 'mock0://linux.for.ev.er/image2')\ndeploy big 1\n`;

    expect(lastSegments((await ana.post(path, { body })).text)).toEqual(['2']);
    expect(await ana.get(`${path}/vms/2/cpu.count`)).toMatchObject({ text: '8' });
    expect((await ana.get(`${path}/radl`)).text).toMatch(
      /system node \([\s\S]*system big \([\s\S]*deploy big 1/,
    );
  });

  it('leaves the machines as they come with context=0', async () => {
    const answer = await ana.post(`${path}?context=0`, { body: more() });

    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('infid');
    expect(await ana.get(`${path}/vms/2/state`)).toMatchObject({ text: 'running' });
  });

  it('asynchronously answers with an empty list before the machines are there', async () => {
    const answer = await ana.post(`${path}?async=yes`, { body: more(2) });

    expect(answer).toMatchObject({ status: 200, type: 'text/uri-list', text: '', headers: { infid: id } });
    expect(await ana.post(`${path}?async=1&context=0`, { ...json, body: more() })).toMatchObject({
      status: 200,
      text: '{"uri-list":[]}',
    });
    await until(
      () => ana.vms(path),
      (vms) => vms.length === 5,
    );
    await ana.untilState(path, 'configured');
  });

  it('asynchronously tells in the log why nothing was added', async () => {
    expect((await ana.post(`${path}?async=1`, { body: 'system x\ndeploy x 1' })).status).toBe(200);

    await until(
      async () => (await ana.get(`${path}/contmsg`)).text,
      (log) => log.includes('Unknown reference in RADL to'),
    );
    expect(await ana.vms(path)).toEqual(['0', '1']);
    await ana.untilState(path, 'configured');
  });

  it('of definitions alone adds no machine; so a name is given', async () => {
    const body = machines({ head: "description d (name = 'New name')" }).replace('deploy node 1', '');

    expect(await ana.post(`${path}?context=0`, { body })).toMatchObject({ status: 200, text: '' });
    expect((await ana.get(`${path}/radl`)).text).toContain("name = 'New name'");
    expect(await ana.ids('?filter=New+name')).toEqual([id]);
  });

  it.each([
    [
      'an unknown reference',
      'system x\ndeploy x 1',
      400,
      /^Error Adding resources: .*Unknown reference in RADL/,
    ],
    ['no document', 'rubbish here', 400, /^Error parsing request body: /],
  ])('of %s is refused and changes nothing', async (_what, body, status, text) => {
    const before = (await ana.get(`${path}/radl`)).text;
    const answer = await ana.post(path, { body });

    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
    expect(await ana.vms(path)).toEqual(['0', '1']);
    expect(await ana.state(path)).toBe('configured');
    expect((await ana.get(`${path}/radl`)).text).toBe(before);
  });
});

describe('remove', () => {
  it('takes a list of machines, whose numbers are not used again', async () => {
    await ana.post(path, { body: more(2) });

    expect(await ana.delete(`${path}/vms/1,3`, json)).toMatchObject(done);
    expect(await ana.vms(path)).toEqual(['0', '2']);
    expect(lastSegments((await ana.post(path, { body: more() })).text)).toEqual(['4']);
  });

  it.each(['1,99', '1,x', '1,', ',1', '99,1'])('of %s removes nothing', async (list) => {
    expect(await ana.delete(`${path}/vms/${list}`)).toMatchObject({
      status: 404,
      text: 'Error Removing resources: Invalid VM ID',
    });
    expect(await ana.vms(path)).toEqual(['0', '1']);
  });

  it('of the same machine twice removes it once', async () => {
    expect(await ana.delete(`${path}/vms/1,1`)).toMatchObject(done);
    expect(await ana.vms(path)).toEqual(['0']);
  });

  it('takes a list of a thousand machines', async () => {
    const list = Array.from({ length: 1000 }, (_, vm) => vm).join(',');

    expect(await ana.delete(`${path}/vms/${list}`)).toMatchObject({
      status: 404,
      text: 'Error Removing resources: Invalid VM ID',
    });
    expect(await ana.delete(`${path}/vms/${'1,'.repeat(3000)}1`)).toMatchObject(done);
    expect(await ana.vms(path)).toEqual(['0']);
  });

  it('of all of them leaves the infrastructure', async () => {
    expect(await ana.delete(`${path}/vms/0,1?context=no`)).toMatchObject(done);
    expect(await ana.vms(path)).toEqual([]);
    expect(lastSegments((await ana.post(path, { body: more() })).text)).toEqual(['2']);
  });

  it('leaves a number that every route knows as deleted', async () => {
    await ana.delete(`${path}/vms/1`);
    const routes = {
      'GET /vms/1': 'Error Getting VM. info',
      'GET /vms/1/contmsg': 'Error Getting VM. property',
      'PUT /vms/1': 'Error modifying resources',
      'PUT /vms/1/stop': 'Error in stop op in VM',
      'PUT /vms/1/disks/0/snapshot?image_name=x': 'Error creating snapshot',
      'DELETE /vms/1': 'Error Removing resources',
    };

    for (const [route, prefix] of Object.entries(routes)) {
      const [method = '', target] = route.split(' ');
      expect(await ana.call(method, `${path}${target}`)).toMatchObject({
        status: 404,
        text: `${prefix}: Deleted VM.`,
      });
    }
  });
});

describe('power', () => {
  it('of the infrastructure acts on all machines', async () => {
    expect(await ana.put(`${path}/stop`)).toMatchObject(done);
    expect(await ana.state(path)).toBe('stopped');

    expect(await ana.put(`${path}/start`, json)).toMatchObject(done);
    expect(await ana.state(path)).toBe('configured');
  });

  it('of a machine acts on it alone', async () => {
    expect(await ana.put(`${path}/vms/1/stop`)).toMatchObject(done);
    expect((await ana.get(`${path}/state`)).text).toContain('"vm_states":{"0":"configured","1":"stopped"}');

    expect(await ana.put(`${path}/vms/1/start`)).toMatchObject(done);
    expect(await ana.put(`${path}/vms/0/reboot`)).toMatchObject(done);
    expect((await ana.get(`${path}/state`)).text).toContain(
      '"vm_states":{"0":"configured","1":"configured"}',
    );
  });

  it('knows no other operations', async () => {
    for (const route of ['reboot', 'START', 'vms/0/suspend']) {
      const answer = await ana.put(`${path}/${route}`);
      expect(answer).toMatchObject({ status: 422, type: 'application/json' });
      expect(JSON.parse(answer.text)).toMatchObject({ detail: [{ loc: ['path', 'op'] }], code: 422 });
    }
    expect(await ana.put(`${path}/vms/9/start`)).toMatchObject({
      status: 404,
      text: 'Error in start op in VM: Invalid VM ID',
    });
  });
});

describe('alter', () => {
  it('changes one machine and answers with it', async () => {
    const answer = await ana.put(`${path}/vms/0`, {
      body: 'system node (cpu.count = 2 and memory.size = 1g)',
    });

    expect(answer).toMatchObject({ status: 200, type: 'text/plain' });
    expect(answer.text).toMatch(/system node \([^)]*cpu\.count = 2/);
    expect(await ana.get(`${path}/vms/0/memory.size`)).toMatchObject({ text: '1000000000' });
    expect(await ana.get(`${path}/vms/1/cpu.count`)).toMatchObject({ text: '1' });
  });

  it('takes the description of the machine with changes, as the dashboard sends it', async () => {
    const { text } = await ana.get(`${path}/vms/1`);
    const body = text.replace('cpu.count >= 1', 'cpu.count >= 5');

    const { radl } = JSON.parse((await ana.put(`${path}/vms/1`, { ...json, body })).text) as {
      radl: object[];
    };

    expect(radl).toContainEqual(expect.objectContaining({ class: 'system', 'cpu.count': 5 }) as object);
    expect(await ana.get(`${path}/vms/1/state`)).toMatchObject({ text: 'configured' });
  });

  it('needs a system of the name of the machine', async () => {
    for (const body of ['', 'system other (cpu.count = 2)']) {
      expect(await ana.put(`${path}/vms/0`, { body })).toMatchObject({
        status: 400,
        text: 'Error modifying resources: Incorrect RADL no system with name node provided.',
      });
    }
  });
});

describe('snapshot', () => {
  it('answers with the image', async () => {
    const snapshot = `${path}/vms/0/disks/0/snapshot`;

    expect(await ana.put(`${snapshot}?image_name=img-1&auto_delete=yes`, json)).toMatchObject({
      status: 200,
      type: 'text/plain',
      text: 'mock0://linux.for.ev.er/img-1',
    });
  });

  it('that is to be deleted with its infrastructure does not keep it from being deleted', async () => {
    await ana.put(`${path}/vms/0/disks/0/snapshot?image_name=img-1&auto_delete=yes`);

    expect(await ana.delete(path)).toMatchObject({ status: 200 });
    expect(await ana.get(path)).toMatchObject({ status: 404 });
  });

  it.each([
    ['0/snapshot', ['query', 'image_name']],
    ['0/snapshot?image_name=x&auto_delete=maybe', ['query', 'auto_delete']],
    ['first/snapshot?image_name=x', ['path', 'disknum']],
  ])('of %s is refused', async (route, loc) => {
    const answer = await ana.put(`${path}/vms/0/disks/${route}`);

    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.text)).toMatchObject({ detail: [{ loc }] });
  });
});

describe('reconfigure', () => {
  const recipe = 'configure node (\n@begin\n---\n- tasks: []\n@end\n)\n';

  it('starts the configuration again and names the infrastructure in the header', async () => {
    const answer = await ana.put(`${path}/reconfigure`, { type: 'text/yaml', body: '' });

    expect(answer).toMatchObject({ ...done, headers: { infid: id } });
    await ana.untilState(path, 'configured');
  });

  it('takes new steps, for some machines if asked to', async () => {
    expect(await ana.put(`${path}/reconfigure?vm_list=1,99`, { body: recipe })).toMatchObject(done);
    expect((await ana.get(`${path}/radl`)).text).toContain('configure node (');
    await ana.untilState(path, 'configured');
  });

  it('is refused for a list that is none, and for steps that are no YAML', async () => {
    for (const list of ['x', '0,', '0;1']) {
      expect(await ana.put(`${path}/reconfigure?vm_list=${list}`)).toMatchObject({
        status: 400,
        text: 'Incorrect vm_list format.',
      });
    }
    const broken = await ana.put(`${path}/reconfigure`, { body: recipe.replace('- tasks: []', 'a: b: [') });
    expect(broken.status).toBe(400);
    expect(broken.text).toMatch(/Error parsing YAML: /);
    expect((await ana.get(`${path}/radl`)).text).not.toContain('configure node (');
  });
});
