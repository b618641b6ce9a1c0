import type { Vm } from '@im/domain';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { infrastructureOf, vmWith } from '../../../test/contextualization/vms.js';
import { externalNode, masterNode } from './control-node.js';
import type { InventoryInput } from './inventory.js';
import { inventoryName, renderHostsFile, renderInventory, renderSecrets } from './inventory.js';

interface Inventory {
  all: {
    vars: Record<string, unknown>;
    children: Record<string, { hosts: Record<string, Record<string, unknown>>; vars?: object }>;
  };
}

const document = `
description d (name = 'cluster')
network public (outbound = 'yes')
network private (provider_id = 'vlan-7' and proxy_host = 'ana:secret-proxy-word@203.0.113.1')
ansible ctl (host = 'ansible.example.org' and credentials.username = 'ana' and credentials.password = 'secret-host-word')
system front (
  cpu.count >= 2 and memory.size >= 1024M and
  net_interface.0.connection = 'public' and net_interface.0.dns_name = 'front' and
  disk.0.os.credentials.username = 'ana' and disk.0.os.credentials.password = 'secret-vm-word' and
  vault.password = 'secret-vault-word'
)
system wn (cpu.count >= 1 and net_interface.0.connection = 'private')
contextualize (system front configure front)
configure front (
@begin
- tasks: []
@end
)
deploy front 1
`;

const front = vmWith(
  0,
  {
    system: 'front',
    publicIp: '198.51.100.7',
    privateIp: '10.0.0.7',
    features: `net_interface.0.dns_name = 'front' and net_interface.1.dns.0.name = 'inner-#N#.example.org' and
      disk.0.os.credentials.username = 'ana' and disk.0.os.credentials.password = 'secret-vm-word' and
      disk.0.applications contains (name = 'hadoop' and version = '1.0' and path = '/opt/hadoop') and
      nat_instance = 'yes'`,
  },
  {
    cloud: {
      id: 'one',
      type: 'OpenNebula',
      server: 'one.example.org',
      port: 2633,
      protocol: '',
      path: '',
      extra: {},
    },
  },
);
const worker = vmWith(1, { system: 'wn', privateIp: '10.0.0.8' });

function input(given: Partial<InventoryInput> = {}): InventoryInput {
  return {
    infrastructure: infrastructureOf(document),
    vms: [front, worker],
    control: masterNode(front, 'localdomain'),
    ways: new Map([[1, { host: '10.0.0.8', port: 22 }]]),
    keys: '/d/runs/r/keys',
    kept: { hostName: new Set(), disks: new Set() },
    defaultDomain: 'localdomain',
    ...given,
  };
}

function inventoryOf(given: Partial<InventoryInput> = {}): Inventory {
  return parse(renderInventory(input(given)), { version: '1.1' }) as Inventory;
}

/** Variables of a VM. */
function variablesOf(vm: Vm, given: Partial<InventoryInput> = {}): Record<string, unknown> {
  const vms = given.vms ?? [front, worker, vm];
  return inventoryOf({ ...given, vms }).all.children[vm.system]?.hosts[inventoryName(vm)] ?? {};
}

