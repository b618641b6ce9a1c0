import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import { sameText } from './identity-check.js';

type Scheme = (hash: string, password: string) => Promise<boolean>;

/** Schemes by what their hashes begin with; the libraries are loaded with the first hash that needs them. */
const schemes: readonly (readonly [RegExp, Scheme])[] = [
  [/^\$argon2id\$/, async (hash, password) => (await import('@node-rs/argon2')).verify(hash, password)],
  [/^\$2[aby]\$/, async (hash, password) => (await import('bcryptjs')).default.compare(password, hash)],
  [/^\$scrypt\$/, matchesScrypt],
];
const hashLike = /^\$[^$]*\$/;
const scryptHash = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** The largest memory of one scrypt hash, so that a wrong line cannot take all of it. */
const maxScryptBytes = 512 * 1024 * 1024;

/** Whether a password in USER_DB looks like a hash of a kind that cannot be checked. */
export function isUnknownHash(known: string): boolean {
  return hashLike.test(known) && schemeOf(known) === undefined;
}

/** Compares passwords with what USER_DB knows of them, plain or hashed (spec: authentication.md 4.1, "Better"). */
export class PasswordCheck {
  /** For digests of passwords that matched a hash, which are checked again every few seconds; they are worth nothing elsewhere. */
  private readonly key = randomBytes(32);
  private readonly matched = new Map<string, Buffer>();

  constructor(private readonly logger: Logger) {}

  /** @param known plain, or a hash; a hash never matches itself, and one that cannot be read matches nothing */
  async matches(known: string, password: string): Promise<boolean> {
    if (!hashLike.test(known)) {
      return sameText(known, password);
    }
    const digest = createHmac('sha256', this.key).update(password).digest();
    const earlier = this.matched.get(known);
    if (earlier !== undefined && timingSafeEqual(earlier, digest)) {
      return true;
    }
    if (!(await this.matchesHash(known, password))) {
      return false;
    }
    this.matched.set(known, digest);
    return true;
  }

  /** To be called when the hashes have changed. */
  forget(): void {
    this.matched.clear();
  }

  private async matchesHash(hash: string, password: string): Promise<boolean> {
    try {
      return (await schemeOf(hash)?.(hash, password)) ?? false;
    } catch (error) {
      this.logger.error('a password hash in USER_DB cannot be checked: its user cannot log in', {
        reason: messageOf(error),
      });
      return false;
    }
  }
}

function schemeOf(hash: string): Scheme | undefined {
  return schemes.find(([prefix]) => prefix.test(hash))?.[1];
}

/** `$scrypt$ln=<log2 N>,r=<r>,p=<p>$<salt>$<hash>`, both in base64 without padding. */
async function matchesScrypt(hash: string, password: string): Promise<boolean> {
  const found = scryptHash.exec(hash);
  if (found === null) {
    throw new Error('It is not of the form $scrypt$ln=..,r=..,p=..$salt$hash.');
  }
  const [logN = 0, r = 0, p = 0] = found.slice(1, 4).map(Number);
  const [salt, expected] = found.slice(4).map((text) => Buffer.from(text, 'base64'));
  if (salt === undefined || expected === undefined || expected.length < 16) {
    throw new Error('A scrypt hash has at least 16 bytes.');
  }
  const options = { N: 2 ** logN, r, p, maxmem: maxScryptBytes };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, expected.length, options, (error, derived) => {
      if (error === null) {
        resolve(timingSafeEqual(derived, expected));
      } else {
        reject(error);
      }
    });
  });
}
