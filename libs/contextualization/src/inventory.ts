import type { Infrastructure, Vm } from '@im/domain';
import { printRadlJson } from '@im/radl';
import type { ControlNode } from './control-node.js';
import type { KeptSettings } from './kept-settings.js';
import { nodeName, requestedName } from './node-names.js';
import { proxyArguments } from './proxy-arguments.js';
import { PlainText, printYaml } from './recipe-yaml.js';
import {
  addressOf,
  credentialsOf,
  isLinux,
  newCredentialsOf,
  privateAddress,
  publicAddress,
  systemOf,
} from './vm-access.js';
import type { Way } from './ways.js';
import { isBehindProxy } from './ways.js';

/** What the inventory is made of. */
export interface InventoryInput {
  infrastructure: Pick<Infrastructure, 'id' | 'radl' | 'owners'>;
  /** VMs that take part, all of them with an address. */
  vms: readonly Vm[];
  control: ControlNode;
  /** How the control node reaches each VM, by its number. */
  ways: ReadonlyMap<number, Way>;
  kept: KeptSettings;
  /** Folder with the keys of proxies, on the control node. */
  keys: string;
  /** Domain of host names that have none. */
  defaultDomain: string;
}

type Variables = Record<string, unknown>;

/** Name of a VM in the inventory: `<ip>_<im id>` (spec: contextualization.md 9). */
export function inventoryName(vm: Vm): string {
  return `${addressOf(vm) ?? 'none'}_${vm.imId}`;
}

/** The YAML inventory with the groups and variables that recipes see; without secrets (spec: contextualization.md 9). */
export function renderInventory(input: InventoryInput): string {
  const groups = new Map<string, { windows: boolean; hosts: Record<string, Variables> }>();
  for (const vm of input.vms) {
    const group = groups.get(vm.system) ?? { windows: !isLinux(vm), hosts: {} };
    group.hosts[inventoryName(vm)] = hostVariables(input, vm);
    groups.set(vm.system, group);
  }
  const children = Object.fromEntries(
    [...groups].map(([system, { windows, hosts }]) => [system, { hosts, ...(windows ? windowsGroup : {}) }]),
  );
  return printYaml({
    all: {
      vars: globalVariables(input, groups),
      children: {
        ...children,
        ...membership('windows', input.vms, (vm) => !isLinux(vm)),
        ...membership('allnowindows', input.vms, isLinux),
      },
    },
  });
}

const windowsGroup = {
  vars: { ansible_connection: 'winrm', ansible_winrm_server_cert_validation: 'ignore' },
};

/** A group of hosts that are described elsewhere; none when it would be empty. */
function membership(
  name: string,
  vms: readonly Vm[],
  belongs: (vm: Vm) => boolean,
): Record<string, { hosts: object }> {
  const hosts = Object.fromEntries(vms.filter(belongs).map((vm) => [inventoryName(vm), {}]));
  return Object.keys(hosts).length === 0 ? {} : { [name]: { hosts } };
}

/**
 * A second inventory with what is needed to log in; it exists only while a run does.
 * @param keys folder with the private keys on the control node
 * @param state `current`: before the credentials are changed; `changed`: after it
 */
export function renderSecrets(vms: readonly Vm[], keys: string, state: 'current' | 'changed'): string {
  const hosts = vms.map((vm) => {
    const credentials = credentialsOf(vm);
    const wanted = state === 'changed' ? newCredentialsOf(vm) : null;
    const password = wanted?.password ?? credentials.password;
    const secret = password === undefined ? undefined : new PlainText(password);
    // With a password Ansible does not even try a key where sshpass is missing, as in many images.
    const logsInByKey = isLinux(vm) && credentials.privateKey !== undefined;
    const variables: Variables = {
      ...(secret === undefined || logsInByKey ? {} : { ansible_password: secret }),
      ...(secret === undefined ? {} : { ansible_become_password: secret }),
      ...(credentials.privateKey === undefined ? {} : { ansible_ssh_private_key_file: keyPath(keys, vm) }),
    };
    return [inventoryName(vm), variables] as const;
  });
  return printYaml({ all: { hosts: Object.fromEntries(hosts) } });
}

/** Where a run keeps the key to a VM. */
export function keyPath(keys: string, vm: Pick<Vm, 'imId'>): string {
  return `${keys}/${vm.imId}.pem`;
}

function globalVariables(
  input: InventoryInput,
  groups: ReadonlyMap<string, { hosts: Record<string, Variables> }>,
): Variables {
  const { infrastructure, control } = input;
  const variables: Variables = {};
  for (const [system, { hosts }] of groups) {
    variables[`IM_${system.toUpperCase()}_NUM_VMS`] = String(Object.keys(hosts).length);
  }
  const description = printRadlJson({ ...infrastructure.radl, configures: [] }).filter(
    (element) => element['class'] !== 'contextualize' && element['class'] !== 'ansible',
  );
  return {
    ...variables,
    IM_MASTER_HOSTNAME: control.hostname,
    IM_MASTER_FQDN: `${control.hostname}.${control.domain}`,
    IM_MASTER_DOMAIN: control.domain,
    IM_INFRASTRUCTURE_ID: infrastructure.id,
    IM_INFRASTRUCTURE_RADL: description.map((element) =>
      Object.fromEntries(
        Object.entries(element)
          .filter(([key]) => !isSecret(key))
          .map(([key, value]) => [key.replaceAll('.', '_'), value]),
      ),
    ),
    ...authorizationVariable(infrastructure),
  };
}

