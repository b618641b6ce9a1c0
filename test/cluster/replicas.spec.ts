import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUser } from '../api/api-user.js';
import { machines, more } from '../api/documents.js';
import { leftBehind } from '../servers/leak-check.js';
import type { Cluster } from './cluster.js';
import { startCluster } from './cluster.js';

const goodStates = ['pending', 'running', 'configured'];

let cluster: Cluster;
/** One user, as each replica knows it. */
let replicas: ApiUser[];

beforeAll(async () => {
  cluster = await startCluster({
    api: 3,
    workers: 3,
    // Caches that could be wrong for long.
    env: { IM_LOG_LEVEL: 'warning', IM_INF_CACHE_TIME: '3600' },
  });
  replicas = cluster.replicaUrls.map((url) => new ApiUser(url, 'ana'));
});

afterAll(async () => {
  const [ana] = replicas;
  for (const id of (await ana?.ids()) ?? []) {
    await ana?.delete(`/infrastructures/${id}`);
  }
  expect(await leftBehind({ sql: (query) => cluster.sql(query) })).toEqual([]);
  await cluster.stop();
});

/** The replica whose turn it is. */
function inTurn(turn: number): ApiUser {
  const replica = replicas[turn % replicas.length];
  if (replica === undefined) {
    throw new Error('There is no replica.');
  }
  return replica;
}

/** The same of every replica at once. */
function atEvery<T>(ask: (replica: ApiUser) => Promise<T>): Promise<T[]> {
  return Promise.all(replicas.map(ask));
}

/** Three at a time, each begun at another replica. */
async function threeAtATime(count: number, ask: (turn: number) => Promise<string[]>): Promise<string[]> {
  const answers: string[] = [];
  for (let first = 0; first < count; first += 3) {
    answers.push(...(await Promise.all([first, first + 1, first + 2].map(ask))).flat());
  }
  return answers;
}

async function statusOf(replica: ApiUser, path: string): Promise<string> {
  return String((await replica.get(path)).status);
}

function pathIn(uri: string): string {
  return new URL(uri).pathname;
}

/** Creates at a replica and does not wait for more than the answer. */
async function createAt(replica: ApiUser, query = '', count = 1): Promise<string> {
  const answer = await replica.post(`/infrastructures${query}`, { body: machines({ count }) });
  expect(answer).toMatchObject({ status: 200 });
  return pathIn(answer.text);
}

describe('what one replica answered', () => {
  it('every replica knows at once after a synchronous creation', async () => {
    const asked = async (turn: number): Promise<string[]> => {
      const path = await createAt(inTurn(turn), '', 2);
      const states = await atEvery((replica) => replica.state(path));
      const found = await atEvery((replica) => statusOf(replica, `${path}/vms/1`));
      const messages = await atEvery((replica) => statusOf(replica, `${path}/contmsg`));
      return [...states, ...found, ...messages];
    };

    const answers = await threeAtATime(36, asked);

    expect(answers).toHaveLength(36 * 9);
    expect(answers.filter((answer) => !goodStates.includes(answer) && answer !== '200')).toEqual([]);
  });

  it('every replica knows at once after an asynchronous creation', async () => {
    const answers = await threeAtATime(18, async (turn) => {
      const path = await createAt(inTurn(turn), '?async=yes', 2);
      return atEvery((replica) => replica.state(path));
    });

    expect(answers).toHaveLength(18 * 3);
    expect(answers.filter((answer) => !goodStates.includes(answer))).toEqual([]);
  });

  it('is what the others say next: machines added, removed, stopped, started', async () => {
    const path = await createAt(inTurn(0));
    const numbers = ['0'];
    for (let turn = 1; turn <= 6; turn++) {
      const added = await inTurn(turn).post(path, { body: more() });
      numbers.push(...added.text.split('\n').map((uri) => uri.split('/').at(-1) ?? ''));
      expect(await atEvery((replica) => replica.vms(path))).toEqual(replicas.map(() => numbers));

      const gone = numbers.shift();
      expect((await inTurn(turn + 1).delete(`${path}/vms/${gone}`)).status).toBe(200);
      expect(await atEvery((replica) => replica.vms(path))).toEqual(replicas.map(() => numbers));
    }
    for (const [action, state] of [
      ['stop', 'stopped'],
      ['start', 'configured'],
    ] as const) {
      expect((await inTurn(2).put(`${path}/${action}`)).status).toBe(200);
      const states = await atEvery((replica) => replica.state(path));
      expect(new Set(states)).toEqual(new Set([state]));
    }
  });

  it('and no 404 comes before the destruction, no 200 after it', async () => {
    for (let turn = 0; turn < 6; turn++) {
      const path = await createAt(inTurn(turn));
      expect(await atEvery((replica) => statusOf(replica, path))).toEqual(['200', '200', '200']);
      expect((await inTurn(turn + 1).delete(path)).status).toBe(200);
      expect(await atEvery((replica) => statusOf(replica, path))).toEqual(['404', '404', '404']);
    }
  });

  it('never goes back in time for a client that is sent from replica to replica', async () => {
    await cluster.setStickiness(false);
    const anyReplica = new ApiUser(cluster.url, 'ana');
    const path = await createAt(inTurn(0), '?async=yes', 3);
    const seen: { state: number; vms: number }[] = [];
    let over = false;
    const reader = (async () => {
      while (!over) {
        const state = goodStates.indexOf(await anyReplica.state(path));
        seen.push({ state, vms: (await anyReplica.vms(path)).length });
      }
    })();
    await anyReplica.untilState(path, 'configured');
    const configuredAt = seen.length;
    for (let turn = 0; turn < 10; turn++) {
      expect((await inTurn(turn).post(path, { body: more() })).status).toBe(200);
    }
    over = true;
    await reader;

    const states = seen.slice(0, configuredAt).map(({ state }) => state);
    expect(states).toEqual([...states].sort());
    expect(states).not.toContain(-1);
    const counts = seen.map(({ vms }) => vms);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(counts.at(-1)).toBeGreaterThan(3);
  });
});

