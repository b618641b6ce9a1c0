import type { AuthItem, Infrastructure, Vm } from '@im/domain';
import { printRadlJson, splitHostName } from '@im/radl';
import { stringify } from 'yaml';
import { remoteKeyFile } from './remote-files.js';
import { addressOf, credentialsOf, privateAddress, publicAddress, sshPort, systemOf } from './vm-access.js';

/** What the inventory is made of. */
export interface InventoryInput {
  infrastructure: Pick<Infrastructure, 'id' | 'radl'>;
  /** VMs that take part, all of them with an address. */
  vms: readonly Vm[];
  master: Vm;
  /** Folder of the infrastructure on the master. */
  folder: string;
  /** For recipes that call this service back; only given when one of them mentions it. */
  items: readonly AuthItem[];
}

type Variables = Record<string, unknown>;

/** Name of a VM in the inventory: `<ip>_<im id>` (spec: contextualization.md 9). */
export function inventoryName(vm: Vm): string {
  return `${addressOf(vm) ?? 'none'}_${vm.imId}`;
}

/** Requested host name and domain of an interface; undefined when it asked for none. */
export function requestedName(vm: Vm, index: number): { hostname: string; domain: string } | undefined {
  const features = vm.requested.systems[0]?.features ?? systemOf(vm).features;
  const template =
    features.getText(`net_interface.${index}.dns.0.name`) ??
    features.getText(`net_interface.${index}.dns_name`);
  if (template === undefined) {
    return undefined;
  }
  const { hostname, domain } = splitHostName(template, vm.imId);
  return { hostname, domain: domain ?? 'localdomain' };
}

function nodeName(vm: Vm): { hostname: string; domain: string } {
  return requestedName(vm, 0) ?? { hostname: `vnode-${vm.imId}`, domain: 'localdomain' };
}

/** The YAML inventory with the groups and variables that recipes see (spec: contextualization.md 9). */
export function renderInventory(input: InventoryInput): string {
  const groups = new Map<string, Record<string, Variables>>();
  const all: Record<string, Variables> = {};
  for (const vm of input.vms) {
    const hosts = groups.get(vm.system) ?? {};
    hosts[inventoryName(vm)] = hostVariables(input, vm);
    groups.set(vm.system, hosts);
    all[inventoryName(vm)] = {};
  }
  const children = Object.fromEntries([...groups].map(([system, hosts]) => [system, { hosts }]));
  return stringify({
    all: { vars: globalVariables(input, groups), children: { ...children, allnowindows: { hosts: all } } },
  });
}

function globalVariables(input: InventoryInput, groups: ReadonlyMap<string, object>): Variables {
  const { infrastructure, master } = input;
  const variables: Variables = {};
  for (const [system, hosts] of groups) {
    variables[`IM_${system.toUpperCase()}_NUM_VMS`] = String(Object.keys(hosts).length);
  }
  const name = nodeName(master);
  const description = printRadlJson({ ...infrastructure.radl, configures: [] }).filter(
    (element) => element['class'] !== 'contextualize' && element['class'] !== 'ansible',
  );
  return {
    ...variables,
    IM_MASTER_HOSTNAME: name.hostname,
    IM_MASTER_FQDN: `${name.hostname}.${name.domain}`,
    IM_MASTER_DOMAIN: name.domain,
    IM_INFRASTRUCTURE_ID: infrastructure.id,
    IM_INFRASTRUCTURE_RADL: description.map((element) =>
      Object.fromEntries(Object.entries(element).map(([key, value]) => [key.replaceAll('.', '_'), value])),
    ),
    ...authorizationVariable(input.items),
  };
}

function authorizationVariable(items: readonly AuthItem[]): Variables {
  const owner = items.find((item) => item['type'] === 'InfrastructureManager');
  if (owner === undefined) {
    return {};
  }
  const value = owner['token'] ?? `${owner['username'] ?? ''}:${owner['password'] ?? ''}`;
  return { IM_INFRASTRUCTURE_AUTH: value };
}

function hostVariables(input: InventoryInput, vm: Vm): Variables {
  const isMaster = vm.imId === input.master.imId;
  const way = wayFromMaster(input.master, vm);
  const name = nodeName(vm);
  const credentials = credentialsOf(vm);
  const publicIp = publicAddress(vm);
  return {
    ansible_host: way.host,
    ansible_ssh_host: way.host,
    ansible_port: way.port,
    ansible_ssh_port: way.port,
    ansible_user: credentials.username,
    ansible_ssh_user: credentials.username,
    ...(isMaster ? { ansible_connection: 'local' } : {}),
    ...(credentials.privateKey === undefined || isMaster
      ? {}
      : { ansible_ssh_private_key_file: remoteKeyFile(input.folder, vm) }),
    ...(credentials.password === undefined
      ? {}
      : { ansible_password: credentials.password, ansible_become_password: credentials.password }),
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
    ...interfaceVariables(vm),
    ...applicationVariables(vm),
  };
}

function interfaceVariables(vm: Vm): Variables {
  const { features } = systemOf(vm);
  const variables: Variables = {};
  for (let n = 0; features.has(`net_interface.${n}.connection`); n++) {
    const ip = features.getText(`net_interface.${n}.ip`);
    const name = requestedName(vm, n);
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

/** How the master reaches a VM: over a private network that both have, else by its public address. */
export function wayFromMaster(master: Vm, vm: Vm): { host: string; port: number } {
  const masterNetworks = networksWithAddress(master);
  for (const [network, ip] of networksWithAddress(vm)) {
    const isPrivate = ip !== publicAddress(vm);
    if (isPrivate && masterNetworks.has(network)) {
      return { host: ip, port: 22 };
    }
  }
  return { host: addressOf(vm) ?? '', port: sshPort(vm) };
}

function networksWithAddress(vm: Vm): Map<string, string> {
  const { features } = systemOf(vm);
  const found = new Map<string, string>();
  for (let n = 0; features.has(`net_interface.${n}.connection`); n++) {
    const ip = features.getText(`net_interface.${n}.ip`);
    const network = features.getText(`net_interface.${n}.connection`);
    if (ip !== undefined && network !== undefined) {
      found.set(network, ip);
    }
  }
  return found;
}

/** Lines for /etc/hosts of every VM (spec: contextualization.md 9). */
export function renderHostsFile(vms: readonly Vm[]): string {
  const lines: string[] = [];
  for (const vm of vms) {
    const { features } = systemOf(vm);
    const first = privateAddress(vm) ?? publicAddress(vm);
    for (let n = 0; features.has(`net_interface.${n}.connection`); n++) {
      const ip = features.getText(`net_interface.${n}.ip`) ?? first;
      const name = requestedName(vm, n) ?? (n === 0 ? nodeName(vm) : undefined);
      if (ip !== undefined && name !== undefined) {
        lines.push(`${ip} ${name.hostname}.${name.domain} ${name.hostname}`);
      }
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}
