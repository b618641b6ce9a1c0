import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Vm } from '@im/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { masterNode } from '../../libs/contextualization/src/control-node.js';
import type { RunInput } from '../../libs/contextualization/src/master-files.js';
import { masterFiles } from '../../libs/contextualization/src/master-files.js';
import { planContextualization } from '../../libs/contextualization/src/plan.js';
import { encryptedRecipe } from './encrypted-recipe.js';
import { hasAnsible } from './supervised-run.js';
import { infrastructureOf, vmWith } from './vms.js';

const recipe = (name: string, text: string): string => `configure ${name} (\n@begin\n${text}\n@end\n)\n`;

const secrets = [
  'secret-old-word',
  'secret-new-word',
  'secret-vm-key',
  'secret-proxy-word',
  'secret-proxy-key',
  encryptedRecipe.password,
];

const credentials = `disk.0.os.credentials.username = 'ana' and disk.0.os.credentials.password = 'secret-old-word'`;

describe.skipIf(!hasAnsible)('the files of a run on the master (need Ansible)', () => {
  let root = '';
  let folder = '';

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'im-files-'));
    folder = join(root, 'inf-1');
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function runInput(document: string, vms: readonly Vm[], given: Partial<RunInput> = {}): RunInput {
    const infrastructure = infrastructureOf(document);
    const [first] = vms;
    if (first === undefined) {
      throw new Error('A run needs a VM.');
    }
    return {
      infrastructure,
      vms,
      targets: vms,
      control: masterNode(first, 'localdomain'),
      ways: new Map(),
      kept: { hostName: new Set(), disks: new Set() },
      steps: planContextualization(infrastructure.radl, vms).userSteps,
      onlyUserStepsOf: null,
      folder,
      runFolder: join(folder, 'runs/op-a1'),
      attempts: 3,
      vmsPerProcess: 30,
      defaultDomain: 'localdomain',
      ...given,
    };
  }

  /** Writes the files of a run. @returns their paths, relative to the folder of the infrastructure */
  function written(document: string, vms: readonly Vm[], given: Partial<RunInput> = {}): Map<string, string> {
    const files = masterFiles(runInput(document, vms, given));
    for (const { path, data, mode } of files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, data, { mode: mode ?? 0o600 });
    }
    return new Map(files.map(({ path, data }) => [path.slice(folder.length + 1), data.toString()]));
  }

  interface Specification {
    hosts: string[];
    vault_password_file: string | null;
    delete: string[];
    stages: { secrets: string; queues: { hosts: string[]; playbooks: string[]; byVariable?: boolean }[] }[];
  }

  const specificationIn = (files: ReadonlyMap<string, string>): Specification =>
    JSON.parse(files.get('runs/op-a1/spec.json') ?? '') as Specification;

  /** Runs a program of Ansible with the configuration of the run. @returns its output */
  function ansible(program: string, args: readonly string[], env: Record<string, string> = {}): string {
    return execFileSync(program, args, {
      cwd: folder,
      env: { ...process.env, LC_ALL: 'C.UTF-8', ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString();
  }

  const front = vmWith(0, {
    system: 'front',
    publicIp: '198.51.100.7',
    privateIp: '10.0.0.7',
    features: `${credentials} and disk.0.os.credentials.new.password = 'secret-new-word {{ 1 }}' and
      vault.password = '${encryptedRecipe.password}'`,
  });
  const worker = vmWith(1, {
    system: 'wn',
    privateIp: '10.0.0.8',
    features: `disk.0.os.credentials.private_key = 'secret-vm-key' and
      disk.0.os.credentials.new.public_key = 'ssh-rsa AAAA new' and
      disk.1.size = 1G and disk.1.device = 'hdb' and disk.1.fstype = 'ext4' and disk.1.mount_path = '/data' and
      disk.2.size = 1G and disk.2.device = 'hdc' and disk.2.fstype = 'swap'`,
  });
  const far = vmWith(2, {
    system: 'far-away',
    networks:
      "network far (proxy_host = 'bob:secret-proxy-word@203.0.113.1' and proxy_key = 'secret-proxy-key')",
    features: `net_interface.0.connection = 'far' and net_interface.0.ip = '172.16.0.2' and ${credentials}`,
  });

  const document = `
    system front (cpu.count = 1 and disk.0.applications contains (name = 'htop'))
    system wn (cpu.count = 1)
    system far-away (cpu.count = 1)
    contextualize (
      system front configure sealed step 1
      system wn configure plain step 1
      system far-away configure plain step 1
      system wn configure alone step 2
    )
    ${recipe('sealed', encryptedRecipe.text)}
    ${recipe('plain', '---\n- tasks:\n  - copy: {content: "a", dest: /srv/a, mode: 0644}')}
    ${recipe('alone', '- hosts: front\n  tasks:\n  - debug: {msg: "{{ IM_HOST }}"}')}`;
  const vms = [front, worker, far];

  it('are playbooks that Ansible takes', () => {
    const files = written(document, vms);
    const { stages } = specificationIn(files);
    const queues = stages.flatMap((stage) =>
      stage.queues.map((queue) => ({ ...queue, secrets: stage.secrets })),
    );

    expect(queues.map(({ playbooks }) => playbooks.map((path) => path.slice(folder.length + 1)))).toEqual([
      ['basic_task_all.yml'],
      ['main_front_task.yml'],
      ['main_wn_task.yml'],
      ['runs/op-a1/keys/credentials.yml'],
      ['sealed_front_task.yml'],
      ['plain_wn_task.yml'],
      ['alone_wn_task.yml'],
    ]);
    for (const { playbooks, secrets: file, hosts, byVariable } of queues) {
      const limit = byVariable === true ? ['-e', `IM_HOST=${hosts[0]}`] : ['-l', hosts.join(',')];
      const listed = ansible(
        'ansible-playbook',
        ['--list-hosts', '-i', 'hosts', '-i', file, ...limit, ...playbooks],
        {
          ANSIBLE_STDOUT_CALLBACK: 'default',
        },
      );
      for (const host of hosts) {
        expect(listed).toContain(` ${host}\n`);
      }
    }
  });

  it('run recipes together on all that have the same ones, and limit the others to themselves', () => {
    const { stages } = specificationIn(written(document, vms));

    expect(
      stages.slice(3).map(({ queues }) => queues.map(({ hosts, byVariable }) => [hosts, byVariable])),
    ).toEqual([
      [
        [['198.51.100.7_0'], undefined],
        [['10.0.0.8_1', '172.16.0.2_2'], undefined],
      ],
      [[['10.0.0.8_1'], true]],
    ]);
  });

  it('hold secrets only among those that are deleted at the end', () => {
    const files = written(document, vms);
    const deleted = specificationIn(files).delete;
    const kept = [...files].filter(([path]) => !deleted.some((gone) => join(folder, path).startsWith(gone)));

    expect(deleted).toEqual([join(folder, 'runs/op-a1/keys'), join(folder, 'sealed_front_task.yml')]);
    for (const [path, text] of kept) {
      for (const secret of [...secrets, 'opened ñ']) {
        expect(text, path).not.toContain(secret);
      }
    }
    const inKeys = [...files]
      .filter(([path]) => path.includes('/keys/'))
      .map(([, text]) => text)
      .join('\n');
    for (const secret of secrets) {
      expect(inKeys).toContain(secret);
    }
  });

  it('are readable by their owner alone, but for what recipes include and the names of machines', () => {
    const open = masterFiles(runInput(document, vms)).filter(({ mode }) => mode !== undefined);

    expect(open.every(({ path, mode }) => /\/(etc_hosts|utils\/.*)$/.test(path) && mode === 0o644)).toBe(
      true,
    );
  });

  it('give Ansible the variables as they are meant', () => {
    const odd = vmWith(3, {
      system: 'no',
      publicIp: '198.51.100.9',
      features: `disk.0.applications contains (name = 'x' and version = '0755') and
        disk.0.applications contains (name = 'y' and version = '12:30') and
        disk.0.os.credentials.password = '{{ 7 * 6 }} 1_0'`,
    });
    written("system no (cpu.count = 1)\nnetwork n (outbound = 'no')", [odd]);
    const listed = JSON.parse(
      ansible('ansible-inventory', ['--list', '-i', 'hosts', '-i', 'runs/op-a1/keys/current.yml']),
    ) as { _meta: { hostvars: Record<string, Record<string, unknown>> }; no: { hosts: string[] } };

    expect(listed.no.hosts).toEqual(['198.51.100.9_3']);
    expect(listed._meta.hostvars['198.51.100.9_3']).toMatchObject({
      IM_APP_X_VERSION: '0755',
      IM_APP_Y_VERSION: '12:30',
      IM_NODE_NUM: '3',
      IM_NO_NUM_VMS: '1',
      ansible_password: { __ansible_unsafe: '{{ 7 * 6 }} 1_0' },
    });
    expect(listed._meta.hostvars['198.51.100.9_3']?.['IM_INFRASTRUCTURE_RADL']).toContainEqual({
      class: 'network',
      id: 'n',
      outbound: 'no',
    });
  });

  it('set new passwords and keys to the letter, and show none', () => {
    written(document, vms);
    const programs = join(root, 'programs');
    mkdirSync(programs);
    for (const [name, text] of [
      ['chpasswd', `cat > ${root}/password-of-$(cat ${root}/host)`],
      ['getent', `echo "$2:x:0:0::${root}/home-of-$2:/bin/sh"`],
    ] as const) {
      writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(programs, name), 0o755);
    }
    mkdirSync(join(root, 'home-of-root/.ssh'), { recursive: true });
    writeFileSync(join(root, 'host'), 'front');
    const output = ansible(
      'ansible-playbook',
      [
        '-i',
        'hosts',
        '-i',
        'runs/op-a1/keys/current.yml',
        '-e',
        'ansible_connection=local',
        '-e',
        'ansible_become=false',
        'runs/op-a1/keys/credentials.yml',
      ],
      { PATH: `${programs}:${process.env['PATH'] ?? ''}` },
    );

    expect(readFileSync(join(root, 'password-of-front'), 'utf8')).toBe('ana:secret-new-word {{ 1 }}\n');
    expect(readFileSync(join(root, 'home-of-root/.ssh/authorized_keys'), 'utf8')).toBe('ssh-rsa AAAA new\n');
    for (const secret of [...secrets, 'AAAA']) {
      expect(output).not.toContain(secret);
    }
  });

  it('run recipes to the letter', () => {
    const text = [
      '- hosts: []',
      '  vars:',
      '    answer: "yes"',
      '    port: "22:22"',
      '    version: 3.0',
      '  tasks:',
      `  - copy: {content: "{{ answer }} {{ port }} {{ version }}", dest: ${root}/written, mode: 0604}`,
      '    become: false',
    ].join('\n');
    const files = written(`system front (cpu.count = 1)\n${recipe('front', text)}`, [front]);
    ansible('ansible-playbook', [
      '-i',
      'hosts',
      '-e',
      'ansible_become=false',
      '-e',
      'ansible_connection=local',
      'front_front_task.yml',
    ]);

    expect(files.get('front.yml')).toContain(text);
    expect(readFileSync(join(root, 'written'), 'utf8')).toBe('yes 22:22 3.0');
    expect(
      execFileSync('stat', ['-c', '%a', join(root, 'written')])
        .toString()
        .trim(),
    ).toBe('604');
  });

  it('bring task files that recipes may include', () => {
    const files = written('system front (cpu.count = 1)', [front]);
    const tasks = [...files.keys()].filter((path) => path.startsWith('utils/tasks/'));
    writeFileSync(
      join(folder, 'all.yml'),
      JSON.stringify([{ hosts: 'all', tasks: tasks.map((path) => ({ import_tasks: path })) }]),
    );

    expect(tasks).toEqual(
      ['del_oscar_function', 'disk_format_mount', 'main', 'oscar_function'].map(
        (name) => `utils/tasks/${name}.yml`,
      ),
    );
    expect(() => ansible('ansible-playbook', ['--syntax-check', '-i', 'hosts', 'all.yml'])).not.toThrow();
  });

  it('bring templates that recipes may use', () => {
    const text = [
      '- tasks:',
      ...['hosts', 'ssh_known_hosts', 'vpn-hosts'].flatMap((name) => [
        `  - template: {src: utils/templates/${name}.conf, dest: ${root}/${name}}`,
      ]),
    ].join('\n');
    written(`system front (cpu.count = 1)\nsystem wn (cpu.count = 1)\n${recipe('front', text)}`, [
      front,
      worker,
    ]);
    const facts = {
      ansible_fqdn: 'front.example.org',
      ansible_hostname: 'front',
      ansible_all_ipv4_addresses: ['10.0.0.7'],
      ansible_ssh_host_key_rsa_public: 'AAAArsa',
      ansible_ssh_host_key_ed25519_public: 'AAAAed',
      ansible_become: false,
      ansible_connection: 'local',
    };
    writeFileSync(join(root, 'facts.json'), JSON.stringify(facts));
    ansible('ansible-playbook', ['-i', 'hosts', '-e', `@${root}/facts.json`, 'front_front_task.yml']);
    const made = (name: string): string[] => readFileSync(join(root, name), 'utf8').trim().split(/\n+/);

    expect(made('hosts')).toEqual(['vnode-0.localdomain', 'vnode-1.localdomain']);
    expect(made('vpn-hosts')).toEqual(['vnode-0.localdomain-vpn', 'vnode-1.localdomain-vpn']);
    expect(made('ssh_known_hosts')).toEqual(
      expect.arrayContaining([
        'front.example.org ssh-rsa AAAArsa',
        'front ssh-ed25519 AAAAed',
        '10.0.0.7 ssh-rsa AAAArsa',
      ]),
    );
  });

  it('share the preparation of many VMs', () => {
    const many = Array.from({ length: 70 }, (_unused, imId) =>
      vmWith(imId, { publicIp: `198.51.100.${imId}` }),
    );
    const [basic] = specificationIn(written('system front (cpu.count = 1)', many)).stages;

    expect(basic?.queues.map(({ hosts }) => hosts.length)).toEqual([24, 23, 23]);
    expect(new Set(basic?.queues.flatMap(({ hosts }) => hosts)).size).toBe(70);
  });

  it('hold for a VM of Windows only what is for it', () => {
    const windows = vmWith(0, {
      system: 'win',
      publicIp: '198.51.100.9',
      features: "disk.0.os.name = 'windows'",
    });
    const files = written(`system win (cpu.count = 1)\n${recipe('win', '- tasks: [win_ping: ]')}`, [windows]);

    expect(specificationIn(files).stages).toEqual([
      {
        secrets: join(folder, 'runs/op-a1/keys/changed.yml'),
        queues: [
          { hosts: ['198.51.100.9_0'], playbooks: [join(folder, 'win_win_task.yml')], byVariable: true },
        ],
      },
    ]);
    expect(existsSync(join(folder, 'basic_task_all.yml'))).toBe(false);
  });
});
