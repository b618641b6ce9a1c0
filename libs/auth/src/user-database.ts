import { readFileSync, statSync } from 'node:fs';
import type { Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import { z } from 'zod';
import { sameText } from './identity-check.js';

const usersSchema = z.object({ users: z.array(z.object({ username: z.string(), password: z.string() })) });

/** The file of USER_DB: `{"users": [{"username": "u", "password": "p"}]}`, read again when it changed (spec: authentication.md 4.1). */
export class UserDatabase {
  private stamp = '';
  /** Passwords by user name; a name may be in the file more than once. */
  private users: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(
    private readonly file: string,
    private readonly logger: Logger,
  ) {}

  /** Whether the pair is in the file; nobody is while the file is missing or wrong. */
  accepts(username: string, password: string): boolean {
    this.reload();
    return (this.users.get(username) ?? []).some((known) => sameText(known, password));
  }

  /** Changes whenever the users in the file may have changed. */
  revision(): string {
    this.reload();
    return this.stamp;
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
