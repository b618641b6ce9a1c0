import type { Vm } from '@im/domain';
import { proxyOf } from './vm-access.js';

/** Where a run keeps the key to the proxy of a VM. */
export function proxyKeyPath(keys: string, vm: Pick<Vm, 'imId'>): string {
  return `${keys}/proxy-${vm.imId}.pem`;
}

/** Where a run keeps the password of the proxy of a VM. */
export function proxyPasswordPath(keys: string, vm: Pick<Vm, 'imId'>): string {
  return `${keys}/proxy-${vm.imId}.password`;
}

/** Arguments of ssh that lead through the proxy of a VM; its password is read from a file, so that no process list shows it. */
export function proxyArguments(vm: Vm, keys: string): string {
  const proxy = proxyOf(vm);
  if (proxy === undefined) {
    return '';
  }
  const login = proxy.password === undefined ? '' : `sshpass -f ${proxyPasswordPath(keys, vm)} `;
  const key = proxy.privateKey === undefined ? '' : ` -i ${proxyKeyPath(keys, vm)}`;
  const options = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR';
  const command = `${login}ssh ${options} -W %h:%p${key} -p ${proxy.port} ${quoted(proxy.username)}@${quoted(proxy.host)}`;
  return `-o ProxyCommand="${command}"`;
}

/** Names come from users: nothing in them may mean something to a shell. */
function quoted(name: string): string {
  return name.replace(/[^A-Za-z0-9._:@-]/g, '');
}
