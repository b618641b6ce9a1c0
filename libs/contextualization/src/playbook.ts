import type { Vm } from '@im/domain';
import type { Radl } from '@im/radl';
import { stringify } from 'yaml';
import { diskTasks } from './disks.js';
import { inventoryName, renderHostsFile } from './inventory.js';
import type { Play } from './merge-playbooks.js';
import { playsOf, userPlay } from './merge-playbooks.js';
import type { UserStep } from './plan.js';
import { credentialsOf, newCredentialsOf, systemOf } from './vm-access.js';

/** What the playbook of one run is made of. */
export interface PlaybookInput {
  radl: Radl;
  /** VMs that take part. */
  vms: readonly Vm[];
  /** VMs of this run: all of them, or those that failed before. */
  targets: readonly Vm[];
  /** VMs whose user steps are run; null: all. */
  onlyUserStepsOf: readonly number[] | null;
  steps: readonly UserStep[];
  /** Path of the public key that lets the master in everywhere. */
  publicKey: string;
}

/**
 * One playbook for the whole contextualization: basic preparation, then main (facts, hosts file, disks, applications), then the
 * user's steps in their order. A play starts when the one before has ended on all VMs, and a VM that failed is left out of the rest, so
 * the order of the steps is the order of the plays (spec: contextualization.md 10, part 2 D).
 */
export function renderPlaybook(input: PlaybookInput): string {
  const targets = input.targets.map(inventoryName);
  const plays: Play[] = [basicPlay(targets, input), mainPlay(targets)];
  plays.push(...systemPlays(input));
  for (const step of input.steps) {
    for (const task of mergedTasks(step)) {
      plays.push(...userPlays(input, task));
    }
  }
  return stringify(plays, { lineWidth: 0 });
}

/** Without facts and modules, since Python may be missing: Python, host name, the master's key, the hosts file. */
function basicPlay(targets: readonly string[], input: PlaybookInput): Play {
  return {
    name: 'basic',
    hosts: targets.join(':'),
    gather_facts: false,
    become: true,
    tasks: [
      { name: 'Prepare the VM', raw: basicScript(input), changed_when: false },
      ...credentialTasks(input.targets),
    ],
  };
}

function basicScript(input: PlaybookInput): string {
  const hosts = Buffer.from(renderHostsFile(input.vms)).toString('base64');
  return [
    'command -v python3 >/dev/null 2>&1 || {',
    '  if command -v apt-get >/dev/null 2>&1; then export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -y -q python3;',
    '  elif command -v dnf >/dev/null 2>&1; then dnf install -y python3;',
    '  elif command -v yum >/dev/null 2>&1; then yum install -y python3;',
    '  elif command -v zypper >/dev/null 2>&1; then zypper -n install python3 python3-xml;',
    '  elif command -v apk >/dev/null 2>&1; then apk add --no-cache python3; fi; }',
    'hostname {{ IM_NODE_FQDN }} 2>/dev/null || true',
    'test -w /etc/hostname && echo {{ IM_NODE_FQDN }} > /etc/hostname || true',
    'test -f /etc/hosts.orig || cp /etc/hosts /etc/hosts.orig',
    `echo '${hosts}' | base64 -d > /etc/hosts.im`,
    'cat /etc/hosts.orig /etc/hosts.im > /etc/hosts',
    'home=$(getent passwd {{ ansible_user }} | cut -d: -f6)',
    'mkdir -p "$home/.ssh"',
    `key="{{ lookup('file', '${input.publicKey}') }}"`,
    'grep -qsF "$key" "$home/.ssh/authorized_keys" || echo "$key" >> "$home/.ssh/authorized_keys"',
    'chown {{ ansible_user }} "$home/.ssh" "$home/.ssh/authorized_keys"',
    'chmod 700 "$home/.ssh"; chmod 600 "$home/.ssh/authorized_keys"',
    'command -v python3 >/dev/null 2>&1',
  ].join('\n');
}

/** New passwords and keys, never shown in the output. */
function credentialTasks(targets: readonly Vm[]): Play[] {
  return targets.flatMap((vm) => {
    const wanted = newCredentialsOf(vm);
    const { username } = credentialsOf(vm);
    const when = `inventory_hostname == '${inventoryName(vm)}'`;
    const tasks: Play[] = [];
    if (wanted?.password !== undefined) {
      tasks.push({
        name: 'Change the password',
        'ansible.builtin.shell': { cmd: 'chpasswd', stdin: `${username}:${wanted.password}` },
        no_log: true,
        when,
      });
    }
    if (wanted?.publicKey !== undefined) {
      const home = username === 'root' ? '/root' : `/home/${username}`;
      tasks.push({
        name: 'Change the public key',
        'ansible.builtin.lineinfile': {
          path: `${home}/.ssh/authorized_keys`,
          line: wanted.publicKey.trim(),
          create: true,
        },
        no_log: true,
        when,
      });
    }
    return tasks;
  });
}

/** Facts of all VMs at once, so that recipes see those of the others in hostvars. */
function mainPlay(targets: readonly string[]): Play {
  return { name: 'main', hosts: targets.join(':'), gather_facts: true, become: true, tasks: [] };
}

/** Disks and applications, where the document asks for them. */
function systemPlays(input: PlaybookInput): Play[] {
  const systems = new Map(input.targets.map((vm) => [vm.system, vm]));
  const plays: Play[] = [];
  for (const [system, example] of systems) {
    const requested = input.radl.systems.find((candidate) => candidate.id === system) ?? systemOf(example);
    const tasks = [
      ...diskTasks(systemOf(example)),
      ...applicationTasks(requested.features.getGroups('disk.0.applications')),
    ];
    if (tasks.length > 0) {
      const hosts = input.targets.filter((vm) => vm.system === system).map(inventoryName);
      plays.push({
        name: `main_${system}`,
        hosts: hosts.join(':'),
        gather_facts: false,
        become: true,
        tasks,
      });
    }
  }
  return plays;
}

function applicationTasks(applications: readonly { getText(name: string): string | undefined }[]): Play[] {
  const packages = applications
    .map((application) => application.getText('name') ?? '')
    .filter((name) => name !== '' && !name.startsWith('ansible.') && /^[A-Za-z0-9._+-]+$/.test(name))
    .map((name) => name.split('.').at(-1) ?? name);
  return packages.map((name) => ({
    name: `Install user requested apps: ${name}`,
    'ansible.builtin.package': { name, state: 'present' },
    ignore_errors: true,
  }));
}

/** The same recipe for several systems is one play, so that their VMs run beside each other. */
function mergedTasks(step: UserStep): { configure: string; systems: string[] }[] {
  const merged: { configure: string; systems: string[] }[] = [];
  for (const task of step.tasks) {
    const last = merged.at(-1);
    if (last?.configure === task.configure) {
      last.systems.push(task.system);
    } else {
      merged.push({ configure: task.configure, systems: [task.system] });
    }
  }
  return merged;
}

function userPlays(input: PlaybookInput, task: { configure: string; systems: string[] }): Play[] {
  const recipe = input.radl.configures.find((configure) => configure.id === task.configure)?.recipe ?? '';
  const hosts = input.targets
    .filter((vm) => task.systems.includes(vm.system))
    .filter((vm) => input.onlyUserStepsOf === null || input.onlyUserStepsOf.includes(vm.imId))
    .map(inventoryName);
  if (hosts.length === 0) {
    return [];
  }
  return playsOf(recipe).map((play) => userPlay(play, task.configure, hosts.join(':')));
}
