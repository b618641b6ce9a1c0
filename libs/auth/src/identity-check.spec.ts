import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImError } from '@im/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingLogger } from '../../../test/fakes/work-ports.js';
import type { IdentityOptions } from './identity-check.js';
import { checkIdentities } from './identity-check.js';
import { UserDatabase } from './user-database.js';

let folder: string;
let file: string;
let logger: RecordingLogger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'im-users-'));
  file = join(folder, 'users.json');
  logger = new RecordingLogger();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open: IdentityOptions = { forceOidc: false, users: null, admins: [] };
const line = (values: Record<string, string>) => ({ type: 'InfrastructureManager', ...values });

async function refusal(items: Record<string, string>[], options: IdentityOptions = open): Promise<string> {
  try {
    await checkIdentities(items, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ImError);
    expect(error).toMatchObject({ code: 'InvalidCredentials', status: 401 });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('The identity was accepted.');
}

/** Of the password "a secret", as cheap as they can be. */
const hashes = {
  argon2id:
    '$argon2id$v=19$m=1024,t=1,p=1$NEYKe5A3yMLRTse/SdlnKg$JzvhLLlw8fKI9kkuM+vbfsxGkEq4R2fAZAqivM3DRLo',
  bcrypt: '$2b$04$mMtm7CprFz4RJGg4gec54.ThtnTg.t94J5mMN0/tR9M2EOeAhkaiC',
  scrypt: '$scrypt$ln=10,r=8,p=1$o6oFnh6PiOaJTmOxZKXdAQ$C57CnVODgZM/KoEq5wjLjSiboTc/pFNYdfpBEyWm14U',
} as const;

describe('the identity check', () => {
  it('takes every InfrastructureManager element, in order, and nothing of the others', async () => {
    expect(
      await checkIdentities(
        [
          { type: 'Dummy', username: 'cloud' },
          line({ username: 'ana', password: 'a' }),
          line({ username: 'bob', password: 'b' }),
        ],
        open,
      ),
    ).toEqual([
      { username: 'ana', password: 'a', admin: false },
      { username: 'bob', password: 'b', admin: false },
    ]);
  });

  it('accepts a user without a password as another identity than one with an empty password', async () => {
    expect(await checkIdentities([line({ username: 'ana' })], open)).toEqual([
      { username: 'ana', admin: false },
    ]);
    expect(await checkIdentities([line({ username: 'ana', password: '' })], open)).toEqual([
      { username: 'ana', password: '', admin: false },
    ]);
  });

  it.each([
    [[], 'No credentials provided for the InfrastructureManager.'],
    [[{ type: 'Dummy' }], 'No credentials provided for the InfrastructureManager.'],
    [[line({})], 'No username nor token for the InfrastructureManager.'],
    [[line({ username: '' })], 'No username nor token for the InfrastructureManager.'],
    [
      [line({ username: '__OPENID__bob', password: 'x' })],
      'Invalid username used for the InfrastructureManager.',
    ],
    [[line({ username: 'ana' }), line({})], 'No username nor token for the InfrastructureManager.'],
  ])('refuses %j', async (items, message) => {
    expect(await refusal(items)).toBe(message);
  });

  it('answers tokens with a reason, also beside a user name', async () => {
    expect(await refusal([line({ token: 'a.b.c' })])).toContain('Login with OIDC tokens is not available');
    expect(await refusal([line({ token: 'a.b.c', username: 'ana', password: 'x' })])).toContain(
      'Invalid InfrastructureManager credentials.',
    );
  });

  it('refuses passwords when tokens are required', async () => {
    expect(await refusal([line({ username: 'ana', password: 'x' })], { ...open, forceOidc: true })).toBe(
      'No token provided for the InfrastructureManager.',
    );
  });

  it('makes an administrator of the configured pair only, never on request', async () => {
    const options = { ...open, admins: [{ username: 'root', password: 'r' }, { password: 'x' }] };
    const adminOf = async (values: Record<string, string>) =>
      (await checkIdentities([line(values)], options))[0]?.admin;

    expect(await adminOf({ username: 'root', password: 'r' })).toBe(true);
    expect(await adminOf({ username: 'root', password: 'wrong' })).toBe(false);
    expect(await adminOf({ username: 'root' })).toBe(false);
    expect(await adminOf({ username: 'ana', password: 'x' })).toBe(false);
    expect(await adminOf({ username: 'ana', password: 'a', admin: 'true' })).toBe(false);
  });
});

describe('USER_DB', () => {
  const write = (value: unknown): void => {
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  };
  const users = (...pairs: [string, string][]) => ({
    users: pairs.map(([username, password]) => ({ username, password })),
  });

  it('lets in the pairs of the file and nobody else, not even an administrator', async () => {
    write(users(['ana', 'a'], ['bob', '']));
    const options = {
      ...open,
      users: new UserDatabase(file, logger),
      admins: [{ username: 'root', password: 'r' }],
    };

    expect(await checkIdentities([line({ username: 'ana', password: 'a' })], options)).toHaveLength(1);
    expect(await checkIdentities([line({ username: 'bob' })], options)).toHaveLength(1);
    for (const values of [
      { username: 'ana', password: 'A' },
      { username: 'ana', password: '' },
      { username: 'ana' },
      { username: 'eve', password: 'a' },
      { username: 'root', password: 'r' },
      { username: '__proto__', password: 'a' },
    ]) {
      expect(await refusal([line(values)], options)).toBe('Invalid InfrastructureManager credentials');
    }
  });

  it('may name a user more than once', async () => {
    write(users(['ana', 'old'], ['ana', 'new']));
    const database = new UserDatabase(file, logger);

    expect(
      await Promise.all(['old', 'new', 'x'].map((password) => database.accepts('ana', password))),
    ).toEqual([true, true, false]);
  });

  it('is read again when it changes', async () => {
    write(users(['ana', 'a']));
    const database = new UserDatabase(file, logger);
    expect(await database.accepts('ana', 'a')).toBe(true);
    write(users(['ana', 'b']));
    utimesSync(file, new Date(), new Date(Date.now() + 5000));

    expect([await database.accepts('ana', 'a'), await database.accepts('ana', 'b')]).toEqual([false, true]);
  });

  it.each([
    '',
    '{}',
    '[]',
    'no json',
    '{"users": [{"username": "ana"}]}',
    '{"users": [{"username": "ana", "password": 5}]}',
  ])('lets nobody in while it is wrong, says so in the log, and recovers: %j', async (content) => {
    write(users(['ana', 'a']));
    const database = new UserDatabase(file, logger);
    await database.accepts('ana', 'a');
    write(content);
    utimesSync(file, new Date(), new Date(Date.now() + 5000));

    expect(await database.accepts('ana', 'a')).toBe(false);
    expect(logger.complaints[0]).toMatchObject({ message: 'USER_DB cannot be read: nobody can log in' });
    write(users(['ana', 'a']));
    expect(await database.accepts('ana', 'a')).toBe(true);
  });

  describe('with hashes', () => {
    it.each(Object.entries(hashes))(
      'lets in who knows the password, not who knows the hash: %s',
      async (_kind, hash) => {
        write(users(['ana', hash]));
        const database = new UserDatabase(file, logger);

        for (let time = 0; time < 2; time++) {
          expect(await database.accepts('ana', 'a secret')).toBe(true);
          expect(await database.accepts('ana', 'A secret')).toBe(false);
          expect(await database.accepts('ana', '')).toBe(false);
          expect(await database.accepts('ana', hash)).toBe(false);
          expect(await database.accepts('eve', 'a secret')).toBe(false);
        }
        expect(logger.complaints).toEqual([]);
      },
    );

    it('lets nobody in with one of an unknown kind, and says so once, with the name', async () => {
      const hash = '$5$rounds=5000$salt$hash';
      write(users(['ana', hash], ['bob', 'b']));
      const database = new UserDatabase(file, logger);

      expect(await database.accepts('ana', hash)).toBe(false);
      expect(await database.accepts('bob', 'b')).toBe(true);
      expect(logger.complaints).toMatchObject([{ data: { usernames: ['ana'] } }]);
      expect(logger.complaints[0]?.message).toContain('use $argon2id$, $2b$ or $scrypt$');
    });

    it.each([
      '$argon2id$v=19$broken',
      '$2b$12$broken',
      '$scrypt$broken',
      '$scrypt$ln=60,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    ])('lets nobody in with a broken one: %s', async (hash) => {
      write(users(['ana', hash]));
      const database = new UserDatabase(file, logger);

      expect(await database.accepts('ana', hash)).toBe(false);
      expect(await database.accepts('ana', '')).toBe(false);
      expect(JSON.stringify(logger.lines)).not.toContain('AAAA');
    });

    it('follows the file when a hash is replaced', async () => {
      write(users(['ana', hashes.scrypt]));
      const database = new UserDatabase(file, logger);
      expect(await database.accepts('ana', 'a secret')).toBe(true);
      write(users(['ana', 'plain']));
      utimesSync(file, new Date(), new Date(Date.now() + 5000));

      expect([await database.accepts('ana', 'a secret'), await database.accepts('ana', 'plain')]).toEqual([
        false,
        true,
      ]);
    });
  });

  it('lets nobody in while it is missing', async () => {
    const database = new UserDatabase(join(folder, 'missing.json'), logger);

    expect(await database.accepts('ana', 'a')).toBe(false);
    expect(logger.complaints).toHaveLength(1);
  });

  it('never shows a password in the log', async () => {
    for (const content of ['"hunter2"}', 'hunter2}]}']) {
      write(`{"users": [{"username": "ana", "password": ${content}`);
      await new UserDatabase(file, logger).accepts('ana', 'hunter2');
    }

    expect(JSON.stringify(logger.lines)).not.toContain('hunter2');
  });
});
