import type { Vm } from '@im/domain';
import type { Radl } from '@im/radl';
import { diskTasks } from './disks.js';
import { inventoryName, renderHostsFile } from './inventory.js';
import type { KeptSettings } from './kept-settings.js';
import type { Play } from './merge-playbooks.js';
import { PlainText, printYaml } from './recipe-yaml.js';
import { credentialsOf, isLinux, newCredentialsOf, systemOf } from './vm-access.js';

/** What the internal playbooks are made of. */
export interface PrepareInput {
  radl: Radl;
  /** VMs that take part. */
  vms: readonly Vm[];
  /** VMs of this run: all of them, or those that are left after a lost run. */
  targets: readonly Vm[];
  kept: KeptSettings;
  /** Path of the public key that lets the control node in everywhere. */
  publicKey: string;
  /** A recipe calls this service back with the token of the owner. */
  mentionsAuthorization: boolean;
  /** Domain of host names that have none. */
  defaultDomain: string;
}

/** Basic preparation and facts of all Linux VMs at once (spec: contextualization.md 10.1). undefined when no Linux VM takes part. */
export function renderPreparation(input: PrepareInput): string | undefined {
  const linux = input.targets.filter(isLinux);
  if (linux.length === 0) {
    return undefined;
  }
  const hosts = linux.map(inventoryName);
  return printYaml([basicPlay(hosts, input), factsPlay(hosts)]);
}

/** Without facts and modules, since Python may be missing: Python, host name, the key of the control node, the hosts file. */
function basicPlay(hosts: readonly string[], input: PrepareInput): Play {
  return {
    name: 'basic',
    hosts,
    gather_facts: false,
    become: true,
    tasks: [{ name: 'Prepare the VM', raw: basicScript(input), changed_when: false }],
  };
}

function basicScript(input: PrepareInput): string {
  const hosts = Buffer.from(renderHostsFile(input.vms, input.defaultDomain)).toString('base64');
  return [
    'if command -v timeout >/dev/null 2>&1 && [ -d /run/systemd/system ]; then timeout 120 systemctl is-system-running --wait >/dev/null 2>&1; fi',
    'for stamp in update unattended-upgrades upgrade; do [ -d /var/lib/apt/periodic ] && touch /var/lib/apt/periodic/$stamp-stamp; done',
    'command -v python3 >/dev/null 2>&1 || {',
    '  if command -v apt-get >/dev/null 2>&1; then export DEBIAN_FRONTEND=noninteractive; apt-get -o DPkg::Lock::Timeout=300 update -q; apt-get -o DPkg::Lock::Timeout=300 install -y -q python3;',
    '  elif command -v dnf >/dev/null 2>&1; then dnf install -y python3;',
    '  elif command -v yum >/dev/null 2>&1; then yum install -y python3;',
    '  elif command -v zypper >/dev/null 2>&1; then zypper -n install python3 python3-xml;',
    '  elif command -v apk >/dev/null 2>&1; then apk add --no-cache python3; fi; }',
    '{% if not im_keep_host_name | default(false) %}',
    'hostname {{ IM_NODE_FQDN }} 2>/dev/null || true',
    'test -w /etc/hostname && echo {{ IM_NODE_FQDN }} > /etc/hostname || true',
    '{% endif %}',
    'test -f /etc/hosts.orig || cp /etc/hosts /etc/hosts.orig',
    `echo '${hosts}' | base64 -d > /etc/hosts.im`,
    // What the system itself wrote to the file meanwhile (a container does at each start) stays.
    "{ sed '/^# IM BEGIN/,/^# IM END/d' /etc/hosts; echo '# IM BEGIN'; cat /etc/hosts.im; echo '# IM END'; } > /etc/hosts.new",
    'cat /etc/hosts.new > /etc/hosts; rm -f /etc/hosts.new',
    'home=$(getent passwd {{ ansible_user }} | cut -d: -f6)',
    'mkdir -p "$home/.ssh"',
    `key="{{ lookup('file', '${input.publicKey}') }}"`,
    'grep -qsF "$key" "$home/.ssh/authorized_keys" || echo "$key" >> "$home/.ssh/authorized_keys"',
    'chown {{ ansible_user }} "$home/.ssh" "$home/.ssh/authorized_keys"',
    'chmod 700 "$home/.ssh"; chmod 600 "$home/.ssh/authorized_keys"',
    '{% if nat_instance | default(false) %}',
    'sysctl -q -w net.ipv4.ip_forward=1 || echo 1 > /proc/sys/net/ipv4/ip_forward',
    'for card in eth0 ens4; do iptables -t nat -D POSTROUTING -o $card -j MASQUERADE 2>/dev/null; iptables -t nat -A POSTROUTING -o $card -j MASQUERADE 2>/dev/null; done',
    '{% endif %}',
    'command -v python3 >/dev/null 2>&1',
  ].join('\n');
}

/** Facts are gathered anew, whatever the cache holds, so that recipes see those of all VMs in hostvars. */
function factsPlay(hosts: readonly string[]): Play {
  return {
    name: 'main',
    hosts,
    gather_facts: false,
    become: true,
    tasks: [{ name: 'Gathering Facts', 'ansible.builtin.setup': null }],
  };
}

/** The preparation of a system that goes beyond the basic one. */
export interface SystemPreparation {
  system: string;
  /** Inventory names. */
  hosts: string[];
  text: string;
}

/**
 * Disks and applications of the systems whose documents ask for some (spec: contextualization.md 10.2). Each is a playbook of its own:
 * Ansible ends with a play whose hosts have all failed, whatever hosts the next play is for.
 */
