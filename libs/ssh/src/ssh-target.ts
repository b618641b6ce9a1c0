import { createHash } from 'node:crypto';

/** A machine and how to log in. */
export interface SshTarget {
  host: string;
  port: number;
  username: string;
  password?: string;
  /** PEM, PKCS#1, PKCS#8 or OpenSSH. */
  privateKey?: string;
  /** Fingerprint of the host key that it must have (`SHA256:...`); any key is taken when absent. */
  hostKey?: string;
  /** Machines to go through, the nearest first. */
  jumps?: readonly SshTarget[];
}

/** Name for texts: without secrets. */
export function nameOf(target: SshTarget): string {
  return `${target.username}@${target.host}:${target.port}`;
}

/** Connections with the same key can serve the same calls. */
export function connectionKey(target: SshTarget): string {
  const secrets = createHash('sha256')
    .update(`${target.password ?? ''}\0${target.privateKey ?? ''}\0${target.hostKey ?? ''}`)
    .digest('base64url');
  const jumps = (target.jumps ?? []).map(connectionKey).join(' ');
  return `${nameOf(target)} ${secrets} ${jumps}`;
}

/** Fingerprint of a host key, in the form of OpenSSH. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
