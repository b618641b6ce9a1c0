import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCloud, fakeMachines } from '../servers/fake-cloud.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { freePort, startStandalone } from '../servers/standalone.js';

const root = resolve(import.meta.dirname, '../..');
/** A stop must take less (design: architecture.md 8). */
const stopLimitMs = 10_000;

let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'im-stop-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

/** Stops a service as a supervisor does. @returns its exit code */
async function stopped(service: StandaloneServer): Promise<number | null> {
  const started = performance.now();
  const code = await service.stop();
  expect(performance.now() - started).toBeLessThan(stopLimitMs);
  return code;
}

describe('a service that is asked to stop', () => {
  it.each([
    ['idle', null],
    ['waiting for the size of a host', /GET .*\/info/u],
    ['making a network', /POST .*\/networks\/create/u],
    ['making a container', /POST .*\/containers\/create/u],
    ['starting a container', /POST .*\/start/u],
  ])(
    'while it is %s ends well in time, and what was under way is finished after the next start',
    async (_what, which) => {
      const port = await freePort();
      const first = await startStandalone({ dataDir, port });
      const cloud = await FakeCloud.open(first);
      const fault = which === null ? null : cloud.server.fail(which, { hold: true });
      const id = await cloud.client.create(fakeMachines(3), '?async=yes');
      await fault?.reached;

      expect(await stopped(first)).toBe(0);
      fault?.end();
      const second = await startStandalone({ dataDir, port });

      await cloud.client.untilState(id, ['configured']);
      expect(await cloud.client.vms(id)).toEqual(['0', '1', '2']);
      expect(cloud.engine.containers.size).toBe(3);
      await cloud.close();
      expect(await stopped(second)).toBe(0);
    },
  );

  it('while it destroys goes on with it after the next start', async () => {
    const port = await freePort();
    const first = await startStandalone({ dataDir, port });
    const cloud = await FakeCloud.open(first);
    const id = await cloud.client.create(fakeMachines(3));
    const fault = cloud.server.fail(/DELETE .*\/containers/u, { hold: true });
    await cloud.client.destroy(id, '?async=yes');
    await fault.reached;

    expect(await stopped(first)).toBe(0);
    fault.end();
    const second = await startStandalone({ dataDir, port });

    await cloud.client.untilState(id, [
      'Error Getting Inf. prop: Invalid infrastructure ID or access not granted.',
    ]);
    expect(await cloud.client.ids()).toEqual([]);
    await cloud.close();
    await second.stop();
  });

  it('while a client waits lets it go, with the infrastructure in its list after the next start', async () => {
    const port = await freePort();
    const first = await startStandalone({ dataDir, port });
    const cloud = await FakeCloud.open(first);
    const fault = cloud.server.fail(/\/containers\/create/u, { hold: true });
    const waiting = cloud.client.request('POST', '/infrastructures', { body: fakeMachines(1) });
    await fault.reached;

    expect(await stopped(first)).toBe(0);
    fault.end();
    const answer = await waiting;
    const second = await startStandalone({ dataDir, port });

    expect(answer.status).toBe(503);
    const [id = ''] = await cloud.client.ids();
    await cloud.client.untilState(id, ['configured']);
    await cloud.close();
    await second.stop();
  });
});

describe('a service that cannot start', () => {
  /** Runs `npm start` to its end. */
  async function start(env: Record<string, string>): Promise<{ code: number | null; error: string }> {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: root,
      env: { PATH, HOME, IM_DATA_DIR: dataDir, IM_REST_PORT: String(await freePort()), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => {
      error += chunk.toString();
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), 60_000);
    await once(child, 'close');
    clearTimeout(limit);
    return { code: child.exitCode, error };
  }

  it.each([
    [{ IM_MAX_VM_FAILS: 'three' }, /^MAX_VM_FAILS .*IM_MAX_VM_FAILS.*three.*\n$/u],
    [{ IM_REST_PORT: '99999' }, /^REST_PORT .*99999.*\n$/u],
    [{ IM_LOG_LEVEL: 'LOUD' }, /^LOG_LEVEL .*LOUD.*\n$/u],
    [{ IM_DATA_DB: 'oracle://somewhere' }, /^DATA_DB .*IM_DATA_DB.*mysql:.*\n$/u],
    [{ IM_DATA_DIR: '/proc/nowhere' }, /^The data folder \/proc\/nowhere cannot be used .*\n$/u],
    [{ IM_ENCRYPTION_KEY: 'short' }, /^.*ENCRYPTION_KEY.*\n$/u],
  ])('because of %o says so in one sentence', async (env, sentence) => {
    const { code, error } = await start(env);

    expect(error).toMatch(sentence);
    expect(code).toBe(1);
  });

  it('because another one has its data says which, and leaves that one alone', async () => {
    const running = await startStandalone({ dataDir });

    const { code, error } = await start({});

    expect(error).toMatch(
      new RegExp(
        `^Another process \\(${running.pid}\\) serves the data of .*: stop it, or set IM_DATA_DIR to another folder\\.\\n$`,
        'u',
      ),
    );
    expect(code).toBe(1);
    expect((await fetch(`${running.url}/version`)).status).toBe(200);
    expect(await running.stop()).toBe(0);
  });

  it('because another one has its port says so', async () => {
    const other = mkdtempSync(join(tmpdir(), 'im-port-'));
    const running = await startStandalone({ dataDir: other });

    const { code, error } = await start({ IM_REST_PORT: new URL(running.url).port });

    expect(error).toMatch(
      /^Another process listens on 127\.0\.0\.1:\d+ already: stop it, or choose another port with IM_REST_PORT\.\n$/u,
    );
    expect(code).toBe(1);
    await running.stop();
    rmSync(other, { recursive: true });
  });

  it('because its database file is none says so with code 2', async () => {
    const { code, error } = await start({ IM_DATA_DB: `sqlite://${resolve(root, 'package.json')}` });

    expect(error).toMatch(/^Error connecting with the DB!!\. .*package\.json.*\n$/u);
    expect(code).toBe(2);
  });
});
