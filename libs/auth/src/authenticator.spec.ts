import type { AuthItem } from '@im/domain';
import { ImError } from '@im/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { Authenticator } from './authenticator.js';
import { checkBootMode } from './boot-mode.js';
import { LoginLimiter } from './login-limiter.js';

let now: number;
beforeEach(() => {
  now = 1000;
});

const clock = (): number => now;
const good = 'type = InfrastructureManager; username = ana; password = a\\nid = d; type = Dummy';
const bad = 'type = InfrastructureManager';

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof ImError ? error.code : String(error);
  }
  return 'fine';
}

describe('the limiter of failed logins', () => {
  it('refuses an address after so many failures, until the window has passed', async () => {
    const limiter = new LoginLimiter(3, 60_000, clock);
    for (let n = 0; n < 3; n++) {
      limiter.check('10.0.0.1');
      limiter.failed('10.0.0.1');
    }
    now += 20_000;

    expect(() => limiter.check('10.0.0.1')).toThrow(
      'Too many failed logins from this address: try again in 40 seconds.',
    );
    expect(await codeOf(() => limiter.check('10.0.0.1'))).toBe('TooManyRequests');
    now += 40_000;
    expect(await codeOf(() => limiter.check('10.0.0.1'))).toBe('fine');
  });

  it('counts each address by itself, and anew in each window', async () => {
    const limiter = new LoginLimiter(2, 60_000, clock);
    limiter.failed('a');
    limiter.failed('b');
    now += 60_000;
    limiter.failed('a');

    expect(await codeOf(() => limiter.check('a'))).toBe('fine');
    limiter.failed('a');
    expect([await codeOf(() => limiter.check('a')), await codeOf(() => limiter.check('b'))]).toEqual([
      'TooManyRequests',
      'fine',
    ]);
  });

  it('never refuses when the limit is 0', async () => {
    const limiter = new LoginLimiter(0, 60_000, clock);
    for (let n = 0; n < 100; n++) {
      limiter.failed('a');
    }

    expect(await codeOf(() => limiter.check('a'))).toBe('fine');
  });
});

describe('the authenticator', () => {
  let asked: (readonly AuthItem[])[];
  const authenticator = (limit = 2): Authenticator =>
    new Authenticator(
      { forceOidc: false, users: null, admins: [{ username: 'ana', password: 'a' }] },
      (items) => {
        asked.push(items);
        return items
          .filter((item) => item['type'] === 'Dummy')
          .map((credentials) => ({
            cloud: { id: 'd', type: 'Dummy', server: '', port: -1, protocol: '', path: '', extra: {} },
            credentials,
          }));
      },
      new LoginLimiter(limit, 60_000, clock),
    );
  beforeEach(() => {
    asked = [];
  });

  it('tells who asks and with which clouds', async () => {
    const requester = await authenticator().authenticate(good, '10.0.0.1');

    expect(requester.identities).toEqual([{ username: 'ana', password: 'a', admin: true }]);
    expect(requester.clouds.map((access) => access.cloud.id)).toEqual(['d']);
    expect(requester.items).toHaveLength(2);
  });

  it('does the work once for the same header', async () => {
    const one = authenticator();
    const requester = await one.authenticate(good, '10.0.0.1');

    expect(await one.authenticate(good, '10.0.0.2')).toBe(requester);
    expect(await one.authenticate(`${good} `, '10.0.0.1')).not.toBe(requester);
    expect(asked).toHaveLength(2);
  });

  it('remembers headers up to some megabytes', async () => {
    const one = authenticator();
    const requester = await one.authenticate(good, '10.0.0.1');
    for (let n = 0; n < 100; n++) {
      await one.authenticate(
        `Basic ${Buffer.from(`bob:${n}${'x'.repeat(75_000)}`).toString('base64')}`,
        '10.0.0.1',
      );
    }

    expect(await one.authenticate(good, '10.0.0.1')).not.toBe(requester);
  });

  it('refuses an address with too many failures, but not those who are logged in from there', async () => {
    const one = authenticator();
    await one.authenticate(good, '10.0.0.1');

    expect(await codeOf(() => one.authenticate(bad, '10.0.0.1'))).toBe('InvalidCredentials');
    expect(await codeOf(() => one.authenticate('', '10.0.0.1'))).toBe('InvalidCredentials');
    expect(await codeOf(() => one.authenticate(bad, '10.0.0.1'))).toBe('TooManyRequests');
    expect(await codeOf(() => one.authenticate('Basic YTpi', '10.0.0.1'))).toBe('TooManyRequests');
    expect(await codeOf(() => one.authenticate(good, '10.0.0.1'))).toBe('fine');
    expect(await codeOf(() => one.authenticate(bad, '10.0.0.2'))).toBe('InvalidCredentials');
  });
});

describe('guesses that come at the same time', () => {
  it('count one by one', async () => {
    const one = new Authenticator(
      { forceOidc: false, users: null, admins: [] },
      () => [],
      new LoginLimiter(2, 60_000, clock),
    );
    const codes = await Promise.all(
      Array.from({ length: 4 }, () => codeOf(() => one.authenticate(bad, '10.0.0.1'))),
    );

    expect(codes).toEqual(['InvalidCredentials', 'InvalidCredentials', 'TooManyRequests', 'TooManyRequests']);
  });
});

describe('BOOT_MODE', () => {
  it.each([
    [0, ['fine', 'fine', 'fine']],
    [1, ['fine', 'FunctionDisabled', 'FunctionDisabled']],
    [2, ['fine', 'fine', 'FunctionDisabled']],
  ])('%d allows what it says of read, delete and write', async (mode, outcomes) => {
    const effects = ['read', 'delete', 'write'] as const;

    expect(await Promise.all(effects.map((effect) => codeOf(() => checkBootMode(mode, effect))))).toEqual(
      outcomes,
    );
    expect(() => checkBootMode(1, 'write')).toThrow('Function currently disabled.');
  });
});
