import { errorTexts, ImError } from '../errors.js';
import type { ImIdentity, Requester } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { Vm } from '../model/vm.js';
import type { StoreReader } from '../ports/store.js';

/**
 * Whether one of the identities owns the infrastructure: equal user name and password, and a token where the owner has one; or
 * one of them is an administrator (spec: rest-api.md 2.4).
 */
export function mayAccess(identities: readonly ImIdentity[], owners: readonly ImIdentity[]): boolean {
  return identities.some(
    (identity) => identity.admin || owners.some((owner) => sameIdentity(identity, owner)),
  );
}

export function sameIdentity(caller: ImIdentity, owner: ImIdentity): boolean {
  return (
    caller.username === owner.username &&
    caller.password === owner.password &&
    (owner.token === undefined || caller.token !== undefined)
  );
}

/** The infrastructure, after the checks in their documented order (spec: rest-api.md 8.1). @throws ImError */
export async function accessibleInfrastructure(
  store: StoreReader,
  requester: Requester,
  id: string,
): Promise<Infrastructure> {
  const infrastructure = await store.infrastructure(id);
  if (infrastructure === null || infrastructure.deletedAt !== null) {
    throw new ImError('InfrastructureNotFound', errorTexts.infrastructureNotFound);
  }
  if (!mayAccess(requester.identities, infrastructure.owners)) {
    throw new ImError('AccessDenied', errorTexts.accessDenied);
  }
  return infrastructure;
}

/** Whom rows and the audit trail name: the user, never what proves it. */
export function userNameOf({ identities }: Requester): string {
  return identities[0]?.username ?? '';
}

/** The VM with the number in `text`. @throws ImError `Invalid VM ID` or `Deleted VM.` */
export function vmNamed(vms: readonly Vm[], text: string): Vm {
  const number = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN;
  const vm = vms.find((candidate) => candidate.imId === number);
  if (vm === undefined) {
    throw new ImError('VmNotFound', errorTexts.vmNotFound);
  }
  if (vm.status === 'destroyed') {
    throw new ImError('VmDeleted', errorTexts.vmDeleted);
  }
  return vm;
}
