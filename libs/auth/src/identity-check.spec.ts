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

function refusal(items: Record<string, string>[], options: IdentityOptions = open): string {
  try {
    checkIdentities(items, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ImError);
    expect(error).toMatchObject({ code: 'InvalidCredentials', status: 401 });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('The identity was accepted.');
}

describe('the identity check', () => {
  it('takes every InfrastructureManager element, in order, and nothing of the others', () => {
    expect(
      checkIdentities(
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

  it('accepts a user without a password as another identity than one with an empty password', () => {
    expect(checkIdentities([line({ username: 'ana' })], open)).toEqual([{ username: 'ana', admin: false }]);
    expect(checkIdentities([line({ username: 'ana', password: '' })], open)).toEqual([
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
  ])('refuses %j', (items, message) => {
    expect(refusal(items)).toBe(message);
  });

  it('answers tokens with a reason, also beside a user name', () => {
    expect(refusal([line({ token: 'a.b.c' })])).toContain('Login with OIDC tokens is not available');
    expect(refusal([line({ token: 'a.b.c', username: 'ana', password: 'x' })])).toContain(
      'Invalid InfrastructureManager credentials.',
    );
  });

  it('refuses passwords when tokens are required', () => {
    expect(refusal([line({ username: 'ana', password: 'x' })], { ...open, forceOidc: true })).toBe(
      'No token provided for the InfrastructureManager.',
    );
  });

  it('makes an administrator of the configured pair only, never on request', () => {
    const options = { ...open, admins: [{ username: 'root', password: 'r' }, { password: 'x' }] };
    const adminOf = (values: Record<string, string>) => checkIdentities([line(values)], options)[0]?.admin;

    expect(adminOf({ username: 'root', password: 'r' })).toBe(true);
    expect(adminOf({ username: 'root', password: 'wrong' })).toBe(false);
    expect(adminOf({ username: 'root' })).toBe(false);
    expect(adminOf({ username: 'ana', password: 'x' })).toBe(false);
    expect(adminOf({ username: 'ana', password: 'a', admin: 'true' })).toBe(false);
  });
});

describe('USER_DB', () => {
  const write = (value: unknown): void => {
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  };
  const users = (...pairs: [string, string][]) => ({
    users: pairs.map(([username, password]) => ({ username, password })),
  });

  it('lets in the pairs of the file and nobody else, not even an administrator', () => {
    write(users(['ana', 'a'], ['bob', '']));
    const options = {
      ...open,
      users: new UserDatabase(file, logger),
      admins: [{ username: 'root', password: 'r' }],
    };

    expect(checkIdentities([line({ username: 'ana', password: 'a' })], options)).toHaveLength(1);
    expect(checkIdentities([line({ username: 'bob' })], options)).toHaveLength(1);
    for (const values of [
      { username: 'ana', password: 'A' },
      { username: 'ana', password: '' },
      { username: 'ana' },
      { username: 'eve', password: 'a' },
      { username: 'root', password: 'r' },
      { username: '__proto__', password: 'a' },
    ]) {
      expect(refusal([line(values)], options)).toBe('Invalid InfrastructureManager credentials');
    }
  });

  it('may name a user more than once', () => {
    write(users(['ana', 'old'], ['ana', 'new']));
    const database = new UserDatabase(file, logger);

    expect(['old', 'new', 'x'].map((password) => database.accepts('ana', password))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('is read again when it changes', () => {
    write(users(['ana', 'a']));
    const database = new UserDatabase(file, logger);
    expect(database.accepts('ana', 'a')).toBe(true);
    write(users(['ana', 'b']));
    utimesSync(file, new Date(), new Date(Date.now() + 5000));

    expect([database.accepts('ana', 'a'), database.accepts('ana', 'b')]).toEqual([false, true]);
  });

  it.each([
    '',
    '{}',
    '[]',
    'no json',
    '{"users": [{"username": "ana"}]}',
    '{"users": [{"username": "ana", "password": 5}]}',
  ])('lets nobody in while it is wrong, says so in the log, and recovers: %j', (content) => {
    write(users(['ana', 'a']));
    const database = new UserDatabase(file, logger);
    database.accepts('ana', 'a');
    write(content);
    utimesSync(file, new Date(), new Date(Date.now() + 5000));

    expect(database.accepts('ana', 'a')).toBe(false);
    expect(logger.complaints[0]).toMatchObject({ message: 'USER_DB cannot be read: nobody can log in' });
    write(users(['ana', 'a']));
    expect(database.accepts('ana', 'a')).toBe(true);
  });

  it('lets nobody in while it is missing', () => {
    const database = new UserDatabase(join(folder, 'missing.json'), logger);

    expect(database.accepts('ana', 'a')).toBe(false);
    expect(logger.complaints).toHaveLength(1);
  });

  it('never shows a password in the log', () => {
    for (const content of ['"hunter2"}', 'hunter2}]}']) {
      write(`{"users": [{"username": "ana", "password": ${content}`);
      new UserDatabase(file, logger).accepts('ana', 'hunter2');
    }

    expect(JSON.stringify(logger.lines)).not.toContain('hunter2');
  });
});
