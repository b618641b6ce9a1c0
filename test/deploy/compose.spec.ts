import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseDatabaseUrl } from '@im/persistence';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { until } from '../servers/until.js';

const root = resolve(import.meta.dirname, '../..');
const redisIsInstalled = spawnSync('redis-server', ['--version']).status === 0;
let folder = '';
let secrets = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'im-compose-'));
  secrets = join(folder, 'secrets');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function makeSecrets(): void {
  const made = spawnSync('sh', [join(root, 'deploy/compose/make-secrets.sh'), secrets], { encoding: 'utf8' });
  expect(made.stderr).toBe('');
  expect(made.status).toBe(0);
}

function secret(name: string): string {
  return readFileSync(join(secrets, name), 'utf8').trim();
}

/** All files of secrets with their contents. */
function contents(): Record<string, string> {
  return Object.fromEntries(readdirSync(secrets).map((name) => [name, secret(name)]));
}

/** Answers of a Redis to commands, one line each. */
async function askRedis(port: number, ...commands: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.end(`${[...commands, 'QUIT'].join('\r\n')}\r\n`);
  await once(socket, 'close');
  return answer;
}

describe('the secrets of docker-compose.yml', () => {
  it('are all made, and kept when they are there', () => {
    makeSecrets();
    const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    const wanted = [...compose.matchAll(/IM_SECRETS:-\.\/secrets\}\/(\w+)/gu)].map(([, name]) => name);
    const made = contents();
    expect(Object.keys(made).sort()).toEqual([...wanted].sort());
    makeSecrets();
    expect(contents()).toEqual(made);
  });

  it('are closed to other users of the host, and readable in containers', () => {
    makeSecrets();
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    const modes = readdirSync(secrets).map((name) => statSync(join(secrets, name)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o644]));
  });

  it('fit together', () => {
    makeSecrets();
    expect(parseDatabaseUrl(secret('data_db'))).toMatchObject({
      kind: 'mysql',
      host: 'mysql',
      database: 'im',
      logins: [{ username: 'im', password: secret('mysql_password') }],
    });
    expect(secret('encryption_key').length).toBeGreaterThanOrEqual(32);
    expect(new Set(Object.values(contents())).size).toBe(Object.keys(contents()).length);
  });

  it.skipIf(!redisIsInstalled)(
    'let only who knows the password into Redis, which throws nothing away',
    async () => {
      makeSecrets();
      const settings = readFileSync(join(root, 'deploy/compose/redis.conf'), 'utf8');
      const file = join(folder, 'redis.conf');
      writeFileSync(file, settings.replace('/run/secrets', secrets));
      const port = await freePort();
      const redis = spawn('redis-server', [
        file,
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
      ]);
      try {
        const password = new URL(secret('redis_url')).password;
        await until(
          () => askRedis(port, 'PING').catch(() => ''),
          (answer) => answer.includes('NOAUTH'),
        );
        const answers = await askRedis(port, `AUTH ${password}`, 'PING', 'CONFIG GET maxmemory-policy');
        expect(answers).toContain('PONG');
        expect(answers).toContain('noeviction');
      } finally {
        const ended = once(redis, 'exit');
        redis.kill('SIGTERM');
        await ended;
      }
    },
  );
});
