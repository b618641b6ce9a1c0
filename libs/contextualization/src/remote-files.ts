import type { Vm } from '@im/domain';

/** Folder of an infrastructure on its master (spec: contextualization.md 8). */
export function remoteFolder(base: string, infrastructureId: string): string {
  return `${base.replace(/\/+$/, '')}/${infrastructureId.replace(/[^A-Za-z0-9._-]/g, '_')}`;
}

/** Folder of one attempt; its name is the same after a restart, so that the attempt is found again. */
export function runFolder(folder: string, operationId: string, attempt: number): string {
  return `${folder}/runs/${operationId}-a${attempt}`;
}

/** Where the master keeps the key to a VM. */
export function remoteKeyFile(folder: string, vm: Pick<Vm, 'imId'>): string {
  return `${folder}/keys/${vm.imId}.pem`;
}
