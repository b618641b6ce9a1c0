import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { SshPoolOptions } from '@im/ssh';
import { generateKeyPair, SshPool } from '@im/ssh';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/until.js';
import { sshErrorOf } from './errors.js';
import type { Sshd } from './sshd.js';
import { sessionsOf, sshdProgram, startSshd } from './sshd.js';

describe.skipIf(sshdProgram === undefined)('connections to machines (needs openssh-server)', () => {
  let sshd: Sshd;
  const pools: SshPool[] = [];
  let before = 0;
  let otherKey = '';

  beforeAll(async () => {
    sshd = await startSshd();
    otherKey = (await generateKeyPair()).privateKey;
  });

  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
    await until(
      () => sessionsOf(sshd),
      (sessions) => sessions.length === 0,
    );
  });

  afterAll(async () => {
    await sshd?.stop();
  });

  function poolWith(options: Partial<SshPoolOptions> = {}): SshPool {
    const pool = new SshPool({ connectTimeoutMs: 10_000, idleMs: 60_000, maxConnections: 10, ...options });
    pools.push(pool);
    before = sshd.logins();
    return pool;
  }

  /** Log-ins of this test; the server writes its log a moment after it lets one in. */
  const loginsToBe = (expected: number): Promise<number> =>
    until(
      () => Promise.resolve(sshd.logins() - before),
      (logins) => logins === expected,
    );

  const echo = (pool: SshPool, word: string, target = sshd.target): Promise<string> =>
    pool.use(target, async (connection) => (await connection.exec(`echo ${word}`)).stdout.toString().trim());

  it('are shared by all calls, many at once too', async () => {
    const pool = poolWith();
    const words = Array.from({ length: 30 }, (_unused, index) => `word-${index}`);

    expect(await Promise.all(words.map((word) => echo(pool, word)))).toEqual(words);
    expect(await echo(pool, 'later')).toBe('later');
    await loginsToBe(1);
  });

  it('open no more sessions than a server allows, also while it clears up behind those that ended', async () => {
    const pool = poolWith();
    for (let round = 0; round < 10; round++) {
      const calls = Array.from({ length: 60 }, () =>
        pool.use(sshd.target, (connection) => connection.exec('true')),
      );
      const ended = await Promise.allSettled(calls);

      expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
    }
    await loginsToBe(1);
  });

  it('are closed when nobody uses them for a while', async () => {
    const pool = poolWith({ idleMs: 100 });
    await echo(pool, 'first');

    await until(
      () => sessionsOf(sshd),
      (sessions) => sessions.length === 0,
    );
    expect(await echo(pool, 'second')).toBe('second');
    await loginsToBe(2);
  });

  it('stay open as long as a call runs', async () => {
    const pool = poolWith({ idleMs: 50 });
    const release = join(sshd.folder, 'release');
    const long = pool.use(sshd.target, (connection) =>
      connection.exec(`until [ -f ${release} ]; do sleep 0.05; done; echo end`),
    );
    await echo(pool, 'first');
    await pool.use({ ...sshd.target, host: 'localhost' }, (connection) =>
      connection.exec(`sleep 0.3; touch ${release}`),
    );

    expect((await long).stdout.toString()).toBe('end\n');
  });

  it('are replaced when they break', async () => {
    const pool = poolWith();
    await echo(pool, 'first');
    for (const session of await sessionsOf(sshd)) {
      process.kill(session, 'SIGKILL');
    }

    const answer = await until(
      () => echo(pool, 'second').catch(() => 'broken'),
      (word) => word !== 'broken',
    );
    expect(answer).toBe('second');
    await loginsToBe(2);
  });

  it('are given up after a command that does not end, but others who use them may finish', async () => {
    const pool = poolWith();
    const release = join(sshd.folder, 'go-on');
    const other = pool.use(sshd.target, (connection) =>
      connection.exec(`until [ -f ${release} ]; do sleep 0.05; done; echo end`),
    );
    const slow = pool.use(sshd.target, (connection) => connection.exec('sleep 20', { timeoutMs: 200 }));
    expect((await sshErrorOf(slow)).code).toBe('Timeout');

    await pool.use(sshd.target, (connection) => connection.exec(`touch ${release}`));
    await loginsToBe(2);
    expect((await other).stdout.toString()).toBe('end\n');
    await until(
      () => sessionsOf(sshd),
      (sessions) => sessions.length === 1,
    );
  });

  it('are not shared with those who have other credentials', async () => {
    const pool = poolWith();
    await echo(pool, 'first');

    const error = await sshErrorOf(echo(pool, 'second', { ...sshd.target, privateKey: otherKey }));
    expect(error.code).toBe('AuthenticationFailed');
    expect(error.retryable).toBe(false);
  });

  it('are limited in number: the one that nobody used for longest goes', async () => {
    const pool = poolWith({ maxConnections: 2 });
    for (const host of ['127.0.0.1', 'localhost', '127.1']) {
      await echo(pool, 'word', { ...sshd.target, host });
    }
    await until(
      () => sessionsOf(sshd),
      (sessions) => sessions.length === 2,
    );
    await echo(pool, 'word', { ...sshd.target, host: 'localhost' });

    await loginsToBe(3);
  });

  it('that the server refuses while others log in may be tried again', async () => {
    const pool = poolWith();
    const limited = await startSshd(['MaxStartups 1:100:1']);
    const waiting = await waitingConnection(limited.port);
    try {
      const error = await sshErrorOf(echo(pool, 'refused', limited.target));
      expect(error.retryable).toBe(true);
      waiting.destroy();

      const answer = await until(
        () => echo(pool, 'word', limited.target).catch(() => 'refused'),
        (word) => word !== 'refused',
      );
      expect(answer).toBe('word');
    } finally {
      waiting.destroy();
      await limited.stop();
    }
  });

  it('tell how each call ended and how long it took', async () => {
    const calls: [string, string, boolean][] = [];
    const pool = poolWith({ onCall: (call, outcome, seconds) => calls.push([call, outcome, seconds >= 0]) });
    await echo(pool, 'word');
    await sshErrorOf(echo(pool, 'word', { ...sshd.target, privateKey: otherKey }));

    expect(calls).toEqual([
      ['use', 'ok', true],
      ['use', 'AuthenticationFailed', true],
    ]);
  });

  it('pass on what the caller throws and stay open', async () => {
    const pool = poolWith();
    const thrown = pool.use(sshd.target, async () => {
      throw new RangeError('of the caller');
    });

    await expect(thrown).rejects.toThrow(RangeError);
    await echo(pool, 'word');
    await loginsToBe(1);
    expect(existsSync(sshd.folder)).toBe(true);
  });
});

/** A connection that never logs in. */
async function waitingConnection(port: number): Promise<Socket> {
  const { socket } = await until(
    () => greeting(port),
    ({ text }) => text.startsWith('SSH-'),
  );
  return socket;
}

function greeting(port: number): Promise<{ socket: Socket; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('data', (data) => resolve({ socket, text: data.toString() }));
    socket.once('error', reject);
  });
}
