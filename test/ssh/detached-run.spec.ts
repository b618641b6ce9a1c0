import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DetachedProgress, SshConnection } from '@im/ssh';
import { killDetached, pollDetached, SshPool, startDetached } from '@im/ssh';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/until.js';
import { sshErrorOf } from './errors.js';
import type { Sshd } from './sshd.js';
import { sessionsOf, sshdProgram, startSshd } from './sshd.js';

describe.skipIf(sshdProgram === undefined)('a command that goes on without us (needs openssh-server)', () => {
  let sshd: Sshd;
  let pool = newPool();
  let runs = 0;
  let directory = '';

  beforeAll(async () => {
    sshd = await startSshd();
  });

  afterEach(async () => {
    await on((connection) => killDetached(connection, directory));
  });

  afterAll(async () => {
    await pool.close();
    await sshd?.stop();
  });

  function on<T>(work: (connection: SshConnection) => Promise<T>): Promise<T> {
    return pool.use(sshd.target, work);
  }

  function newDirectory(): string {
    directory = join(sshd.folder, 'runs', `run-${runs++}`);
    return directory;
  }

  const start = (command: string, where = newDirectory()) =>
    on((connection) => startDetached(connection, { directory: where, command }));

  const poll = (offset = 0, maxBytes = 65_536, waitMs = 0): Promise<DetachedProgress> =>
    on((connection) => pollDetached(connection, directory, offset, maxBytes, waitMs));

  const untilState = (state: DetachedProgress['state']): Promise<DetachedProgress> =>
    until(
      () => poll(),
      (progress) => progress.state === state,
    );

  it('gives its output and exit code', async () => {
    expect(await start("echo \"it's\" $((1+1)) 'words'; echo err >&2; exit 5")).toBe('started');

    const progress = await untilState('finished');
    expect(progress.exitCode).toBe(5);
    expect(progress.output.toString()).toBe("it's 2 words\nerr\n");
    expect(progress.nextOffset).toBe(progress.output.length);
  });

  it('runs once however often it is started, at once or later', async () => {
    const where = newDirectory();
    const command = `echo ran >> ${where}/../count; sleep 0.2`;
    const answers = await Promise.all([1, 2, 3, 4].map(() => start(command, where)));
    answers.push(await start(command, where));
    await untilState('finished');
    answers.push(await start(command, where));

    expect(answers.toSorted()).toEqual([
      'attached',
      'attached',
      'attached',
      'attached',
      'attached',
      'started',
    ]);
    expect(readFileSync(join(where, '../count'), 'utf8')).toBe('ran\n');
  });

  it('is read from where one stopped, in portions', async () => {
    await start("printf 'abcdefghij'; sleep 0.2; printf 'klm'");
    await untilState('finished');

    const first = await poll(0, 4);
    const second = await poll(first.nextOffset, 4);
    const third = await poll(second.nextOffset, 100);
    expect([first, second, third].map(({ output }) => output.toString())).toEqual(['abcd', 'efgh', 'ijklm']);
    expect(await poll(third.nextOffset)).toMatchObject({ state: 'finished', nextOffset: 13 });
  });

  it('passes on bytes that are no text', async () => {
    await start("printf '\\377\\000\\n\\303'");
    await untilState('finished');

    expect((await poll()).output).toEqual(Buffer.from([0xff, 0, 10, 0xc3]));
  });

  it('lets a look wait for news', async () => {
    const where = newDirectory();
    await start(`until [ -f ${where}/go ]; do sleep 0.05; done; echo news; sleep 20`, where);
    await until(
      () => poll(),
      ({ state }) => state === 'running',
    );
    const look = poll(0, 100, 15_000);
    await on((connection) => connection.exec(`touch ${where}/go`));

    expect(await look).toMatchObject({ state: 'running', exitCode: null, output: Buffer.from('news\n') });
  });

  it('goes on when the connection that started it is gone', async () => {
    const where = newDirectory();
    await start(`echo first; until [ -f ${where}/go ]; do sleep 0.05; done; echo second`, where);
    for (const session of await sessionsOf(sshd)) {
      process.kill(session, 'SIGKILL');
    }
    await pool.close();
    pool = newPool();
    await on((connection) => connection.exec(`touch ${where}/go`));

    expect((await untilState('finished')).output.toString()).toBe('first\nsecond\n');
  });

  it('has no terminal, no input, and its own session', async () => {
    await start('cat; [ -t 0 ] || echo no terminal; ps -o sid=,pid= -p $PPID');
    const { output } = await untilState('finished');
    const [terminal, session = ''] = output.toString().trim().split('\n');
    const [sid, pid] = session.trim().split(/\s+/);

    expect(terminal).toBe('no terminal');
    expect(sid).toBe(pid);
  });

  it('is absent before it was started', async () => {
    newDirectory();

    expect(await poll()).toEqual({ state: 'absent', exitCode: null, output: Buffer.alloc(0), nextOffset: 0 });
  });

  it('is killed with everything that it started', async () => {
    const where = newDirectory();
    await start(`sleep 20 & echo $! > ${where}/child; wait`, where);
    await until(
      async () => existsSync(join(where, 'child')) && readFileSync(join(where, 'child'), 'utf8'),
      (pid) => pid !== false && pid !== '',
    );
    const child = Number(readFileSync(join(where, 'child'), 'utf8'));
    await on((connection) => killDetached(connection, where));

    expect(await poll()).toMatchObject({ state: 'finished', exitCode: 143 });
    expect(isAlive(child)).toBe(false);
  });

  it('is killed at once after its start too', async () => {
    const where = newDirectory();
    await start('sleep 20', where);
    await on((connection) => killDetached(connection, where));

    expect(await poll()).toMatchObject({ state: 'finished', exitCode: 143 });
    expect(groupOf(readFileSync(join(where, 'pid'), 'utf8').split(' ')[0] ?? '')).toEqual([]);
  });

  it('is killed although its number becomes known only a moment later', async () => {
    const where = newDirectory();
    mkdirSync(join(where, 'claim'), { recursive: true });
    const frame = spawn('sh', ['-c', 'exec sleep 20'], { detached: true, stdio: 'ignore' });
    const ended = new Promise((resolve) => frame.once('exit', (_code, signal) => resolve(signal)));
    const kill = on((connection) => killDetached(connection, where));
    await until(
      async () => execFileSync('ps', ['-eo', 'args']).toString(),
      (list) => list.includes(`cd ${where}`),
    );
    const ticks = readFileSync(`/proc/${frame.pid}/stat`, 'utf8').split(' ')[21] ?? '';
    writeFileSync(join(where, 'pid'), `${frame.pid} ${ticks}\n`);
    await kill;

    expect(await ended).toBe('SIGTERM');
    expect(await poll()).toMatchObject({ state: 'finished', exitCode: 143 });
  });

  it('may clean up when it is killed', async () => {
    const where = newDirectory();
    await start(
      `trap 'echo cleaned; exit 3' TERM; touch ${where}/ready; while :; do sleep 0.05; done`,
      where,
    );
    await until(
      async () => existsSync(join(where, 'ready')),
      (ready) => ready,
    );
    await on((connection) => killDetached(connection, where));

    expect((await poll()).output.toString()).toContain('cleaned');
  });

  it('is not started any more when it was killed before', async () => {
    const where = newDirectory();
    mkdirSync(where, { recursive: true });
    await on((connection) => killDetached(connection, where));

    expect(await start(`touch ${where}/ran`, where)).toBe('attached');
    expect(await poll()).toMatchObject({ state: 'finished', exitCode: 143 });
    expect(existsSync(join(where, 'ran'))).toBe(false);
  });

  it('leaves its result alone when it is killed after its end', async () => {
    await start('exit 0');
    await untilState('finished');
    await on((connection) => killDetached(connection, directory));

    expect(await poll()).toMatchObject({ state: 'finished', exitCode: 0 });
  });

  it('is lost when its process is gone without a result, and what it printed is still there', async () => {
    const where = newDirectory();
    await start('echo before; sleep 20', where);
    await until(
      () => poll(),
      ({ output }) => output.length > 0,
    );
    const [pid = 0] = readFileSync(join(where, 'pid'), 'utf8').split(' ').map(Number);
    process.kill(-pid, 'SIGKILL');

    const progress = await untilState('lost');
    expect(progress).toMatchObject({ exitCode: null, output: Buffer.from('before\n') });
    expect(await start('echo again', where)).toBe('attached');
  });

  it('is lost when another process has its number, after a reboot for instance', async () => {
    const where = newDirectory();
    await start('exit 0', where);
    await untilState('finished');
    await on((connection) =>
      connection.exec(`cd ${where} && rm exit && echo "$$ 12345" > pid && touch -d '1 hour ago' claim`),
    );

    expect((await poll()).state).toBe('lost');
  });

  it('may be started a second time when its text did not arrive whole', async () => {
    const where = newDirectory();
    const command = `touch ${where}/ran-once; touch ${where}/ran-whole`;
    const cut = on((connection) =>
      startDetached(
        {
          ...connection,
          exec: (text, options) =>
            connection.exec(text, { ...options, input: command.slice(0, command.indexOf(';') + 8) }),
          writeFiles: (files) => connection.writeFiles(files),
        },
        { directory: where, command },
      ),
    );
    expect((await sshErrorOf(cut)).retryable).toBe(true);
    expect(await poll()).toMatchObject({ state: 'absent' });

    expect(await start(command, where)).toBe('started');
    await untilState('finished');
    expect(existsSync(join(where, 'ran-whole'))).toBe(true);
  });

  it.each(['relative/path', '/tmp/$(reboot)', "/tmp/it's", '/tmp/../etc', '/tmp/a b', '/tmp/a;b'])(
    'has no folder named %s',
    async (path) => {
      const connection: SshConnection = {
        hostKey: '',
        exec: () => Promise.reject(new Error('A command was sent.')),
        writeFiles: () => Promise.reject(new Error('Files were sent.')),
      };

      await expect(startDetached(connection, { directory: path, command: 'true' })).rejects.toThrow(
        'not allowed',
      );
      await expect(pollDetached(connection, path, 0, 10, 0)).rejects.toThrow('not allowed');
      await expect(killDetached(connection, path)).rejects.toThrow('not allowed');
    },
  );

  it('cannot be started where no folder can be made', async () => {
    const error = await sshErrorOf(start('true', '/proc/no-folder/run'));

    expect(error.message).toContain('could not be started');
    directory = join(sshd.folder, 'runs');
  });
});

function newPool(): SshPool {
  return new SshPool({ connectTimeoutMs: 10_000, idleMs: 60_000, maxConnections: 10 });
}

/** Processes of a group. */
function groupOf(group: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pgid=,args=']).toString().split('\n');
  return lines.filter((line) => line.trim().split(' ')[0] === group);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