describe('two requests at the same time through different replicas', () => {
  const rounds = [0, 1, 2];

  it.each(rounds)('destroy once, and both are told so (%i)', async (turn) => {
    const path = await createAt(inTurn(turn), '', 2);

    const answers = await atEvery((replica) => replica.delete(path));

    // Whoever comes after the end finds nothing; nobody waits for ever or is told of a conflict.
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses.filter((status) => status !== 200 && status !== 404)).toEqual([]);
    expect(await atEvery((replica) => replica.state(path))).toEqual(['404', '404', '404']);
  });

  it.each(rounds)('to reconfigure both count (%i)', async (turn) => {
    const path = await createAt(inTurn(turn));
    const reconfigure = (at: number, name: string) =>
      inTurn(at).put(`${path}/reconfigure`, { body: `configure ${name} (\n@begin\n- tasks: []\n@end\n)` });

    const answers = await Promise.all([reconfigure(turn, 'one'), reconfigure(turn + 1, 'two')]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await inTurn(turn + 2).untilState(path, 'configured');
    const documents = await atEvery(async (replica) => (await replica.get(`${path}/radl`)).text);
    for (const text of documents) {
      expect(text).toContain('configure one');
      expect(text).toContain('configure two');
    }
  });

  it.each(rounds)('to add and to remove both have their way (%i)', async (turn) => {
    const path = await createAt(inTurn(turn), '', 2);

    const [added, removed, more2] = await Promise.all([
      inTurn(turn).post(path, { body: more(2) }),
      inTurn(turn + 1).delete(`${path}/vms/0`),
      inTurn(turn + 2).post(path, { body: more(1) }),
    ]);

    expect([added.status, removed.status, more2.status]).toEqual([200, 200, 200]);
    expect(await atEvery((replica) => replica.vms(path))).toEqual(replicas.map(() => ['1', '2', '3', '4']));
  });
});

describe('a request repeated at another replica under the same Idempotency-Key', () => {
  const createUnder = (replica: ApiUser, key: string) =>
    replica.post('/infrastructures', { body: machines(), headers: { 'idempotency-key': key } });

  it('gives the same infrastructure, now and later', async () => {
    const key = randomUUID();
    const first = await createUnder(inTurn(0), key);
    const second = await createUnder(inTurn(1), key);
    const third = await createUnder(inTurn(2), key);

    expect([first.status, second.status, third.status]).toEqual([200, 200, 200]);
    expect(new Set([first, second, third].map(({ text }) => pathIn(text))).size).toBe(1);
  });

  it('gives the same infrastructure when all replicas get it at once', async () => {
    const before = (await inTurn(0).ids()).length;
    const keys = Array.from({ length: 6 }, () => randomUUID());
    for (const key of keys) {
      const answers = await atEvery((replica) => createUnder(replica, key));

      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(new Set(answers.map(({ text }) => pathIn(text))).size).toBe(1);
    }
    expect(await inTurn(1).ids()).toHaveLength(before + keys.length);
  });
});