export function renderSystemPreparations(input: PrepareInput): SystemPreparation[] {
  const linux = input.targets.filter(isLinux);
  const systems = new Map(linux.map((vm) => [vm.system, vm]));
  return [...systems].flatMap(([system, example]) => {
    const vms = linux.filter((vm) => vm.system === system);
    const requested = input.radl.systems.find((candidate) => candidate.id === system) ?? systemOf(example);
    const tasks = [
      ...(input.mentionsAuthorization ? [authorizationTask] : []),
      ...disksOf(vms, input.kept),
      ...applicationTasks(requested.features.getGroups('disk.0.applications')),
    ];
    const hosts = vms.map(inventoryName);
    const play = { name: `main_${system}`, hosts, gather_facts: false, become: true, tasks };
    return tasks.length === 0 ? [] : [{ system, hosts, text: printYaml([play]) }];
  });
}

/** The disks of the VMs of one system that prepare theirs by themselves; the clouds of the others have mounted them. */
function disksOf(vms: readonly Vm[], kept: KeptSettings): Play[] {
  const preparing = vms.filter((vm) => !kept.disks.has(vm.imId));
  const [example] = preparing;
  const tasks = example === undefined ? [] : diskTasks(systemOf(example));
  return preparing.length === vms.length || tasks.length === 0
    ? tasks
    : [
        {
          name: 'Prepare the disks',
          when: `inventory_hostname in ${JSON.stringify(preparing.map(inventoryName))}`,
          block: tasks,
        },
      ];
}

/** Only tokens, since whoever reads the file may use it (spec: contextualization.md 10.2). */
const authorizationTask: Play = {
  name: 'Tell the token of the owner',
  'ansible.builtin.lineinfile': {
    path: '/etc/environment',
    regexp: '^BEARER_TOKEN=',
    line: 'BEARER_TOKEN={{ IM_INFRASTRUCTURE_AUTH }}',
    create: true,
  },
  when: "IM_INFRASTRUCTURE_AUTH is defined and ':' not in IM_INFRASTRUCTURE_AUTH",
  no_log: true,
};

/** Applications to install as packages; the last part of the name is that of the package (spec: contextualization.md 10.2). */
export function packageNames(
  applications: readonly { getText(name: string): string | undefined }[],
): string[] {
  return applications
    .map((application) => application.getText('name') ?? '')
    .filter((name) => name !== '' && !name.startsWith('ansible.') && /^[A-Za-z0-9._+-]+$/.test(name))
    .map((name) => name.split('.').at(-1) ?? name);
}

/** The index of an image may be missing, or name versions that are gone; other systems refresh theirs by themselves. */
const packageIndexTask: Play = {
  name: 'Refresh the package index',
  'ansible.builtin.apt': { update_cache: true, cache_valid_time: 604_800 },
  when: "ansible_facts.os_family | default('') == 'Debian'",
  ignore_errors: true,
};

function applicationTasks(applications: readonly { getText(name: string): string | undefined }[]): Play[] {
  const installations = packageNames(applications).map((name) => ({
    name: `Install user requested apps: ${name}`,
    'ansible.builtin.package': { name, state: 'present' },
    ignore_errors: true,
  }));
  return installations.length === 0 ? [] : [packageIndexTask, ...installations];
}

/** Names of the tasks below, by which the events of a run tell what was changed. */
export const credentialTaskNames = { password: 'Change the password', key: 'Change the key' } as const;

/**
 * New passwords and keys, never shown in the output; undefined when no VM is to get any (spec: contextualization.md 18). One play for all,
 * since Ansible ends with a play whose hosts have all failed.
 */
export function renderCredentialChanges(targets: readonly Vm[]): string | undefined {
  const changing = targets.filter(hasCredentialChanges);
  if (changing.length === 0) {
    return undefined;
  }
  const play: Play = {
    name: 'credentials',
    hosts: changing.map(inventoryName),
    gather_facts: false,
    become: true,
    vars: { im_new: Object.fromEntries(changing.map((vm) => [inventoryName(vm), newValues(vm)])) },
    tasks: credentialTasks,
  };
  return printYaml([play]);
}

/** VMs whose credentials are to be changed. */
export function hasCredentialChanges(vm: Vm): boolean {
  const { password, publicKey } = newCredentialsOf(vm) ?? {};
  return isLinux(vm) && (password !== undefined || publicKey !== undefined);
}

function newValues(vm: Vm): Record<string, PlainText> {
  const { password, publicKey } = newCredentialsOf(vm) ?? {};
  return {
    user: new PlainText(credentialsOf(vm).username),
    ...(password === undefined ? {} : { password: new PlainText(password) }),
    ...(publicKey === undefined ? {} : { key: new PlainText(publicKey.trim()) }),
  };
}

/** The password last, since the tasks after it would need the new one. */
const credentialTasks: Play[] = [
  {
    name: credentialTaskNames.key,
    'ansible.builtin.shell': {
      cmd: [
        'file="$(getent passwd {{ im_new[inventory_hostname].user | quote }} | cut -d: -f6)/.ssh/authorized_keys"',
        'key=$(cat); grep -qsF "$key" "$file" || echo "$key" >> "$file"',
      ].join('; '),
      stdin: '{{ im_new[inventory_hostname].key }}',
    },
    when: 'im_new[inventory_hostname].key is defined',
    no_log: true,
  },
  {
    name: credentialTaskNames.password,
    'ansible.builtin.shell': {
      cmd: 'chpasswd',
      stdin: '{{ im_new[inventory_hostname].user }}:{{ im_new[inventory_hostname].password }}',
    },
    when: 'im_new[inventory_hostname].password is defined',
    no_log: true,
  },
];
