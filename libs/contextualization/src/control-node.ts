import type { Vm } from '@im/domain';
import type { Radl } from '@im/radl';
import type { SshTarget } from '@im/ssh';
import { nodeName } from './node-names.js';
import { sshTargets, systemOf } from './vm-access.js';

/** The machine that runs Ansible: the master VM, or an external host of the document (spec: contextualization.md 5.3, 20). */
export interface ControlNode {
  /** null: an external host. */
  vm: Vm | null;
  hostname: string;
  domain: string;
  /** Ways to log in, the likeliest first. */
  targets: SshTarget[];
}

/** The master VM as control node. */
export function masterNode(vm: Vm, defaultDomain: string): ControlNode {
  return { vm, ...nodeName(vm, defaultDomain), targets: sshTargets(vm) };
}

/**
 * The external Ansible host of the document: the one that a system of these VMs names, else the first (spec: contextualization.md 20).
 * undefined when the document has none.
 */
export function externalNode(radl: Radl, vms: readonly Vm[]): ControlNode | undefined {
  const named = vms.flatMap((vm) => systemOf(vm).features.getText('ansible_host') ?? []);
  const host = radl.ansibleHosts.find(({ id }) => named.includes(id)) ?? radl.ansibleHosts[0];
  if (host === undefined) {
    return undefined;
  }
  const { features } = host;
  const name = features.getText('host') ?? '';
  const password = features.getText('credentials.password');
  const privateKey = features.getText('credentials.private_key');
  const target: SshTarget = {
    host: name,
    port: 22,
    username: features.getText('credentials.username') ?? 'root',
    ...(password === undefined ? {} : { password }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
  return { vm: null, hostname: name, domain: '', targets: [target] };
}
