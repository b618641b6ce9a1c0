import { readFileSync, statSync } from 'node:fs';
import type { Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import { z } from 'zod';
import { isUnknownHash, PasswordCheck } from './password-check.js';

const usersSchema = z.object({ users: z.array(z.object({ username: z.string(), password: z.string() })) });

/**
 * The file of USER_DB: `{"users": [{"username": "u", "password": "p"}]}`, passwords plain or hashed, read again when it changed
 * (spec: authentication.md 4.1).
 */
export class UserDatabase {
  private stamp = '';
  /** Passwords by user name; a name may be in the file more than once. */
  private users: ReadonlyMap<string, readonly string[]> = new Map();
  private readonly check: PasswordCheck;

  constructor(
    private readonly file: string,
    private readonly logger: Logger,
  ) {
    this.check = new PasswordCheck(logger);
  }

  /** Whether the pair is in the file; nobody is while the file is missing or wrong. */
  async accepts(username: string, password: string): Promise<boolean> {
    this.reload();
    const own = this.users.get(username);
    // For a name that is not in the file as much work is done as for one that is: the time tells nothing about names.
    const [someone = []] = this.users.values();
    for (const known of own ?? someone) {
      if ((await this.check.matches(known, password)) && own !== undefined) {
        return true;
      }
    }
    return false;
  }

  /** Changes whenever the users in the file may have changed. */
  revision(): string {
    this.reload();
    return this.stamp;
  }

  private reportUnknownHashes(): void {
    const usernames = [...this.users].flatMap(([name, known]) => (known.some(isUnknownHash) ? [name] : []));
    if (usernames.length > 0) {
      this.logger.error(
        'USER_DB has password hashes of unknown kinds, whose users cannot log in: use $argon2id$, $2b$ or $scrypt$',
        { file: this.file, usernames },
      );
    }
  }

  private reload(): void {
    try {
      const { mtimeMs, size, ino } = statSync(this.file);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.stamp) {
        return;
      }
      const { users } = usersSchema.parse(JSON.parse(readFileSync(this.file, 'utf8')));
      const passwords = new Map<string, string[]>();
      for (const user of users) {
        passwords.set(user.username, [...(passwords.get(user.username) ?? []), user.password]);
      }
      this.users = passwords;
      this.stamp = stamp;
      this.check.forget();
      this.reportUnknownHashes();
    } catch (error) {
      this.users = new Map();
      this.stamp = '';
      this.logger.error('USER_DB cannot be read: nobody can log in', {
        file: this.file,
        reason: reasonOf(error),
      });
    }
  }
}

/** Never the text of the JSON parser, which quotes what it stumbled over. */
function reasonOf(error: unknown): string {
  return error instanceof SyntaxError ? 'it is no JSON' : messageOf(error);
}
