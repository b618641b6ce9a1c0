import { execFileSync } from 'node:child_process';
import type { Vm } from '@im/domain';
import { parseRadl } from '@im/radl';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { vmWith } from '../../../test/contextualization/vms.js';
import type { PrepareInput } from './prepare-playbook.js';
import {
  hasCredentialChanges,
  packageNames,
  renderCredentialChanges,
  renderPreparation,
  renderSystemPreparations,
} from './prepare-playbook.js';

type Task = Record<string, unknown>;
interface Play {
  name: string;
  hosts: string[];
  become: boolean;
  gather_facts: boolean;
  tasks: Task[];
  vars?: Record<string, Record<string, Record<string, string>>>;
}

const credentials = `disk.0.os.credentials.username = 'ana' and disk.0.os.credentials.password = 'secret-old' and
  disk.0.os.credentials.private_key = 'secret-key'`;
const front = vmWith(0, { system: 'front', publicIp: '198.51.100.7', features: credentials });
const worker = vmWith(1, { system: 'wn', privateIp: '10.0.0.8', features: credentials });
const windows = vmWith(2, {
  system: 'win',
  publicIp: '198.51.100.9',
  features: "disk.0.os.name = 'windows' and disk.0.os.credentials.new.password = 'secret-new'",
});

function input(given: Partial<PrepareInput> = {}): PrepareInput {
  const vms = given.vms ?? [front, worker];
  return {
    radl: parseRadl('system front (cpu.count = 1)\nsystem wn (cpu.count = 1)'),
    vms,
    targets: vms,
    kept: { hostName: new Set(), disks: new Set() },
    publicKey: '/d/ansible_key.pub',
    mentionsAuthorization: false,
    defaultDomain: 'localdomain',
    ...given,
  };
}

const playsOf = (text: string | undefined): Play[] => parse(text ?? '[]', { logLevel: 'silent' }) as Play[];

/** The raw script as a shell gets it, with the templates of Ansible replaced. */
function scriptOf(given: Partial<PrepareInput> = {}): string {
  const [basic] = playsOf(renderPreparation(input(given)));
  return String(basic?.tasks[0]?.['raw'])
    .replace(/\{\{.*?\}\}/g, 'value')
    .replace(/\{%.*?%\}/g, '');
}

describe('the preparation of all Linux VMs', () => {
  it('is one play without modules, since Python may be missing, and one that gathers facts', () => {
    const hosts = ['198.51.100.7_0', '10.0.0.8_1'];

    expect(playsOf(renderPreparation(input({ vms: [front, worker, windows] })))).toMatchObject([
      { name: 'basic', hosts, become: true, gather_facts: false, tasks: [{ name: 'Prepare the VM' }] },
      { name: 'main', hosts, become: true, gather_facts: false, tasks: [{ name: 'Gathering Facts' }] },
    ]);
  });

  it('is limited to the VMs of the run, but tells all names', () => {
    const given = { targets: [worker] };

    expect(playsOf(renderPreparation(input(given)))[0]?.hosts).toEqual(['10.0.0.8_1']);
    const encoded = /echo '([^']*)' \| base64 -d > \/etc\/hosts.im/.exec(scriptOf(given))?.[1] ?? '';
    expect(Buffer.from(encoded, 'base64').toString()).toBe(
      '198.51.100.7 vnode-0.localdomain vnode-0\n10.0.0.8 vnode-1.localdomain vnode-1\n',
    );
  });

  it('is none without Linux', () => {
    expect(renderPreparation(input({ vms: [windows] }))).toBeUndefined();
  });

  it('is a script that a plain shell understands', () => {
    const check = (script: string) =>
      execFileSync('sh', ['-n'], { input: script, stdio: ['pipe', 'pipe', 'pipe'] });

    expect(() => check(scriptOf())).not.toThrow();
    expect(() => check(`${scriptOf()}\nif`)).toThrow();
  });

  it('lets the key of the control node in', () => {
    const [basic] = playsOf(renderPreparation(input()));

    expect(String(basic?.tasks[0]?.['raw'])).toContain(`key="{{ lookup('file', '/d/ansible_key.pub') }}"`);
  });

  it('holds no credentials', () => {
    expect(renderPreparation(input())).not.toContain('secret');
  });
});

