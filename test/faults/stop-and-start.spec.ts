import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeCloud, fakeMachines } from '../servers/fake-cloud.js';
import { freePort } from '../servers/free-port.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';
import { until } from '../servers/until.js';

const root = resolve(import.meta.dirname, '../..');

/** Runs a test with a data folder of its own. */
async function inFolder<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'im-stop-'));
  try {
    return await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * Stops a service as a supervisor does. One that is not ready within SHUTDOWN_TIMEOUT, ten seconds, ends itself with code 1.
 * @returns its exit code
 */
function stopped(service: StandaloneServer): Promise<number | null> {
  return service.stop();
}

interface StopCase {
  cloud: FakeCloud;
  first: StandaloneServer;
  /** The service again, on the same data. */
  startAgain: () => Promise<void>;
}

/** Runs a test with a service that stops and starts, and a cloud that must be empty at the end. */
async function stoppedAndStarted(work: (stop: StopCase) => Promise<void>): Promise<void> {
  await inFolder(async (dataDir) => {
    const port = await freePort();
    const first = await startStandalone({ dataDir, port });
    const cloud = await FakeCloud.open(first);
    const running = [first];
    try {
      const startAgain = async (): Promise<void> => {
        running.push(await startStandalone({ dataDir, port }));
      };
      await work({ cloud, first, startAgain });
      await cloud.close();
    } finally {
      cloud.server.close();
      await Promise.all(running.map((service) => service.stop()));
    }
  });
}

describe('a service that is asked to stop', () => {
  beforeAll(async () => {
    // Brings the compiled code up to date, which must not be done several times at once.
    await (await startStandalone()).stop();
  });

  it.each([
    ['waiting for the size of a host', /GET .*\/info/u],
    ['making a network', /POST .*\/networks\/create/u],
    ['making a container', /POST .*\/containers\/create/u],
    ['starting a container', /POST .*\/start/u],
  ])(
    'while it is %s ends well in time, and what was under way is finished after the next start',
    async (_what, which) => {
      await stoppedAndStarted(async ({ cloud, first, startAgain }) => {
        const fault = cloud.server.fail(which, { hold: true });
        const id = await cloud.client.create(fakeMachines(3), '?async=yes');
        await fault.reached;

        expect(await stopped(first)).toBe(0);
        fault.end();
        await startAgain();

        await cloud.client.untilState(id, ['configured']);
        expect(await cloud.client.vms(id)).toEqual(['0', '1', '2']);
        expect(cloud.engine.containers.size).toBe(3);
      });
    },
  );

  it.each([
    ['destroys', (id: string) => `/infrastructures/${id}?async=yes`],
    ['removes machines', (id: string) => `/infrastructures/${id}/vms/0,1,2`],
  ])('while it %s goes on with it after the next start', async (_what, path) => {
    await stoppedAndStarted(async ({ cloud, first, startAgain }) => {
      const id = await cloud.client.create(fakeMachines(3));
      const fault = cloud.server.fail(/DELETE .*\/containers/u, { hold: true });
      const asked = cloud.client.request('DELETE', path(id));
      await fault.reached;

      expect(await stopped(first)).toBe(0);
      await asked;
      fault.end();
      await startAgain();

      await until(
        async () => cloud.engine.containers.size,
        (containers) => containers === 0,
      );
    });
  });

  it('while a client waits lets it go, with the infrastructure in its list after the next start', async () => {
    await stoppedAndStarted(async ({ cloud, first, startAgain }) => {
      const fault = cloud.server.fail(/\/containers\/create/u, { hold: true });
      const waiting = cloud.client.request('POST', '/infrastructures', { body: fakeMachines(1) });
      await fault.reached;

      expect(await stopped(first)).toBe(0);
      fault.end();
      const answer = await waiting;
      await startAgain();

      expect(answer.status).toBe(503);
      expect(answer.text).toBe(
        'Error Creating Inf.: The service stops. What was asked for is finished when it runs again.',
      );
      const [id = ''] = await cloud.client.ids();
      await cloud.client.untilState(id, ['configured']);
    });
  });
});

describe('a service that cannot start', () => {
  /** Runs `npm start` to its end. */
  async function start(
    dataDir: string,
    env: Record<string, string> = {},
  ): Promise<{ code: number | null; error: string }> {
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
    const { code, error } = await inFolder((dataDir) => start(dataDir, env));

    expect(error).toMatch(sentence);
    expect(code).toBe(1);
  });

  it('because another one has its data says which, and leaves that one alone', async () => {
    await inFolder(async (dataDir) => {
      const running = await startStandalone({ dataDir });

      const { code, error } = await start(dataDir);

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
  });

  it('because another one has its port says so', async () => {
    await inFolder(async (dataDir) => {
      const running = await startStandalone();

      const { code, error } = await start(dataDir, { IM_REST_PORT: new URL(running.url).port });

      expect(error).toMatch(
        /^Another process listens on 127\.0\.0\.1:\d+ already: stop it, or choose another port with IM_REST_PORT\.\n$/u,
      );
      expect(code).toBe(1);
      await running.stop();
    });
  });

  it('because its database file is none says so with code 2', async () => {
    await inFolder(async (dataDir) => {
      const file = join(dataDir, 'im.sqlite');
      writeFileSync(file, 'this is no database\n'.repeat(100));

      const { code, error } = await start(dataDir);

      expect(error).toMatch(/^Error connecting with the DB!!\. .*im\.sqlite.*\n$/u);
      expect(code).toBe(2);
    });
  });
});
