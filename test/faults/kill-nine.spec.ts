import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../fakes/work-ports.js';
import type { StandaloneServer } from '../servers/standalone.js';
import { startStandalone } from '../servers/standalone.js';

const authorization = [
  'id = im; type = InfrastructureManager; username = chaos; password = chaos',
  'id = dummy; type = Dummy',
].join('\\n');

/** Machines that need no configuration, so that every infrastructure ends configured within a second. */
const radl = `
network net (outbound = 'yes')
system node (cpu.count >= 1 and net_interface.0.connection = 'net' and disk.0.os.name = 'linux')
contextualize ()
deploy node 3
`;

const kills = 20;
/** Kills happen within this time after a request: the whole life of an infrastructure of this cloud. */
const killWithinMs = 600;
const endLimitMs = 60_000;

let server: StandaloneServer;
beforeAll(async () => {
  server = await startStandalone();
});
afterAll(async () => {
  await server.stop();
});

async function call(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'text/plain' }) },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, text: await response.text() };
}

/** Repeats a question until its answer is as wanted; questions asked while the service is down are asked again. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const limit = Date.now() + endLimitMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) {
      return answer;
    }
    if (Date.now() > limit) {
      throw new Error(`Still ${JSON.stringify(answer)}. Log:\n${server.logs().slice(-4_000)}`);
    }
    await pause(50);
  }
}

async function stateOf(id: string): Promise<string> {
  const { text } = await call('GET', `/infrastructures/${id}/state`);
  return text.includes('"state"') ? (JSON.parse(text) as { state: { state: string } }).state.state : text;
}

async function vmsOf(id: string): Promise<string[]> {
  const { text } = await call('GET', `/infrastructures/${id}`);
  return text.split('\n').filter((line) => line.trim() !== '');
}

async function providerIdOf(vmUrl: string): Promise<string> {
  const { text } = await call('GET', `${new URL(vmUrl).pathname}/instance_id`);
  return text;
}

async function list(): Promise<string[]> {
  const { text } = await call('GET', '/infrastructures');
  return text.split('\n').filter((line) => line.trim() !== '');
}

async function killAndRestart(afterMs: number): Promise<void> {
  await pause(afterMs);
  await server.kill9();
  await server.restart();
}

// Skipped until the service has its API: nothing of this was run yet.
describe.skip('kill -9 at any moment', () => {
  it('of a creation or a destroy leaves neither a lost nor a doubled machine', async () => {
    const random = new SeededRandom(20_261_124);
    for (let kill = 0; kill < kills / 2; kill++) {
      const created = await call('POST', '/infrastructures?async=yes', radl);
      expect(created.status).toBe(200);
      const id = created.text.trim().split('/').at(-1) ?? '';
      await killAndRestart(random.next() * killWithinMs);
      await until(
        () => stateOf(id),
        (state) => state === 'configured',
      );
      const vms = await vmsOf(id);
      expect(vms).toHaveLength(3);
      expect(new Set(await Promise.all(vms.map(providerIdOf)))).toHaveProperty('size', 3);

      const destroyed = call('DELETE', `/infrastructures/${id}?async=yes`);
      await destroyed;
      await killAndRestart(random.next() * killWithinMs);
      await until(list, (infrastructures) => infrastructures.length === 0);
    }
  });

  it('of a synchronous request loses the answer, not the work', async () => {
    const lost = call('POST', '/infrastructures', radl).catch(() => null);
    await killAndRestart(50);
    await lost;
    const [url] = await until(list, (infrastructures) => infrastructures.length <= 1);
    if (url !== undefined) {
      const id = url.split('/').at(-1) ?? '';
      await until(
        () => stateOf(id),
        (state) => state === 'configured',
      );
      expect((await call('DELETE', `/infrastructures/${id}`)).status).toBe(200);
    }
    expect(await list()).toEqual([]);
  });
});
