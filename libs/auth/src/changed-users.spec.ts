import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@im/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Authenticator } from './authenticator.js';
import { LoginLimiter } from './login-limiter.js';
import { UserDatabase } from './user-database.js';

const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};

describe('a user taken out of USER_DB', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'im-users-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is refused from the next request on, although the header was good before', async () => {
    const file = join(folder, 'users.json');
    const write = (names: readonly string[], at: number): void => {
      writeFileSync(file, JSON.stringify({ users: names.map((username) => ({ username, password: 'p' })) }));
      utimesSync(file, at, at);
    };
    write(['ana', 'bob'], 1000);
    const authenticator = new Authenticator(
      { forceOidc: false, users: new UserDatabase(file, silent), admins: [] },
      () => [],
      new LoginLimiter(100, 60_000),
    );
    const login = (username: string) =>
      authenticator.authenticate(
        `type = InfrastructureManager; username = ${username}; password = p`,
        '10.0.0.1',
      );
    expect((await login('ana')).identities).toHaveLength(1);

    write(['bob'], 2000);

    await expect(login('ana')).rejects.toThrow('Invalid InfrastructureManager credentials');
    expect((await login('bob')).identities).toHaveLength(1);
  });
});