describe('the inventory', () => {
  it('has a group for each system, and one for all that are not Windows', () => {
    const { children } = inventoryOf().all;

    expect(Object.keys(children)).toEqual(['front', 'wn', 'allnowindows']);
    expect(Object.keys(children['front']?.hosts ?? {})).toEqual(['198.51.100.7_0']);
    expect(children['allnowindows']).toEqual({ hosts: { '198.51.100.7_0': {}, '10.0.0.8_1': {} } });
  });

  it('says of the whole infrastructure what recipes want to know', () => {
    expect(inventoryOf().all.vars).toEqual({
      IM_FRONT_NUM_VMS: '1',
      IM_WN_NUM_VMS: '1',
      IM_MASTER_HOSTNAME: 'front',
      IM_MASTER_FQDN: 'front.localdomain',
      IM_MASTER_DOMAIN: 'localdomain',
      IM_INFRASTRUCTURE_ID: 'inf-1',
      IM_INFRASTRUCTURE_RADL: [
        { class: 'network', id: 'public', outbound: 'yes' },
        { class: 'network', id: 'private', provider_id: 'vlan-7' },
        {
          class: 'system',
          id: 'front',
          cpu_count_min: 2,
          memory_size_min: 1024000000,
          net_interface_0_connection: 'public',
          net_interface_0_dns_name: 'front',
        },
        { class: 'system', id: 'wn', cpu_count_min: 1, net_interface_0_connection: 'private' },
        { class: 'deploy', system: 'front', vm_number: 1 },
        { class: 'description', id: 'd', name: 'cluster' },
      ],
    });
  });

  it('says everything of the master', () => {
    expect(variablesOf(front)).toEqual({
      ansible_host: '198.51.100.7',
      ansible_ssh_host: '198.51.100.7',
      ansible_port: 22,
      ansible_ssh_port: 22,
      ansible_user: 'ana',
      ansible_ssh_user: 'ana',
      ansible_connection: 'local',
      nat_instance: true,
      IM_HOST: '198.51.100.7_0',
      IM_NODE_HOSTNAME: 'front',
      IM_NODE_DOMAIN: 'localdomain',
      IM_NODE_FQDN: 'front.localdomain',
      IM_NODE_PUBLIC_IP: '198.51.100.7',
      IM_NODE_PRIVATE_IP: '10.0.0.7',
      IM_NODE_NUM: '0',
      IM_NODE_VMID: 'one-0',
      IM_NODE_CLOUD_TYPE: 'OpenNebula',
      IM_NODE_CLOUD_SERVER: 'one.example.org',
      IM_NODE_NET_0_IP: '198.51.100.7',
      IM_NODE_NET_0_HOSTNAME: 'front',
      IM_NODE_NET_0_DOMAIN: 'localdomain',
      IM_NODE_NET_0_FQDN: 'front.localdomain',
      IM_NODE_NET_1_IP: '10.0.0.7',
      IM_NODE_NET_1_HOSTNAME: 'inner-0',
      IM_NODE_NET_1_DOMAIN: 'example.org',
      IM_NODE_NET_1_FQDN: 'inner-0.example.org',
      IM_APP_HADOOP_PATH: '/opt/hadoop',
      IM_APP_HADOOP_VERSION: '1.0',
    });
  });

  it('says of a VM without wishes what is left', () => {
    expect(variablesOf(worker)).toEqual({
      ansible_host: '10.0.0.8',
      ansible_ssh_host: '10.0.0.8',
      ansible_port: 22,
      ansible_ssh_port: 22,
      ansible_user: 'root',
      ansible_ssh_user: 'root',
      IM_HOST: '10.0.0.8_1',
      IM_NODE_HOSTNAME: 'vnode-1',
      IM_NODE_DOMAIN: 'localdomain',
      IM_NODE_FQDN: 'vnode-1.localdomain',
      IM_NODE_PRIVATE_IP: '10.0.0.8',
      IM_NODE_NUM: '1',
      IM_NODE_VMID: 'one-1',
      IM_NODE_CLOUD_TYPE: 'OpenNebula',
      IM_NODE_NET_0_IP: '10.0.0.8',
    });
  });

  it('marks the VMs that keep their host name', () => {
    expect(variablesOf(worker, { kept: { hostName: new Set([1]), disks: new Set() } })).toMatchObject({
      im_keep_host_name: true,
    });
  });

  it('completes names without a domain by the default one', () => {
    const defaultDomain = 'cluster.example.net';

    expect(variablesOf(front, { defaultDomain })).toMatchObject({
      IM_NODE_DOMAIN: defaultDomain,
      IM_NODE_FQDN: 'front.cluster.example.net',
      IM_NODE_NET_0_FQDN: 'front.cluster.example.net',
      IM_NODE_NET_1_FQDN: 'inner-0.example.org',
    });
    expect(variablesOf(worker, { defaultDomain })).toMatchObject({
      IM_NODE_FQDN: 'vnode-1.cluster.example.net',
    });
    expect(masterNode(worker, defaultDomain)).toMatchObject({ hostname: 'vnode-1', domain: defaultDomain });
    expect(renderHostsFile([worker], defaultDomain)).toBe('10.0.0.8 vnode-1.cluster.example.net vnode-1\n');
  });

  it('gives the public address for a private one that is missing', () => {
    expect(variablesOf(vmWith(2, { publicIp: '198.51.100.9' }))).toMatchObject({
      IM_NODE_PUBLIC_IP: '198.51.100.9',
      IM_NODE_PRIVATE_IP: '198.51.100.9',
    });
  });

  it('leads to each VM by the way that answered', () => {
    expect(variablesOf(worker, { ways: new Map([[1, { host: '172.16.0.1', port: 2222 }]]) })).toMatchObject({
      ansible_host: '172.16.0.1',
      ansible_ssh_host: '172.16.0.1',
      ansible_port: 2222,
      ansible_ssh_port: 2222,
      IM_NODE_PRIVATE_IP: '10.0.0.8',
    });
  });

  it('counts the VMs of a system as text, whatever the name of the system is', () => {
    const vms = [
      front,
      ...[1, 2].map((imId) => vmWith(imId, { system: 'wn-big', privateIp: `10.0.0.${imId}` })),
    ];

    expect(inventoryOf({ vms }).all.vars).toMatchObject({ 'IM_WN-BIG_NUM_VMS': '2' });
  });

  it('keeps two VMs behind one address apart', () => {
    const vms = [0, 1].map((imId) => vmWith(imId, { publicIp: '198.51.100.7' }));

    expect(Object.keys(inventoryOf({ vms }).all.children['front']?.hosts ?? {})).toEqual([
      '198.51.100.7_0',
      '198.51.100.7_1',
    ]);
  });

  it('has Windows in a group of its own, over WinRM', () => {
    const windows = vmWith(2, {
      system: 'win',
      publicIp: '198.51.100.9',
      features: "disk.0.os.name = 'windows'",
    });
    const { children } = inventoryOf({ vms: [front, windows] }).all;

    expect(children['win']?.vars).toEqual({
      ansible_connection: 'winrm',
      ansible_winrm_server_cert_validation: 'ignore',
    });
    expect(children['windows']).toEqual({ hosts: { '198.51.100.9_2': {} } });
    expect(children['allnowindows']).toEqual({ hosts: { '198.51.100.7_0': {} } });
    expect(Object.keys(inventoryOf({ vms: [windows] }).all.children)).toEqual(['win', 'windows']);
  });

  it('leads through the proxy of a network, without its secrets', () => {
    const proxied = (host: string) =>
      vmWith(2, {
        system: 'far',
        networks: `network far (proxy_host = '${host}' and proxy_key = 'secret-key-text')`,
        features: "net_interface.0.connection = 'far' and net_interface.0.ip = '172.16.0.2'",
      });
    const argumentsOf = (host: string) => variablesOf(proxied(host))['ansible_ssh_extra_args'];

    expect(argumentsOf('ana@203.0.113.1:2200')).toBe(
      '-o ProxyCommand="ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -W %h:%p ' +
        '-i /d/runs/r/keys/proxy-2.pem -p 2200 ana@203.0.113.1"',
    );
    expect(argumentsOf('ana:secret-proxy-word@203.0.113.1')).toContain(
      'sshpass -f /d/runs/r/keys/proxy-2.password ssh ',
    );
    expect(argumentsOf('ana;$(reboot)"@203.0.113.1')).toContain(' anareboot@203.0.113.1"');
    expect(
      renderInventory(input({ vms: [front, proxied('ana:secret-proxy-word@203.0.113.1')] })),
    ).not.toMatch(/secret/);
  });

  it('needs no proxy for a network that the master is in', () => {
    const far = "network public (outbound = 'yes')\nnetwork private (proxy_host = 'ana@203.0.113.1')";

    expect(variablesOf(vmWith(2, { privateIp: '10.0.0.9', networks: far }))).not.toHaveProperty(
      'ansible_ssh_extra_args',
    );
  });

  it('names an external Ansible host as the master, on which no VM is local', () => {
    const control = externalNode(parseRadl(document), [front]);
    const { all } = inventoryOf(control === undefined ? {} : { control });

    expect(all.vars).toMatchObject({
      IM_MASTER_HOSTNAME: 'ansible.example.org',
      IM_MASTER_FQDN: 'ansible.example.org.',
      IM_MASTER_DOMAIN: '',
    });
    expect(all.children['front']?.hosts['198.51.100.7_0']).not.toHaveProperty('ansible_connection');
  });

  it.each([
    [{ username: 'ana', token: 'a-test-token' }, 'a-test-token'],
    [{ username: 'ana', password: 'a-test-word' }, 'ana:a-test-word'],
  ])('tells the log-in of the owner when a recipe wants to call back: %j', (log, expected) => {
    const infrastructure = infrastructureOf(
      document.replace('tasks: []', 'tasks: [{debug: {var: IM_INFRASTRUCTURE_AUTH}}]'),
    );
    infrastructure.owners = [
      { ...log, admin: false },
      { username: 'bob', password: 'another-word', admin: false },
    ];

    expect(inventoryOf({ infrastructure }).all.vars['IM_INFRASTRUCTURE_AUTH']).toBe(expected);
    expect(inventoryOf().all.vars).not.toHaveProperty('IM_INFRASTRUCTURE_AUTH');
  });

  it('holds no secret', () => {
    expect(renderInventory(input())).not.toMatch(/secret|credentials|vault/);
  });

  it.each(['no', '0755', '12:30', '1e3', '2001-01-01', '~', '='])('leaves the text %j a text', (text) => {
    const vm = vmWith(2, {
      publicIp: '198.51.100.9',
      features: `disk.0.applications contains (name = 'x' and version = '${text}')`,
    });

    expect(variablesOf(vm)['IM_APP_X_VERSION']).toBe(text);
  });
});

