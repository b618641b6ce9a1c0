import type { StoreTransaction, Vm } from '@im/domain';
import { credentialTaskNames } from './prepare-playbook.js';
import type { OutputLine } from './run-events.js';

type Change = keyof typeof credentialTaskNames;

const credentialNames: Readonly<Record<Change, readonly string[]>> = {
  password: ['password'],
  key: ['public_key', 'private_key'],
};

/** What was set on a machine is at once how one logs in (spec: contextualization.md 18). */
export async function takeChangedCredentials(
  tx: StoreTransaction,
  infrastructureId: string,
  lines: readonly OutputLine[],
  vms: ReadonlyMap<string, Vm>,
): Promise<void> {
  const changes = changesOf(lines, vms);
  if (changes.size === 0) {
    return;
  }
  const changed = (await tx.vms(infrastructureId)).filter((vm) => changes.has(vm.imId));
  for (const vm of changed) {
    for (const change of changes.get(vm.imId) ?? []) {
      takeNew(vm, credentialNames[change]);
    }
  }
  await tx.saveVms(changed);
}

function changesOf(lines: readonly OutputLine[], vms: ReadonlyMap<string, Vm>): Map<number, Set<Change>> {
  const changes = new Map<number, Set<Change>>();
  for (const line of lines) {
    if (!('event' in line) || line.event.ev !== 'ok' || line.event.play !== 'credentials') {
      continue;
    }
    const { host, task } = line.event;
    const imId = vms.get(host)?.imId;
    for (const change of ['password', 'key'] as const) {
      if (imId !== undefined && task === credentialTaskNames[change]) {
        changes.set(imId, (changes.get(imId) ?? new Set()).add(change));
      }
    }
  }
  return changes;
}

function takeNew(vm: Vm, names: readonly string[]): void {
  const features = vm.info.systems[0]?.features;
  for (const name of names) {
    const value = features?.getText(`disk.0.os.credentials.new.${name}`);
    if (features !== undefined && value !== undefined) {
      features.set(`disk.0.os.credentials.${name}`, value);
      features.delete(`disk.0.os.credentials.new.${name}`);
    }
  }
}