/** Log-in data are no facts for recipes. */
function isSecret(name: string): boolean {
  return /(^|\.)credentials\.|^proxy_(host|key)$|^vault\.password/.test(name);
}

/** Whether a recipe calls this service back, for which it needs a log-in. */
export function mentionsAuthorization({ radl }: Pick<Infrastructure, 'radl'>): boolean {
  return radl.configures.some((configure) =>
    /IM_INFRASTRUCTURE_AUTH|BEARER_TOKEN/.test(configure.recipe ?? ''),
  );
}

/** Never the log-in of who started the run: an administrator's has no place on the machines of a user. */
function authorizationVariable(infrastructure: InventoryInput['infrastructure']): Variables {
  const [owner] = infrastructure.owners;
  return owner === undefined || !mentionsAuthorization(infrastructure)
    ? {}
    : { IM_INFRASTRUCTURE_AUTH: owner.token ?? `${owner.username}:${owner.password ?? ''}` };
}

function hostVariables(input: InventoryInput, vm: Vm): Variables {
  const isControl = vm.imId === input.control.vm?.imId;
  const way = input.ways.get(vm.imId) ?? { host: addressOf(vm) ?? '', port: 22 };
  const name = nodeName(vm, input.defaultDomain);
  const { username } = credentialsOf(vm);
  const publicIp = publicAddress(vm);
  return {
    ansible_host: way.host,
    ansible_ssh_host: way.host,
    ansible_port: way.port,
    ansible_ssh_port: way.port,
    ansible_user: username,
    ansible_ssh_user: username,
    ...(isControl ? { ansible_connection: 'local' } : {}),
    ...(isBehindProxy(input.control.vm, vm)
      ? { ansible_ssh_extra_args: proxyArguments(vm, input.keys) }
      : {}),
    ...(systemOf(vm).features.getText('nat_instance')?.toLowerCase() === 'yes' ? { nat_instance: true } : {}),
    ...(input.kept.hostName.has(vm.imId) ? { im_keep_host_name: true } : {}),
    IM_HOST: inventoryName(vm),
    IM_NODE_HOSTNAME: name.hostname,
    IM_NODE_DOMAIN: name.domain,
    IM_NODE_FQDN: `${name.hostname}.${name.domain}`,
    ...(publicIp === undefined ? {} : { IM_NODE_PUBLIC_IP: publicIp }),
    IM_NODE_PRIVATE_IP: privateAddress(vm) ?? publicIp,
    IM_NODE_NUM: String(vm.imId),
    IM_NODE_VMID: vm.providerId ?? '',
    IM_NODE_CLOUD_TYPE: vm.cloud.type,
    ...(vm.cloud.server === '' ? {} : { IM_NODE_CLOUD_SERVER: vm.cloud.server }),
    ...interfaceVariables(vm, input.defaultDomain),
    ...applicationVariables(vm),
  };
}

function interfaceVariables(vm: Vm, defaultDomain: string): Variables {
  const { features } = systemOf(vm);
  const variables: Variables = {};
  for (let n = 0; features.has(`net_interface.${n}.connection`); n++) {
    const ip = features.getText(`net_interface.${n}.ip`);
    const name = requestedName(vm, n, defaultDomain);
    if (ip !== undefined) {
      variables[`IM_NODE_NET_${n}_IP`] = ip;
    }
    if (name !== undefined) {
      variables[`IM_NODE_NET_${n}_HOSTNAME`] = name.hostname;
      variables[`IM_NODE_NET_${n}_DOMAIN`] = name.domain;
      variables[`IM_NODE_NET_${n}_FQDN`] = `${name.hostname}.${name.domain}`;
    }
  }
  return variables;
}

function applicationVariables(vm: Vm): Variables {
  const variables: Variables = {};
  for (const application of systemOf(vm).features.getGroups('disk.0.applications')) {
    const name = application.getText('name')?.toUpperCase() ?? '';
    for (const key of ['path', 'version'] as const) {
      const value = application.getText(key);
      if (value !== undefined) {
        variables[`IM_APP_${name}_${key.toUpperCase()}`] = value;
      }
    }
  }
  return variables;
}

/** Lines for /etc/hosts of every VM (spec: contextualization.md 9). */
export function renderHostsFile(vms: readonly Vm[], defaultDomain: string): string {
  const lines: string[] = [];
  for (const vm of vms) {
    const { features } = systemOf(vm);
    const first = privateAddress(vm) ?? publicAddress(vm);
    for (let n = 0; features.has(`net_interface.${n}.connection`); n++) {
      const ip = features.getText(`net_interface.${n}.ip`) ?? first;
      const name = requestedName(vm, n, defaultDomain) ?? (n === 0 ? nodeName(vm, defaultDomain) : undefined);
      if (ip !== undefined && name !== undefined) {
        lines.push(`${ip} ${name.hostname}.${name.domain} ${name.hostname}`);
      }
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}
