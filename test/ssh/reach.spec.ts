import type { Socket } from 'node:net';
import { join } from 'node:path';
import { ProviderAddressGuard } from '@im/connectors';
import type { SshTarget } from '@im/ssh';
import { generateKeyPair, SshPool } from '@im/ssh';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../machines/run.js';
import { freePort } from '../servers/free-port.js';
import { startTcpProxy } from '../servers/tcp-proxy.js';
import { until } from '../servers/until.js';
import { sshErrorOf } from './errors.js';
import { PlainServer, startDeafPort } from './plain-server.js';
import type { Sshd } from './sshd.js';
import { sessionsOf, sshdProgram, startSshd } from './sshd.js';

describe('a machine that does not answer as it should', () => {
  const pool = new SshPool({ connectTimeoutMs: 400, idleMs: 60_000, maxConnections: 10 });
  const servers: PlainServer[] = [];

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  afterAll(() => pool.close());

  const callOn = (target: Omit<SshTarget, 'host' | 'username'>, host = '127.0.0.1') =>
    sshErrorOf(pool.use({ host, username: 'ana', ...target }, (connection) => connection.exec('true')));

  async function server(behaviour: (socket: Socket) => void): Promise<PlainServer> {
    const plain = await PlainServer.listen(behaviour);
    servers.push(plain);
    return plain;
  }

  it('is refused when the port is closed', async () => {
    const port = await freePort();
    const error = await callOn({ port });

    expect(error.code).toBe('Refused');
    expect(error.message).toBe(`ana@127.0.0.1:${port} refused the connection.`);
  });

  it('runs out of time when it takes the connection and stays silent', async () => {
    const silent = await server(() => undefined);
    const error = await callOn({ port: silent.port, password: 'a-secret-word' });

    expect(error.code).toBe('Timeout');
    expect(error.retryable).toBe(true);
    expect(error.message).not.toContain('a-secret-word');
    await silent.untilAllClosed();
  });

  it('is lost when it hangs up, or speaks something else', async () => {
    const hangsUp = await server((socket) => socket.end());
    const speaksHttp = await server((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));

    expect((await callOn({ port: hangsUp.port })).code).toBe('ConnectionLost');
    expect((await callOn({ port: speaksHttp.port })).retryable).toBe(true);
  });

  it('cannot be reached when its name leads nowhere', async () => {
    const error = await callOn({ port: 22 }, 'no-such-machine.invalid');

    expect(error.code).toBe('Unreachable');
    expect(error.retryable).toBe(true);
  });

  it('is not called with a key that cannot be read', async () => {
    const waiting = await server(() => undefined);

    const error = await callOn({ port: waiting.port, privateKey: 'no key at all' });
    expect(error.code).toBe('InvalidKey');
    expect(error.message).toBe('Invalid private key');
    expect(error.retryable).toBe(false);
    await waiting.untilAllClosed();
  });

  it('is asked again by the next call', async () => {
    let calls = 0;
    const hangsUp = await server((socket) => {
      calls++;
      socket.end();
    });
    await callOn({ port: hangsUp.port });
    await callOn({ port: hangsUp.port });

    expect(calls).toBe(2);
  });
});

describe('the guard of addresses', () => {
  const guard = new ProviderAddressGuard({ allowLocal: false });
  const pool = new SshPool({ connectTimeoutMs: 5000, idleMs: 60_000, maxConnections: 10, guard });

  afterAll(() => pool.close());

  it.each([
    '127.0.0.1',
    'localhost',
    '::1',
    '0.0.0.0',
    '169.254.169.254',
    '127.1',
    '[::1]',
    '::ffff:127.0.0.1',
  ])('refuses %s', async (host) => {
    const connections: Socket[] = [];
    const plain = await PlainServer.listen((socket) => connections.push(socket));
    const target = { host, port: plain.port, username: 'ana' };
    const error = await sshErrorOf(pool.use(target, (connection) => connection.exec('true')));
    await plain.close();

    expect(error.code).toBe('NotAllowed');
    expect(error.retryable).toBe(false);
    expect(error.message).toContain('may not be connected to');
    expect(connections).toEqual([]);
  });

  it('refuses a jump on the host of the service', async () => {
    const target = { host: '10.0.0.1', port: 22, username: 'ana' };
    const jumps = [{ host: 'localhost', port: 22, username: 'ana' }];

    const error = await sshErrorOf(pool.use({ ...target, jumps }, (connection) => connection.exec('true')));
    expect(error.code).toBe('NotAllowed');
  });
});

