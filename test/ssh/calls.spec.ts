import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecOptions } from '@im/ssh';
import { SshPool } from '@im/ssh';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/until.js';
import { sshErrorOf } from './errors.js';
import type { Sshd } from './sshd.js';
import { sessionsOf, sshdProgram, startSshd } from './sshd.js';

describe.skipIf(sshdProgram === undefined)('calls on a machine (needs openssh-server)', () => {
  let sshd: Sshd;
  const pool = new SshPool({ connectTimeoutMs: 10_000, idleMs: 60_000, maxConnections: 10 });

  beforeAll(async () => {
    sshd = await startSshd();
  });

  afterAll(async () => {
    await pool.close();
    await sshd?.stop();
  });

  const exec = (command: string, options?: ExecOptions) =>
    pool.use(sshd.target, (connection) => connection.exec(command, options));

  it('give the exit code and both outputs apart', async () => {
    const result = await exec('echo out; echo err >&2; exit 7');

    expect(result).toEqual({ code: 7, stdout: Buffer.from('out\n'), stderr: 'err\n', truncated: false });
  });

  it('have no exit code when a signal ended the command', async () => {
    expect((await exec('kill -9 $$')).code).toBeNull();
  });

  it('pass the input on, byte by byte, and then end it', async () => {
    const input = Buffer.from(Array.from({ length: 300_000 }, (_unused, index) => index % 256));

    const { stdout } = await exec('cat', { input });

    expect(stdout.equals(input)).toBe(true);
    expect((await exec('cat')).stdout).toHaveLength(0);
  });

  it('end when the command takes no input at all', async () => {
    expect((await exec('exit 3', { input: Buffer.alloc(5_000_000) })).code).toBe(3);
  });

  it('keep as much output as was asked for and say that there was more', async () => {
    const { stdout, truncated, code } = await exec('head -c 3000000 /dev/zero', { maxOutputBytes: 1000 });

    expect({ length: stdout.length, truncated, code }).toEqual({ length: 1000, truncated: true, code: 0 });
    expect(await exec('head -c 1000 /dev/zero', { maxOutputBytes: 1000 })).toMatchObject({
      truncated: false,
    });
  });

  it('end with a clear error when the command takes too long', async () => {
    const error = await sshErrorOf(exec('sleep 20', { timeoutMs: 300 }));

    expect(error.code).toBe('Timeout');
    expect(error.retryable).toBe(true);
    expect(error.message).toMatch(/^A command on \w+@127\.0\.0\.1:\d+ did not end in time\.$/);
  });

  it('end when they are stopped, before and while they run', async () => {
    const controller = new AbortController();
    const running = sshErrorOf(exec('sleep 20', { signal: controller.signal }));
    await exec('true');
    controller.abort();

    expect((await running).message).toContain('was stopped');
    expect((await sshErrorOf(exec('sleep 20', { signal: controller.signal }))).message).toContain(
      'was stopped',
    );
  });

  it('do not take the end of the connection for the end of the command', async () => {
    const mark = join(sshd.folder, 'runs');
    const running = sshErrorOf(exec(`touch ${mark}; sleep 20`));
    await until(
      async () => existsSync(mark),
      (runs) => runs,
    );
    const [session] = await sessionsOf(sshd);
    process.kill(session ?? 0, 'SIGKILL');

    expect((await running).code).toBe('ConnectionLost');
    expect((await exec('echo again')).stdout.toString()).toBe('again\n');
  });

  it('write files with their folders and modes, whatever they hold', async () => {
    const long = `${'a long name '.repeat(12)}.txt`;
    const binary = Buffer.from([0, 255, 10, 13, 128]);
    await pool.use(sshd.target, (connection) =>
      connection.writeFiles([
        { path: join(sshd.folder, 'new/deep/secret'), data: 'ünïcode\n' },
        { path: join(sshd.folder, 'new/script.sh'), data: binary, mode: 0o755 },
        { path: join(sshd.folder, `new/${long}`), data: 'long' },
        { path: join(sshd.folder, 'new/ñ.yml'), data: '' },
        { path: join(sshd.folder, 'new/large'), data: Buffer.alloc(6_000_000, 'x') },
      ]),
    );

    expect(readFileSync(join(sshd.folder, 'new/deep/secret'), 'utf8')).toBe('ünïcode\n');
    expect(statSync(join(sshd.folder, 'new/deep/secret')).mode & 0o777).toBe(0o600);
    expect(statSync(join(sshd.folder, 'new/deep')).mode & 0o077).toBe(0);
    expect(readFileSync(join(sshd.folder, 'new/script.sh')).equals(binary)).toBe(true);
    expect(statSync(join(sshd.folder, 'new/script.sh')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(sshd.folder, `new/${long}`), 'utf8')).toBe('long');
    expect(existsSync(join(sshd.folder, 'new/ñ.yml'))).toBe(true);
    expect(statSync(join(sshd.folder, 'new/large')).size).toBe(6_000_000);
  });

  it('replace files that are there', async () => {
    const path = join(sshd.folder, 'twice');
    for (const data of ['a longer first text', 'second']) {
      await pool.use(sshd.target, (connection) => connection.writeFiles([{ path, data }]));
    }

    expect(readFileSync(path, 'utf8')).toBe('second');
  });

  it('tell when files cannot be written', async () => {
    writeFileSync(join(sshd.folder, 'file'), '');
    const error = await sshErrorOf(
      pool.use(sshd.target, (connection) =>
        connection.writeFiles([{ path: join(sshd.folder, 'file/below'), data: 'a secret' }]),
      ),
    );

    expect(error.code).toBe('TransferFailed');
    expect(error.message).not.toContain('a secret');
  });
});