describe('the inventory of secrets', () => {
  const secretsOf = (vm: Vm, state: 'current' | 'changed'): unknown =>
    (
      parse(renderSecrets([vm], '/d/keys', state), { logLevel: 'silent' }) as {
        all: { hosts: Record<string, unknown> };
      }
    ).all.hosts[inventoryName(vm)];

  const vm = (credentials: string): Vm => vmWith(3, { publicIp: '198.51.100.7', features: credentials });

  it('holds the password, for log-in and for root', () => {
    expect(secretsOf(vm("disk.0.os.credentials.password = 'word'"), 'current')).toEqual({
      ansible_password: 'word',
      ansible_become_password: 'word',
    });
  });

  it('names the file of the key', () => {
    expect(secretsOf(vm("disk.0.os.credentials.private_key = 'KEY'"), 'current')).toEqual({
      ansible_ssh_private_key_file: '/d/keys/3.pem',
    });
  });

  it('holds the password for root alone where a key is the way in', () => {
    const both = "disk.0.os.credentials.password = 'word' and disk.0.os.credentials.private_key = 'KEY'";

    expect(secretsOf(vm(both), 'current')).toEqual({
      ansible_become_password: 'word',
      ansible_ssh_private_key_file: '/d/keys/3.pem',
    });
    expect(secretsOf(vm(`${both} and disk.0.os.name = 'windows'`), 'current')).toMatchObject({
      ansible_password: 'word',
    });
  });

  it('holds the new password once that was set', () => {
    const changing = vm(
      "disk.0.os.credentials.password = 'old' and disk.0.os.credentials.new.password = 'new'",
    );

    expect(secretsOf(changing, 'current')).toMatchObject({ ansible_password: 'old' });
    expect(secretsOf(changing, 'changed')).toEqual({
      ansible_password: 'new',
      ansible_become_password: 'new',
    });
  });

  it('is empty for a VM without credentials', () => {
    expect(secretsOf(vm('cpu.count = 1'), 'current')).toEqual({});
  });

  it('marks passwords, in which nothing is a template or a number', () => {
    const text = renderSecrets([vm("disk.0.os.credentials.password = '{{ 12:30 }}'")], '/d/keys', 'current');

    expect(text).toContain('ansible_password: !unsafe "{{ 12:30 }}"\n');
  });
});

describe('the lines for the hosts files', () => {
  it('name every interface that asked for a name, and each VM', () => {
    expect(renderHostsFile([front, worker], 'localdomain')).toBe(
      [
        '198.51.100.7 front.localdomain front',
        '10.0.0.7 inner-0.example.org inner-0',
        '10.0.0.8 vnode-1.localdomain vnode-1',
        '',
      ].join('\n'),
    );
  });

  it('give an interface without an address that of another one', () => {
    const vm = vmWith(2, {
      publicIp: null,
      privateIp: '10.0.0.9',
      features: "net_interface.0.dns_name = 'web.example.org'",
    });

    expect(renderHostsFile([vm], 'localdomain')).toBe('10.0.0.9 web.example.org web\n');
  });

  it('are none without VMs or addresses', () => {
    expect(renderHostsFile([], 'localdomain')).toBe('');
    expect(renderHostsFile([vmWith(2, { publicIp: null })], 'localdomain')).toBe('');
  });
});
