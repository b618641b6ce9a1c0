/** Folder of an infrastructure on its control node (spec: contextualization.md 8). */
export function remoteFolder(base: string, infrastructureId: string): string {
  return `${base.replace(/\/+$/, '')}/${infrastructureId.replace(/[^A-Za-z0-9._-]/g, '_')}`;
}

/** Folder of one attempt; its name is the same after a restart, so that the attempt is found again. */
export function runFolder(folder: string, operationId: string, attempt: number): string {
  return `${folder}/runs/${operationId}-a${attempt}`;
}

/** Names of users in the name of a file. */
export function plainFileName(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]/g, '_');
}
