import { parseRadl, printRadl } from '@im/radl';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../../test/fakes/memory-store.js';
import { sampleInfrastructure, sampleVm } from '../../../../test/fakes/sample-rows.js';
import { CountingIds } from '../../../../test/fakes/work-ports.js';
import type { Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Vm } from '../model/vm.js';
import { infrastructureLog } from '../ports/store.js';
import { exportDocument } from './export-document.js';
import { importDocument } from './import-document.js';

const now = 1_700_000_500_000;
let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore(() => now);
});

const ids = new CountingIds();

const requester = (username = 'ana', password = 'a'): Requester => ({
  identities: [{ username, password, admin: false }],
  clouds: [],
  items: [],
});

async function take(
  document: unknown,
  who = requester(),
): Promise<{ infrastructure: Infrastructure; vms: Vm[] }> {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const id = await store.transaction((tx) => importDocument(tx, ids, who, text));
  const infrastructure = await store.infrastructure(id);
  if (infrastructure === null) {
    throw new Error('Nothing was imported.');
  }
  return { infrastructure, vms: await store.vms(id) };
}

const problemOf = async (document: unknown, who = requester()): Promise<string> =>
  take(document, who).then(
    () => 'imported',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

/** What another implementation exports (spec: persistence-and-ha.md 4.3). */
const foreign = {
  id: '5b0f8c2e-7d4b-11ee-9d6f-0242ac110002',
  vm_list: [
    {
      last_update: 1_700_000_100,
      destroy: false,
      state: 'configured',
      id: '8d1e4f',
      im_id: 0,
      creation_im_id: 0,
      cloud: {
        id: 'site1',
        type: 'OpenStack',
        server: 'keystone.example.org',
        port: 5000,
        protocol: 'https',
        path: '/v3',
        extra: { auth_version: '3.x_password', tenant: 'demo' },
      },
      info: "network n (  )\nsystem node (\ncpu.count = 1 and\nstate = 'configured' and\nnet_interface.0.connection = 'n'\n)\n",
      requested_radl:
        "network n (  )\nsystem node (\ncpu.count >= 1 and\nnet_interface.0.connection = 'n'\n)\ndeploy node 1\n",
      cont_out: 'done\n',
      configured: true,
      ctxt_pid: null,
      ssh_connect_errors: 0,
      creating: false,
      error_msg: null,
      deleting: false,
      creation_date: 1_700_000_000,
      volumes: ['v1'],
      floating_ips: [],
    },
  ],
  auth: [{ type: 'InfrastructureManager', username: 'alice', password: 'secret', admin: false }],
  radl: "description d (name = 'mine')\nnetwork n (  )\nsystem node (\ncpu.count >= 1 and\nnet_interface.0.connection = 'n'\n)\nsystem F0000__FAKE_SYSTEM__0 (\nnet_interface.0.connection = 'n'\n)\ndeploy node 1\ndeploy F0000__FAKE_SYSTEM__0 0 site1\n",
  private_networks: { n: 'site1' },
  system_counter: 0,
  deleted: false,
  vm_master: 0,
  vm_id: 0,
  cont_out: '2023-11-14 22:15:00.000001: Select master VM\n',
  ansible_configured: true,
  configured: true,
  extra_info: {},
  snapshots: ['ost://site1/image'],
  creation_date: 1_700_000_000,
  last_ganglia_update: 5,
};
const [foreignVm] = foreign.vm_list;
const withVms = (...vms: object[]) => ({ ...foreign, vm_list: vms });

describe('an import', () => {
  it('takes over everything and makes the caller the owner', async () => {
    const { infrastructure, vms } = await take(foreign);

    expect(infrastructure).toMatchObject({
      id: foreign.id,
      name: 'mine',
      owners: [{ username: 'ana', password: 'a' }],
      privateNetworks: { n: 'site1' },
      nextVmId: 1,
      masterVmId: 0,
      configured: true,
      ansibleConfigured: true,
      snapshots: [{ url: 'ost://site1/image', cloud: null }],
      createdAt: 1_700_000_000_000,
      deletedAt: null,
      extra: { last_ganglia_update: 5 },
    });
    expect(vms).toMatchObject([
      {
        imId: 0,
        system: 'node',
        providerId: '8d1e4f',
        status: 'live',
        providerState: 'running',
        configured: true,
        lastSuccess: 1_700_000_100_000,
        createdAt: 1_700_000_000_000,
        connectorData: { volumes: ['v1'], floating_ips: [] },
        cloud: { id: 'site1', server: 'keystone.example.org', port: 5000, path: '/v3' },
      },
    ]);
    expect(await store.log(foreign.id, infrastructureLog)).toBe(foreign.cont_out);
    expect(await store.log(foreign.id, 0)).toBe('done\n');
  });

  it('leaves out the systems that only pin networks', async () => {
    const { infrastructure } = await take(foreign);

    expect(printRadl(infrastructure.radl)).not.toContain('FAKE');
    expect(infrastructure.radl.deploys).toHaveLength(1);
  });

  it('writes the machines into the ledger, and what they may share, so that a destroy knows them', async () => {
    await take(withVms(foreignVm ?? {}, { ...foreignVm, im_id: 1, destroy: true }));

    expect(
      (await store.resources(foreign.id)).map((row) => `${row.kind} ${row.providerId} ${row.state}`),
    ).toEqual(['machine 8d1e4f present', 'network null unknown']);
  });

  it.each([
    ['{"data": "..."}', { data: JSON.stringify(foreign) }],
    [
      'nested JSON as text',
      {
        ...foreign,
        auth: JSON.stringify(foreign.auth),
        extra_info: '{}',
        vm_list: foreign.vm_list.map((vm) => JSON.stringify({ ...vm, cloud: JSON.stringify(vm.cloud) })),
      },
    ],
    [
      'RADL in JSON',
      {
        ...foreign,
        radl: '[{"class":"network","id":"n"},{"class":"system","id":"node","cpu.count_min":1},{"class":"description","id":"d","name":"mine"}]',
      },
    ],
    [
      'only what is required',
      {
        id: foreign.id,
        vm_master: null,
        auth: [],
        radl: "description d (name = 'mine')",
        vm_list: [
          {
            im_id: 0,
            id: '8d1e4f',
            cloud: { type: 'Dummy' },
            info: 'system node ()',
            requested_radl: 'system node ()',
          },
        ],
      },
    ],
  ])('reads the form with %s', async (_form, document) => {
    const { infrastructure, vms } = await take(document);

    expect(infrastructure.name).toBe('mine');
    expect(vms).toMatchObject([{ imId: 0, system: 'node', providerId: '8d1e4f', status: 'live' }]);
  });

  it('takes what is null or text for a new one, and makes an id where there is none', async () => {
    const cloud = {
      ...foreignVm?.cloud,
      server: null,
      port: null,
      path: null,
      extra: { tenant: null, a: 'b' },
    };
    const { id: _id, ...withoutId } = foreign;
    const { infrastructure, vms } = await take({
      ...withoutId,
      snapshots: '[]',
      extra_info: null,
      private_networks: null,
      vm_list: [{ ...foreignVm, cloud, state: null, destroy: null }],
    });

    expect(infrastructure).toMatchObject({ snapshots: [], tosca: null, privateNetworks: {} });
    expect(infrastructure.id).toMatch(/^[\da-f-]{36}$/);
    expect(vms).toMatchObject([
      {
        infrastructureId: infrastructure.id,
        status: 'live',
        providerState: 'unknown',
        cloud: { id: 'site1', type: 'OpenStack', server: '', port: -1, path: '', extra: { a: 'b' } },
      },
    ]);
  });

  it('takes a VM for which no cloud was chosen, unless there is a machine', async () => {
    const failed = { ...foreignVm, id: null, state: 'failed', cloud: null };

    expect((await take(withVms(failed))).vms).toMatchObject([{ status: 'failed', cloud: { type: '' } }]);
    expect(await store.resources(foreign.id)).toEqual([]);
    store = new MemoryStore(() => now);
    expect(await problemOf(withVms({ ...foreignVm, cloud: null }))).toContain('vm_list.0.cloud: is missing');
  });

  it('fills missing numbers, since the next one is the length of the list', async () => {
    const { infrastructure, vms } = await take(
      withVms({ ...foreignVm, im_id: 3 }, { ...foreignVm, im_id: 1 }),
    );

    expect(vms.map((vm) => `${vm.imId} ${vm.status}`)).toEqual([
      '0 destroyed',
      '1 live',
      '2 destroyed',
      '3 live',
    ]);
    expect(infrastructure.nextVmId).toBe(4);
  });

  it('takes a VM without a machine for a failed one, and one that was under way for unconfigured', async () => {
    const { vms } = await take(
      withVms(
        { ...foreignVm, id: null, state: 'failed', error_msg: 'no quota', configured: null },
        { ...foreignVm, im_id: 1, state: 'running', configured: null, ctxt_pid: 'WAIT' },
      ),
    );

    expect(vms).toMatchObject([
      { status: 'failed', providerState: 'failed', errorMessage: 'no quota', configured: false },
      { status: 'live', providerState: 'running', configured: false },
    ]);
  });

  it('keeps the TOSCA document', async () => {
    const { infrastructure } = await take({
      ...foreign,
      extra_info: { TOSCA: 'tosca_definitions_version: x' },
    });

    expect(infrastructure.tosca).toEqual({
      document: 'tosca_definitions_version: x',
      containerId: '5b0f8c2e',
      generatedInputs: {},
    });
  });

  it('refuses values kept beside the TOSCA document that would spoil names', async () => {
    const kept = { containerId: "a' (", generatedInputs: {} };

    expect(await problemOf({ ...foreign, extra_info: { TOSCA: 'x', TOSCA_KEPT: kept } })).toContain(
      'extra_info.TOSCA_KEPT.containerId: takes up to 8 letters and digits',
    );
  });

  it('takes a long list of VMs', async () => {
    const many = Array.from({ length: 2_000 }, (_unused, im_id) => ({ ...foreignVm, im_id, destroy: true }));

    expect((await take(withVms(...many))).vms).toHaveLength(2_000);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', 'x', 'it is no JSON'],
    ['no object', '5', 'the document: '],
    ['wrapped no JSON', { data: '{' }, 'the text in it is no JSON.'],
    ['no VM list', { ...foreign, vm_list: undefined }, 'vm_list: '],
    ['a VM without a number', withVms({ ...foreignVm, im_id: undefined }), 'vm_list.0.im_id: '],
    ['a VM twice', withVms(foreignVm ?? {}, foreignVm ?? {}), 'two VMs of vm_list have the same im_id.'],
    [
      'a huge number',
      withVms({ ...foreignVm, im_id: 2_000_000_000 }),
      'the numbers of vm_list have too large gaps.',
    ],
    ['a bad id', { ...foreign, id: 'a/b' }, 'id: is no infrastructure id'],
    ['no id', { ...foreign, id: '' }, 'id: '],
    ['a state that is a number', withVms({ ...foreignVm, state: 5 }), 'vm_list.0.state: '],
    ['a cloud without a type', withVms({ ...foreignVm, cloud: { type: null } }), 'vm_list.0.cloud.type: '],
    ['RADL that cannot be read', { ...foreign, radl: 'system (' }, 'Line 1: Parse error in: ('],
    ['RADL of a VM that cannot be read', withVms({ ...foreignVm, info: 'x' }), 'Line 1: Parse error in: x'],
    [
      'a recipe that is nested too deep',
      { ...foreign, radl: `configure c (\n@begin\n${'['.repeat(3000)}\n@end\n)` },
      'Invalid YAML code',
    ],
  ])('of %s is refused and changes nothing', async (_what, document, why) => {
    const problem = await problemOf(document);

    expect(problem).toMatch(/^Error importing the infrastructure, incorrect data: /);
    expect(problem).toContain(why);
    expect(await store.infrastructureIds({ includeDeleted: true })).toEqual([]);
  });

  it('never fails with anything but a sentence for the user', async () => {
    const cut = fc.tuple(
      fc.nat({ max: 2500 }),
      fc.nat({ max: 20 }),
      fc.constantFrom('', '0', 'null', '"', '[', '}', '\\u0000'),
    );
    const text = JSON.stringify(foreign);
    await fc.assert(
      fc.asyncProperty(cut, async ([at, length, piece]) => {
        store = new MemoryStore(() => now);
        const problem = await problemOf(text.slice(0, at) + piece + text.slice(at + length));

        expect(problem).toMatch(/^(imported|Error importing the infrastructure, incorrect data: .)/s);
      }),
      { numRuns: 200 },
    );
  });
});

describe('an id that is known here', () => {
  const owner = { username: 'alice', password: 'secret', admin: false };
  const storeIt = (values: Partial<Infrastructure>): Promise<void> =>
    store.transaction((tx) =>
      tx.insertInfrastructure(sampleInfrastructure({ id: foreign.id, owners: [owner], ...values })),
    );

  it('is not taken while it is alive, not even by its owner', async () => {
    await storeIt({});

    expect(await problemOf(foreign, requester('alice', 'secret'))).toBe(
      'Trying to add an existing infrastructure ID.',
    );
  });

  it('is taken when it was deleted, by its owner or by who holds its export', async () => {
    await storeIt({ deletedAt: 5 });

    expect(
      (await take({ ...foreign, auth: [] }, requester('alice', 'secret'))).infrastructure.deletedAt,
    ).toBeNull();
    store = new MemoryStore(() => now);
    await storeIt({ deletedAt: 5 });
    expect((await take(foreign, requester('bob', 'b'))).infrastructure.owners[0]?.username).toBe('bob');
  });

  it('is not taken by a stranger, who may invent any document', async () => {
    await storeIt({ deletedAt: 5 });
    const forged = {
      ...foreign,
      auth: [
        { username: 'alice', password: 'guessed' },
        { username: 'alice', admin: true },
      ],
    };

    expect(await problemOf(forged, requester('bob', 'b'))).toBe('Access to this infrastructure not granted.');
    expect((await store.infrastructure(foreign.id))?.deletedAt).toBe(5);
  });
});

describe('an export', () => {
  it('holds every key that other implementations need', () => {
    const document = JSON.parse(
      exportDocument(
        sampleInfrastructure({
          radl: parseRadl('system node () deploy node 1'),
          nextVmId: 1,
          configured: true,
          createdAt: 1_700_000_000_999,
        }),
        [sampleVm({ errorMessage: 'x', connectorData: { volumes: ['v'] } })],
        new Map([
          [infrastructureLog, 'inf log'],
          [0, 'vm log'],
        ]),
      ),
    ) as Record<string, unknown>;

    expect(Object.keys(document).sort()).toEqual(
      [...Object.keys(foreign).filter((key) => key !== 'last_ganglia_update')].sort(),
    );
    expect(document).toMatchObject({
      id: 'inf',
      deleted: false,
      creation_date: 1_700_000_000,
      cont_out: 'inf log',
      extra_info: {},
      auth: [{ type: 'InfrastructureManager', username: 'ana', password: 'a', admin: false }],
      vm_list: [
        {
          id: 'machine-0',
          im_id: 0,
          cont_out: 'vm log',
          volumes: ['v'],
          error_msg: 'x',
          destroy: false,
          creating: false,
        },
      ],
    });
    const [vm] = document['vm_list'] as object[];
    expect(Object.keys(vm ?? {}).sort()).toEqual(
      Object.keys(foreignVm ?? {})
        .filter((key) => key !== 'floating_ips')
        .sort(),
    );
  });

  it('imports as it was, again and again', async () => {
    const first = await take({
      ...foreign,
      extra_info: { TOSCA: 'x' },
      vm_list: [...foreign.vm_list, { ...foreignVm, im_id: 2, id: null, state: 'failed', error_msg: 'e' }],
    });
    const document = exportDocument(first.infrastructure, first.vms, await store.logs(foreign.id));
    store = new MemoryStore(() => now);
    const second = await take(document);

    expect(exportDocument(second.infrastructure, second.vms, await store.logs(foreign.id))).toBe(document);
    expect(second.vms.map((vm) => vm.status)).toEqual(['live', 'destroyed', 'failed']);
    expect(second.infrastructure.tosca?.document).toBe('x');
  });

  it('keeps the values that were made for a TOSCA document, beside the text that others read', async () => {
    const tosca = { document: 'x', containerId: '0a1b2c3d', generatedInputs: { admin_password: 'made' } };
    const document = exportDocument(sampleInfrastructure({ id: foreign.id, tosca }), [], new Map());
    const { infrastructure } = await take(document);

    expect(document).toContain('"TOSCA":"x"');
    expect(infrastructure.tosca).toEqual(tosca);
  });

  it('gives the text alone when there is nothing else to keep', async () => {
    const { infrastructure, vms } = await take({ ...foreign, extra_info: { TOSCA: 'x' } });

    expect(exportDocument(infrastructure, vms, new Map())).toContain('"extra_info":{"TOSCA":"x"}');
  });
});
