import { readFileSync } from 'node:fs';
import type { Infrastructure, Vm } from '@im/domain';
import type { RemoteFile } from '@im/ssh';
import type { InventoryInput } from './inventory.js';
import { renderHostsFile, renderInventory } from './inventory.js';
import { remoteKeyFile } from './remote-files.js';
import { credentialsOf } from './vm-access.js';

const plainName = /^[A-Za-z0-9_.-]+$/;

/** Own callback plugin, read once when the first contextualization needs it. */
let callbackPlugin: string | undefined;

function eventsPlugin(): string {
  callbackPlugin ??= readFileSync(new URL('../assets/im_events.py', import.meta.url), 'utf8');
  return callbackPlugin;
}

/** Files of an infrastructure on its master (spec: contextualization.md 8). */
export function masterFiles(
  input: InventoryInput,
  playbook: { name: string; text: string },
  forks: number,
): RemoteFile[] {
  const { folder } = input;
  return [
    { path: `${folder}/hosts`, data: renderInventory(input) },
    { path: `${folder}/etc_hosts`, data: renderHostsFile(input.vms), mode: 0o644 },
    { path: `${folder}/ansible.cfg`, data: ansibleConfiguration(folder, forks) },
    { path: `${folder}/callbacks/im_events.py`, data: eventsPlugin() },
    { path: `${folder}/${playbook.name}`, data: playbook.text },
    ...recipeFiles(folder, input.infrastructure),
    ...input.vms.flatMap((vm) => keyFile(folder, vm)),
  ];
}

/** Every recipe by its name, so that recipes can include each other. */
function recipeFiles(folder: string, infrastructure: Pick<Infrastructure, 'radl'>): RemoteFile[] {
  return infrastructure.radl.configures.flatMap((configure) =>
    configure.recipe !== null && plainName.test(configure.id)
      ? [{ path: `${folder}/${configure.id}.yml`, data: configure.recipe }]
      : [],
  );
}

function keyFile(folder: string, vm: Vm): RemoteFile[] {
  const { privateKey } = credentialsOf(vm);
  return privateKey === undefined
    ? []
    : [{ path: remoteKeyFile(folder, vm), data: `${privateKey.replaceAll('\r\n', '\n').trim()}\n` }];
}

function ansibleConfiguration(folder: string, forks: number): string {
  return [
    '[defaults]',
    `inventory = ${folder}/hosts`,
    `forks = ${forks}`,
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
    'deprecation_warnings = False',
    'retry_files_enabled = False',
    'timeout = 20',
    '[ssh_connection]',
    'pipelining = True',
    'retries = 3',
    'ssh_args = -o ControlMaster=auto -o ControlPersist=900s -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR',
    'control_path_dir = /tmp/.im-cp',
    '',
  ].join('\n');
}
