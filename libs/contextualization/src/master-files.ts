import { readFileSync } from 'node:fs';
import type { Infrastructure, Vm } from '@im/domain';
import type { RemoteFile } from '@im/ssh';
import { helperFiles } from './helper-files.js';
import type { InventoryInput } from './inventory.js';
import {
  inventoryName,
  keyPath,
  mentionsAuthorization,
  renderHostsFile,
  renderInventory,
  renderSecrets,
} from './inventory.js';
import type { UserStep } from './plan.js';
import type { PrepareInput, SystemPreparation } from './prepare-playbook.js';
import {
  hasCredentialChanges,
  renderCredentialChanges,
  renderPreparation,
  renderSystemPreparations,
} from './prepare-playbook.js';
import { proxyKeyPath, proxyPasswordPath } from './proxy-arguments.js';
import { plainFileName } from './remote-files.js';
import type { Queue, UserPlaybooks } from './user-playbooks.js';
import { userPlaybooks } from './user-playbooks.js';
import { credentialsOf, isLinux, proxyOf, vaultPassword } from './vm-access.js';

/** What a run is made of. */
export interface RunInput extends Omit<InventoryInput, 'keys'> {
  /** VMs of this run: all that take part, or those that are left after a lost run. */
  targets: readonly Vm[];
  steps: readonly UserStep[];
  /** VMs whose user steps are run; null: all. */
  onlyUserStepsOf: readonly number[] | null;
  /** Folder of the infrastructure, and of this run, on the control node. */
  folder: string;
  runFolder: string;
  /** PLAYBOOK_RETRIES: tries of each playbook. */
  attempts: number;
  /** VM_NUM_USE_CTXT_DIST: the preparation of more VMs than this is shared by several processes. */
  vmsPerProcess: number;
}

const plainName = /^[A-Za-z0-9_.-]+$/;

/** Pause before try n + 1 of a playbook: n squared times this many seconds (spec: contextualization.md 5.4). */
const pauseSeconds = 5;

/** Own programs for the control node, read once when the first contextualization needs them. */
const programs = new Map<string, string>();

function program(name: string): string {
  const known = programs.get(name) ?? readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8');
  programs.set(name, known);
  return known;
}

/** Where the specification of a run lies. */
export function specificationPath(runFolder: string): string {
  return `${runFolder}/spec.json`;
}

/** All files of a run on the control node (spec: contextualization.md 8). @throws ImError for an encrypted recipe without its password */
export function masterFiles(input: RunInput): RemoteFile[] {
  const { folder, runFolder, vms, targets } = input;
  const keys = `${runFolder}/keys`;
  const inventoryInput: InventoryInput = { ...input, keys };
  const prepareInput: PrepareInput = {
    radl: input.infrastructure.radl,
    vms,
    targets,
    kept: input.kept,
    publicKey: `${folder}/ansible_key.pub`,
    defaultDomain: input.defaultDomain,
    mentionsAuthorization: mentionsAuthorization(input.infrastructure),
  };
  const preparation = renderPreparation(prepareInput);
  const systems = renderSystemPreparations(prepareInput);
  const credentialChanges = renderCredentialChanges(targets);
  const user = userPlaybooks({
    radl: input.infrastructure.radl,
    targets,
    steps: input.steps,
    onlyOf: input.onlyUserStepsOf,
    folder,
  });
  return [
    { path: `${folder}/hosts`, data: renderInventory(inventoryInput) },
    { path: `${folder}/etc_hosts`, data: renderHostsFile(vms, input.defaultDomain), mode: 0o644 },
    { path: `${folder}/ansible.cfg`, data: ansibleConfiguration(folder, forks(vms.length)) },
    { path: `${folder}/callbacks/im_events.py`, data: program('im_events.py') },
    { path: `${folder}/im_supervisor.py`, data: program('im_supervisor.py') },
    ...helperFiles(folder),
    ...recipeFiles(folder, input.infrastructure),
    ...optional(`${folder}/basic_task_all.yml`, preparation),
    ...systems.map((system) => ({ path: systemPath(folder, system), data: system.text })),
    ...user.files.map(({ path, text }) => ({ path, data: text })),
    ...optional(`${keys}/credentials.yml`, credentialChanges),
    { path: `${keys}/current.yml`, data: renderSecrets(vms, keys, 'current') },
    { path: `${keys}/changed.yml`, data: renderSecrets(vms, keys, 'changed') },
    ...vms.flatMap((vm) => secretFiles(keys, vm)),
    ...optional(
      `${keys}/vault-password`,
      vms.map(vaultPassword).find((password) => password !== undefined),
    ),
    {
      path: specificationPath(runFolder),
      data: specification(input, keys, user, systems),
    },
  ];
}

