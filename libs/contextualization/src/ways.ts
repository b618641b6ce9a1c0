import type { Vm } from '@im/domain';
import {
  isLinux,
  privateAddress,
  proxyOf,
  publicAddress,
  sshPort,
  systemOf,
  winrmPort,
} from './vm-access.js';

/** Where the control node finds the SSH (or WinRM) port of a VM. */
export interface Way {
  host: string;
  port: number;
}

/** What is to be tried for one VM. */
export interface WaysOfVm {
  imId: number;
  /** The best one first. */
  ways: Way[];
  /** The server says SSH; others only accept the connection. */
  ssh: boolean;
}

/**
 * Ways from the control node to a VM, the best one first: a private network that both have, then the public address, then whatever
 * private address it has (spec: contextualization.md 12.5).
 * @param control VM of the control node; null for an external host
 */
export function waysTo(control: Vm | null, vm: Vm): Way[] {
  const local = isLinux(vm) ? 22 : winrmPort;
  const shared = control === null ? [] : sharedAddresses(control, vm);
  const publicIp = publicAddress(vm);
  const privateIp = privateAddress(vm);
  const ways: Way[] = [
    ...shared.map((host) => ({ host, port: local })),
    ...(publicIp === undefined ? [] : [{ host: publicIp, port: sshPort(vm) }]),
    ...(privateIp === undefined ? [] : [{ host: privateIp, port: local }]),
    ...(publicIp === undefined ? [] : [{ host: publicIp, port: local }]),
  ];
  return ways.filter(
    (way, index) => ways.findIndex(({ host, port }) => host === way.host && port === way.port) === index,
  );
}

/** A VM that only its proxy reaches: nothing can be tried from the control node. */
export function isBehindProxy(control: Vm | null, vm: Vm): boolean {
  const shares = control !== null && sharedAddresses(control, vm).length > 0;
  return publicAddress(vm) === undefined && !shares && proxyOf(vm) !== undefined;
}

function sharedAddresses(a: Vm, b: Vm): string[] {
  const known = new Set(privateInterfaces(a).map(({ network }) => network));
  return privateInterfaces(b).flatMap(({ network, ip }) => (known.has(network) ? [ip] : []));
}

function privateInterfaces(vm: Vm): { network: string; ip: string }[] {
  const { features } = systemOf(vm);
  const isPublic = publicAddress(vm);
  const found: { network: string; ip: string }[] = [];
  for (let n = 0; features.has(`net_interface.${n}.connection`); n++) {
    const ip = features.getText(`net_interface.${n}.ip`);
    const network = features.getText(`net_interface.${n}.connection`);
    if (ip !== undefined && network !== undefined && ip !== isPublic) {
      found.push({ network, ip });
    }
  }
  return found;
}

/**
 * Program for `python3 -` that tries all ways of all VMs beside each other, for at most `seconds`, and prints for each VM that answered
 * its number and the position of the best way that did.
 */
export function probeProgram(vms: readonly WaysOfVm[], seconds: number): string {
  const wanted = Buffer.from(JSON.stringify(vms)).toString('base64');
  return `
import base64, json, socket, threading, time
end = time.time() + ${seconds}

def answers(way, ssh):
    try:
        with socket.create_connection((way["host"], way["port"]), 2) as connection:
            connection.settimeout(2)
            return not ssh or connection.recv(3) == b"SSH"
    except (OSError, UnicodeError):
        return False

def watch(vm, position, found):
    while not answers(vm["ways"][position], vm["ssh"]):
        if found or time.time() >= end:
            return
        time.sleep(0.2)
    found.append(position)

def probe(vm):
    found = []
    threads = [threading.Thread(target=watch, args=(vm, n, found), daemon=True) for n in range(len(vm["ways"]))]
    for thread in threads:
        thread.start()
    while not found and any(thread.is_alive() for thread in threads):
        time.sleep(0.02)
    # A better way may answer a moment later.
    if found and min(found) > 0:
        time.sleep(0.2)
    if found:
        print(vm["imId"], min(found), flush=True)

probes = [threading.Thread(target=probe, args=(vm,)) for vm in json.loads(base64.b64decode("${wanted}"))]
for thread in probes:
    thread.start()
for thread in probes:
    thread.join()
`;
}

/** The ways that answered, by VM. @param output of probeProgram for the same `vms` */
export function answeredWays(output: string, vms: readonly WaysOfVm[]): Map<number, Way> {
  const byId = new Map(vms.map((vm) => [vm.imId, vm.ways]));
  const found = new Map<number, Way>();
  for (const line of output.split('\n')) {
    const [imId = '', position = ''] = line.trim().split(' ');
    const way = /^\d+$/.test(position) ? byId.get(Number(imId))?.[Number(position)] : undefined;
    if (way !== undefined) {
      found.set(Number(imId), way);
    }
  }
  return found;
}
