import type { CloudResource } from '@im/domain';
import type { MemoryTables } from '../../fakes/memory-tables.js';
import type { CloudReality } from '../cloud/cloud-reality.js';
import type { Actor } from '../world/actor.js';
import { must, Violation } from './violation.js';

/** The row of the ledger for something at a cloud. */
export function ledgerRow(
  tables: MemoryTables,
  kind: 'machine' | 'network',
  token: string,
): CloudResource | undefined {
  return [...tables.resources.values()].find((row) => row.kind === kind && row.token === token);
}

/**
 * Before anything is made at a cloud its intent is committed, and who makes it holds the lease under which it was intended.
 * @throws Violation
 */
export function checkIntent(
  tables: MemoryTables,
  actor: Actor,
  kind: 'machine' | 'network',
  token: string,
): void {
  const row = ledgerRow(tables, kind, token);
  if (row === undefined || row.state === 'gone') {
    throw new Violation(`A ${kind} ${token} is asked for, and the ledger knows nothing of it.`);
  }
  let leaseKey = row.infrastructureId;
  if (kind === 'machine') {
    const stored = [...tables.vms.values()].find(({ vm }) => vm.launchToken === token);
    must(
      stored?.vm.status === 'launching',
      () => `The machine ${token} is asked for, its VM is ${stored?.vm.status}.`,
    );
    leaseKey = stored?.claim?.key ?? '';
  }
  const owner = tables.leases.get(leaseKey)?.owner;
  must(
    owner === actor.name,
    () => `${actor.name} asks for the ${kind} ${token}, although ${owner} has taken over.`,
  );
}

/** Never two machines for one intent, and none that the ledger does not know. @throws Violation */
export function checkReality(tables: MemoryTables, cloud: CloudReality): void {
  for (const [token, launches] of cloud.launches) {
    must(launches === 1, () => `The machine ${token} was launched ${launches} times.`);
  }
  for (const { token } of cloud.machines.values()) {
    requireOpenRow(tables, 'machine', token);
  }
  for (const { token } of cloud.networks.values()) {
    requireOpenRow(tables, 'network', token);
  }
}

function requireOpenRow(tables: MemoryTables, kind: 'machine' | 'network', token: string): void {
  const row = ledgerRow(tables, kind, token);
  must(
    row !== undefined && row.state !== 'gone',
    () => `There is a ${kind} ${token} at the cloud that the ledger calls ${row?.state ?? 'unknown'}.`,
  );
}
