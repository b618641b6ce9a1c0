import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthItem, ImIdentity } from '@im/domain';
import { ImError } from '@im/domain';
import type { UserDatabase } from './user-database.js';

/** Options of the identity check (configuration.md, identity). */
export interface IdentityOptions {
  forceOidc: boolean;
  /** USER_DB; null: any pair of user name and password is an account. */
  users: UserDatabase | null;
  admins: readonly { username?: string | undefined; password?: string | undefined }[];
}

/**
 * The identities of a request: all of its `InfrastructureManager` elements; one bad element refuses the whole request
 * (spec: authentication.md 4).
 * @throws ImError `InvalidCredentials` with the documented text
 */
export async function checkIdentities(
  items: readonly AuthItem[],
  options: IdentityOptions,
): Promise<ImIdentity[]> {
  const lines = items.filter((item) => item['type'] === 'InfrastructureManager');
  if (lines.length === 0) {
    throw refused('No credentials provided for the InfrastructureManager.');
  }
  const identities: ImIdentity[] = [];
  for (const line of lines) {
    identities.push(await checkIdentity(line, options));
  }
  return identities;
}

async function checkIdentity(line: AuthItem, options: IdentityOptions): Promise<ImIdentity> {
  const { username, password, token } = line;
  if (token === undefined && options.forceOidc) {
    throw refused('No token provided for the InfrastructureManager.');
  }
  if (token !== undefined) {
    throw refused(
      'Invalid InfrastructureManager credentials. Login with OIDC tokens is not available on this server: use a user name and a password.',
    );
  }
  if (username === undefined || username === '') {
    throw refused('No username nor token for the InfrastructureManager.');
  }
  if (username.startsWith('__OPENID__')) {
    throw refused('Invalid username used for the InfrastructureManager.');
  }
  if (options.users !== null && !(await options.users.accepts(username, password ?? ''))) {
    throw refused('Invalid InfrastructureManager credentials');
  }
  const admin = options.admins.some(
    (known) => known.username === username && sameText(known.password ?? '', password ?? ''),
  );
  return { username, ...(password === undefined ? {} : { password }), admin };
}

function refused(text: string): ImError {
  return new ImError('InvalidCredentials', text);
}

/** Comparison whose time tells nothing about the texts. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