function optional(path: string, data: string | undefined): RemoteFile[] {
  return data === undefined ? [] : [{ path, data }];
}

function systemPath(folder: string, { system }: SystemPreparation): string {
  return `${folder}/${plainFileName(`main_${system}_task.yml`)}`;
}

/** The specification of assets/im_supervisor.py. */
function specification(
  input: RunInput,
  keys: string,
  user: UserPlaybooks,
  systems: readonly SystemPreparation[],
): string {
  const { folder, vms, targets, vmsPerProcess } = input;
  const withVault = vms.some((vm) => vaultPassword(vm) !== undefined);
  const linux = targets.filter(isLinux).map(inventoryName);
  const changing = targets.filter(hasCredentialChanges).map(inventoryName);
  const before = `${keys}/current.yml`;
  const after = `${keys}/changed.yml`;
  const stages = [
    { secrets: before, queues: portions(linux, vmsPerProcess, `${folder}/basic_task_all.yml`) },
    {
      secrets: before,
      queues: systems.flatMap((system) => portions(system.hosts, vmsPerProcess, systemPath(folder, system))),
    },
    { secrets: before, queues: portions(changing, vmsPerProcess, `${keys}/credentials.yml`) },
    ...user.stages.map((queues) => ({ secrets: after, queues })),
  ];
  return JSON.stringify({
    attempts: input.attempts,
    pause: pauseSeconds,
    inventory: `${folder}/hosts`,
    hosts: targets.map(inventoryName),
    vault_password_file: withVault ? `${keys}/vault-password` : null,
    delete: [keys, ...user.files.filter(({ secret }) => secret).map(({ path }) => path)],
    stages: stages.filter(({ queues }) => queues.length > 0),
  });
}

/** Hosts shared by as many processes as needed, so that none has more than `size`; none without hosts. */
function portions(hosts: readonly string[], size: number, playbook: string): Queue[] {
  const count = Math.ceil(hosts.length / Math.max(size, 1));
  return Array.from({ length: count }, (_unused, index) => ({
    hosts: hosts.filter((_host, position) => position % count === index),
    playbooks: [playbook],
  }));
}

/** Every recipe by its name, so that recipes can include each other. */
function recipeFiles(folder: string, infrastructure: Pick<Infrastructure, 'radl'>): RemoteFile[] {
  return infrastructure.radl.configures.flatMap((configure) =>
    configure.recipe !== null && plainName.test(configure.id)
      ? [{ path: `${folder}/${configure.id}.yml`, data: configure.recipe }]
      : [],
  );
}

/** Keys to a VM and to its proxy; they exist only while a run does. */
function secretFiles(keys: string, vm: Vm): RemoteFile[] {
  const proxy = proxyOf(vm);
  return [
    ...keyFile(keyPath(keys, vm), credentialsOf(vm).privateKey),
    ...keyFile(proxyKeyPath(keys, vm), proxy?.privateKey),
    ...optional(proxyPasswordPath(keys, vm), proxy?.password),
  ];
}

function keyFile(path: string, key: string | undefined): RemoteFile[] {
  return optional(path, key === undefined ? undefined : `${key.replaceAll('\r\n', '\n').trim()}\n`);
}

function forks(vms: number): number {
  return Math.min(Math.max(vms, 5), 50);
}

function ansibleConfiguration(folder: string, parallel: number): string {
  return [
    '[defaults]',
    `inventory = ${folder}/hosts`,
    `forks = ${parallel}`,
    'host_key_checking = False',
    'gathering = smart',
    'fact_caching = jsonfile',
    `fact_caching_connection = ${folder}/facts`,
    'fact_caching_timeout = 86400',
    `roles_path = ${folder}/roles:/etc/ansible/roles:/usr/share/ansible/roles`,
    `collections_path = ${folder}/collections:/usr/share/ansible/collections`,
    `callback_plugins = ${folder}/callbacks`,
    'stdout_callback = im_events',
    'interpreter_python = auto_silent',
    'jinja2_extensions = jinja2.ext.do',
    'allow_world_readable_tmpfiles = True',
    'deprecation_warnings = False',
    'retry_files_enabled = False',
    // Systems may have names that are no names of variables.
    'force_valid_group_names = ignore',
    'timeout = 20',
    '[ssh_connection]',
    'pipelining = True',
    'retries = 3',
    // The key of the control node opens every VM once it was prepared, whatever became of its password.
    `ssh_args = -o ControlMaster=auto -o ControlPersist=900s -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ServerAliveInterval=10 -o ServerAliveCountMax=3 -o IdentityFile=${folder}/ansible_key`,
    `control_path_dir = ${folder}/cp`,
    '',
  ].join('\n');
}