describe('the preparation of a system', () => {
  const wishes = `system front (
      cpu.count = 1 and
      disk.0.applications contains (name = 'org.example.htop') and
      disk.0.applications contains (name = 'ansible.roles.grycap.nfs')
    )
    system wn (cpu.count = 1)`;
  const dataDisk =
    "disk.1.size = 1G and disk.1.device = 'hdb' and disk.1.fstype = 'ext4' and disk.1.mount_path = '/data'";
  const withDisk = vmWith(1, { system: 'wn', privateIp: '10.0.0.8', features: dataDisk });

  it('brings its packages and disks, each system by itself', () => {
    const made = renderSystemPreparations(input({ radl: parseRadl(wishes), vms: [front, withDisk] }));

    expect(made.map(({ system, hosts, text }) => ({ system, hosts, play: playsOf(text)[0] }))).toMatchObject([
      {
        system: 'front',
        hosts: ['198.51.100.7_0'],
        play: {
          name: 'main_front',
          hosts: ['198.51.100.7_0'],
          become: true,
          tasks: [
            {
              'ansible.builtin.apt': { update_cache: true, cache_valid_time: 604_800 },
              when: "ansible_facts.os_family | default('') == 'Debian'",
              ignore_errors: true,
            },
            {
              name: 'Install user requested apps: htop',
              'ansible.builtin.package': { name: 'htop', state: 'present' },
              ignore_errors: true,
            },
          ],
        },
      },
      {
        system: 'wn',
        hosts: ['10.0.0.8_1'],
        play: { name: 'main_wn', tasks: [{ name: 'Format and mount disk 1' }, {}] },
      },
    ]);
  });

  it('leaves disks alone that the cloud has mounted', () => {
    const other = vmWith(2, { system: 'wn', privateIp: '10.0.0.9', features: dataDisk });
    const tasksWith = (...disks: number[]) => {
      const kept = { hostName: new Set<number>(), disks: new Set(disks) };
      const [made] = renderSystemPreparations(input({ vms: [withDisk, other], kept }));
      return playsOf(made?.text)[0]?.tasks;
    };

    expect(tasksWith(1, 2)).toBeUndefined();
    expect(tasksWith(2)).toMatchObject([
      { when: 'inventory_hostname in ["10.0.0.8_1"]', block: [{ name: 'Format and mount disk 1' }, {}] },
    ]);
  });

  it('is none for systems without wishes, and for Windows', () => {
    expect(renderSystemPreparations(input())).toEqual([]);
    const radl = parseRadl("system win (disk.0.applications contains (name = 'htop'))");
    expect(renderSystemPreparations(input({ radl, vms: [windows] }))).toEqual([]);
  });

  it('tells the token of the owner where a recipe asks for it', () => {
    const [made] = renderSystemPreparations(input({ mentionsAuthorization: true }));

    expect(playsOf(made?.text)[0]?.tasks).toMatchObject([
      {
        'ansible.builtin.lineinfile': {
          path: '/etc/environment',
          line: 'BEARER_TOKEN={{ IM_INFRASTRUCTURE_AUTH }}',
        },
        no_log: true,
      },
    ]);
  });
});

describe('packages', () => {
  const applications = (...names: string[]) => names.map((name) => ({ getText: () => name }));

  it('have the last part of the name', () => {
    expect(packageNames(applications('htop', 'org.example.nfs-utils', 'g++'))).toEqual([
      'htop',
      'nfs-utils',
      'g++',
    ]);
  });

  it('are none of the roles and collections, and nothing that could be an option or a command', () => {
    expect(
      packageNames(applications('ansible.roles.x', 'ansible.collections.a.b', '', 'a b', 'x;reboot', '$(x)')),
    ).toEqual([]);
  });
});

describe('new credentials', () => {
  const changing = (imId: number, wanted: string): Vm =>
    vmWith(imId, { privateIp: `10.0.0.${imId}`, features: `${credentials} and ${wanted}` });
  const newPassword = "disk.0.os.credentials.new.password = 'secret-new {{ 1 }}'";
  const newKey =
    "disk.0.os.credentials.new.public_key = ' ssh-rsa AAAA me\n' and disk.0.os.credentials.new.private_key = 'secret-key-2'";

  it('are set for each VM with its own, the key before the password', () => {
    const vms = [
      front,
      changing(3, newPassword),
      changing(4, newKey),
      changing(5, `${newPassword} and ${newKey}`),
      windows,
    ];
    const plays = playsOf(renderCredentialChanges(vms));

    expect(plays).toMatchObject([
      {
        name: 'credentials',
        hosts: ['10.0.0.3_3', '10.0.0.4_4', '10.0.0.5_5'],
        become: true,
        gather_facts: false,
        tasks: [
          { name: 'Change the key', when: 'im_new[inventory_hostname].key is defined', no_log: true },
          {
            name: 'Change the password',
            when: 'im_new[inventory_hostname].password is defined',
            no_log: true,
          },
        ],
      },
    ]);
    expect(plays[0]?.vars?.['im_new']).toEqual({
      '10.0.0.3_3': { user: 'ana', password: 'secret-new {{ 1 }}' },
      '10.0.0.4_4': { user: 'ana', key: 'ssh-rsa AAAA me' },
      '10.0.0.5_5': { user: 'ana', password: 'secret-new {{ 1 }}', key: 'ssh-rsa AAAA me' },
    });
    expect(vms.map(hasCredentialChanges)).toEqual([false, true, true, true, false]);
  });

  it('are no templates, and stand in no command', () => {
    const text = renderCredentialChanges([changing(3, newPassword)]) ?? '';

    expect(text).toContain('password: !unsafe "secret-new {{ 1 }}"');
    expect(text.split('secret-new')).toHaveLength(2);
    expect(text).not.toMatch(/secret-old|secret-key/);
  });

  it('are none when there is nothing new', () => {
    expect(renderCredentialChanges([front, worker])).toBeUndefined();
    expect(hasCredentialChanges(changing(3, "disk.0.os.credentials.new.password = 'secret-old'"))).toBe(
      false,
    );
    expect(hasCredentialChanges(changing(3, "disk.0.os.credentials.new.private_key = 'x'"))).toBe(false);
  });
});