describe.skipIf(sshdProgram === undefined)('machines behind others (needs openssh-server)', () => {
  let sshd: Sshd;
  const pools: SshPool[] = [];

  beforeAll(async () => {
    sshd = await startSshd();
  });

  afterEach(async () => {
    await closePools();
    await until(
      () => sessionsOf(sshd),
      (sessions) => sessions.length === 0,
    );
  });

  afterAll(() => sshd?.stop());

  function newPool(connectTimeoutMs = 10_000): SshPool {
    const pool = new SshPool({ connectTimeoutMs, idleMs: 60_000, maxConnections: 10 });
    pools.push(pool);
    return pool;
  }

  async function closePools(): Promise<void> {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  }

  function use(target: SshTarget, connectTimeoutMs?: number) {
    return newPool(connectTimeoutMs).use(target, async (connection) =>
      (await connection.exec('echo hello')).stdout.toString(),
    );
  }

  it('are reached through one jump', async () => {
    const logins = sshd.logins();

    expect(await use({ ...sshd.target, jumps: [sshd.target] })).toBe('hello\n');
    // The server writes its log a moment after it lets one in.
    await until(
      () => Promise.resolve(sshd.logins() - logins),
      (found) => found === 2,
    );
  });

  it('are reached through several jumps, each from the one before', async () => {
    const first = await startTcpProxy('127.0.0.1', sshd.port);
    const jumps = [{ ...sshd.target, port: first.port }, sshd.target];
    const calls = newPool().use({ ...sshd.target, jumps }, async (connection) => {
      expect((await connection.exec('echo hello')).stdout.toString()).toBe('hello\n');
      const running = connection.exec('sleep 20');
      await connection.exec('true');
      await first.cut();
      await running;
    });

    expect((await sshErrorOf(calls)).code).toBe('ConnectionLost');
  });

  it('leave no connection to the jump behind, whether they are reached or not', async () => {
    await use({ ...sshd.target, jumps: [sshd.target] });
    await closePools();
    await until(
      () => sessionsOf(sshd),
      (sessions) => sessions.length === 0,
    );

    const port = await freePort();
    const error = await sshErrorOf(use({ ...sshd.target, port, jumps: [sshd.target] }));
    expect(error.code).toBe('Unreachable');
    expect(error.message).toBe(
      `${sshd.target.username}@127.0.0.1:${port} cannot be reached through its proxy.`,
    );
    await until(
      () => sessionsOf(sshd),
      (sessions) => sessions.length === 0,
    );
  });

  it('are known again by their host key, behind a jump too', async () => {
    const hostKey = /SHA256:\S+/.exec(
      await run('ssh-keygen', ['-lf', join(sshd.folder, 'host_key.pub')]),
    )?.[0];
    const seen = (target: SshTarget) => newPool().use(target, async (connection) => connection.hostKey);
    const known = { ...sshd.target, hostKey: hostKey ?? '' };

    expect(await seen(sshd.target)).toBe(hostKey);
    expect(await seen({ ...known, jumps: [known] })).toBe(hostKey);
    for (const changed of [
      { ...known, hostKey: 'SHA256:another' },
      { ...known, hostKey: 'SHA256:another', jumps: [known] },
      { ...known, jumps: [{ ...known, hostKey: 'SHA256:another' }] },
    ]) {
      const error = await sshErrorOf(seen(changed));
      expect(error.code).toBe('HostKeyChanged');
      expect(error.retryable).toBe(false);
    }
  });

  it('refuse a wrong key behind the jump, and one for the jump', async () => {
    const { privateKey } = await generateKeyPair();
    const stranger = { ...sshd.target, privateKey };

    const inner = await sshErrorOf(use({ ...stranger, jumps: [sshd.target] }));
    const outer = await sshErrorOf(use({ ...sshd.target, jumps: [stranger] }));
    expect([inner.code, outer.code]).toEqual(['AuthenticationFailed', 'AuthenticationFailed']);
  });

  it('run out of time when the jump waits for them in vain', async () => {
    const deaf = await startDeafPort();
    const error = await sshErrorOf(
      use({ host: '127.0.0.1', port: deaf.port, username: 'ana', jumps: [sshd.target] }, 1500),
    );
    await deaf.stop();

    expect(error.code).toBe('Timeout');
  });
});
