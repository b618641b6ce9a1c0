import { processTimers } from '@im/jobs';
import type { ClusterMessages } from '@im/jobs/redis';
import { openClusterMessages } from '@im/jobs/redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RecordingLogger } from '../fakes/work-ports.js';
import { until } from '../servers/until.js';
import type { RedisCluster } from './redis-cluster.js';
import { startRedisCluster } from './redis-cluster.js';
import { hasRedis } from './redis-process.js';
import type { SentinelRedis } from './redis-sentinel.js';
import { startSentinelRedis } from './redis-sentinel.js';
import { password } from './redis-server.js';
import type { TlsRedis } from './redis-tls.js';
import { startTlsRedis } from './redis-tls.js';

interface Member {
  messages: ClusterMessages;
  log: RecordingLogger;
}

let opened: ClusterMessages[] = [];

function openProcess(url: string, works: boolean, prefix = 'test'): Member {
  const log = new RecordingLogger();
  const messages = openClusterMessages(
    { url, prefix, name: 'test', works, limits: { maxCalls: 2, callsPerSecond: 0, placeMs: 60_000 } },
    processTimers,
    log,
  );
  opened.push(messages);
  return { messages, log };
}

/** An API replica, and a worker that records what it was woken for. */
function openPair(
  url: string,
  prefix?: string,
): { api: ClusterMessages; worker: ClusterMessages; woken: string[] } {
  const { messages: api } = openProcess(url, false, prefix);
  const { messages: worker } = openProcess(url, true, prefix);
  const woken: string[] = [];
  worker.queue.start((wakeUp) => {
    woken.push(wakeUp.kind === 'operation' ? wakeUp.operationId : wakeUp.infrastructureId);
    return Promise.resolve();
  }, 5);
  return { api, worker, woken };
}

async function untilAvailable(...processes: ClusterMessages[]): Promise<void> {
  for (const messages of processes) {
    await until(
      () => messages.available(),
      (available) => available,
    );
  }
}

/** A wake-up that goes through Redis: who sends it has no queue of its own. Those sent during an outage are lost, and need not be kept. */
async function expectWoken(
  api: ClusterMessages,
  woken: readonly string[],
  id: string,
  delayMs = 0,
): Promise<void> {
  await until(
    async () => {
      await api.queue.wake({ kind: 'operation', operationId: id }, delayMs);
      return [...woken];
    },
    (ids) => ids.includes(id),
  );
}

/** News of one process reach another. */
async function expectHeard(from: ClusterMessages, to: ClusterMessages, topic: string): Promise<void> {
  let heard = 0;
  const end = to.notifier.subscribe(topic, () => heard++);
  await until(
    async () => {
      await from.notifier.publish(topic);
      return heard;
    },
    (count) => count > 0,
  );
  end();
}

/** Everything that processes use Redis for. */
async function expectAllWorks(
  { api, worker, woken }: ReturnType<typeof openPair>,
  run: string,
): Promise<void> {
  await untilAvailable(api, worker);
  await expectWoken(api, woken, `${run}-now`);
  await api.queue.wake({ kind: 'launch', infrastructureId: `${run}-launch`, lane: 0 });
  await api.queue.wake({ kind: 'operation', operationId: `${run}-later` }, 200);
  await until(
    () => Promise.resolve([...woken]),
    (ids) => ids.includes(`${run}-later`) && ids.includes(`${run}-launch`),
  );
  await expectHeard(api, worker, `${run}-topic`);
  await expectHeard(worker, api, `${run}-topic`);
  expect(await api.queue.depth()).toBe(0);
}

/** What the log of a process says about its connections, all of it. */
async function untilComplaint({ log }: Member): Promise<string> {
  await until(
    () => Promise.resolve(log.complaints.length),
    (count) => count > 0,
  );
  return JSON.stringify(log.lines);
}

afterEach(async () => {
  await Promise.all(opened.map((messages) => messages.queue.stop(500)));
  await Promise.all(opened.map((messages) => messages.close()));
  opened = [];
});

describe.skipIf(!hasRedis)('processes that find Redis through a Sentinel', () => {
  let redis: SentinelRedis;
  beforeAll(async () => {
    redis = await startSentinelRedis();
  });
  afterAll(() => redis.stop());

  it('wake and tell each other, and go on without a restart after the primary has died', async () => {
    const pair = openPair(redis.url);
    await expectAllWorks(pair, 'before');

    redis.primary.process.signal('SIGKILL');
    await redis.primary.process.untilEnded();
    await until(
      () => redis.replica.send('ROLE'),
      (answer) => answer.includes('master'),
    );

    await untilAvailable(pair.api, pair.worker);
    await expectWoken(pair.api, pair.woken, 'after');
    await expectAllWorks(pair, 'later');
  });

  it('say that the Sentinel does not take their password, and do not show it', async () => {
    const said = await untilComplaint(
      openProcess(redis.url.replace('sentinel_password=test', 'sentinel_password=secret'), false),
    );
    expect(said).toContain('Redis refuses the user or the password in REDIS_URL (');
    expect(said).not.toContain('secret-password');
  });
});

describe.skipIf(!hasRedis)('processes that share a Redis Cluster', () => {
  let redis: RedisCluster;
  beforeAll(async () => {
    redis = await startRedisCluster();
  });
  afterAll(() => redis.stop());

  it('wake and tell each other, whatever node their prefix belongs to', async () => {
    for (const prefix of ['im', 'a', 'b', 'c']) {
      await expectAllWorks(openPair(redis.url, prefix), prefix);
    }
    const names = await Promise.all(redis.nodes.map(({ send }) => send('KEYS *')));
    expect(names.join()).toContain('{im}:');
    expect(names.join()).toContain('{a}:');
    expect(names.filter((text) => text.includes('{im}:'))).toHaveLength(1);
  });

  it('do not take the wake-ups of another prefix', async () => {
    const one = openPair(redis.url, 'one');
    const other = openPair(redis.url, 'other');
    await untilAvailable(one.api, one.worker, other.api, other.worker);
    await expectWoken(one.api, one.woken, 'a');
    await expectWoken(other.api, other.woken, 'b');
    expect(one.woken).not.toContain('b');
    expect(other.woken).not.toContain('a');
  });

  it('keep limits of calls to a provider together', async () => {
    const { api, worker } = openPair(redis.url, 'limits');
    await untilAvailable(api, worker);
    const signal = new AbortController().signal;
    const leave = await api.gate.enter('cloud', signal);
    await worker.gate.enter('cloud', signal);
    let entered = false;
    const third = api.gate.enter('cloud', signal).then(() => {
      entered = true;
    });
    await expectHeard(api, worker, 'topic');
    expect(entered).toBe(false);
    leave();
    await third;
  });

  it('go on without a restart after all nodes died and came back', async () => {
    const pair = openPair(redis.url);
    await expectAllWorks(pair, 'before');

    for (const { process } of redis.nodes) {
      process.signal('SIGKILL');
      await process.untilEnded();
    }
    await pair.api.queue.wake({ kind: 'operation', operationId: 'nobody fails' });
    await Promise.all(redis.nodes.map(({ start }) => start()));

    await untilAvailable(pair.api, pair.worker);
    await expectWoken(pair.api, pair.woken, 'after');
    await expectAllWorks(pair, 'later');
  });

  it('say that their password is refused, and do not show it', async () => {
    const said = await untilComplaint(openProcess(redis.url.replace(password, 'secret-password'), false));
    expect(said).toContain('Redis refuses the user or the password in REDIS_URL (');
    expect(said).not.toContain('secret-password');
  });
});

describe.skipIf(!hasRedis)('processes that reach Redis over TLS', () => {
  let redis: TlsRedis;
  beforeAll(async () => {
    redis = await startTlsRedis();
  });
  afterAll(() => redis.stop());

  it('wake and tell each other when they trust its authority', async () => {
    await expectAllWorks(openPair(`rediss://:${password}@${redis.address}?ca=${redis.ca}`), 'tls');
  });

  it.each(['other', 'no'])(
    'say that its certificate is not trusted, with %s authority',
    async (authority) => {
      const query = authority === 'other' ? `?ca=${redis.otherCa}` : '';
      const member = openProcess(`rediss://:${password}@${redis.address}${query}`, false);
      const said = await untilComplaint(member);
      expect(said).toContain('The certificate of Redis is not trusted: name the file');
      expect(said).not.toContain(password);
      expect(await member.messages.available()).toBe(false);
    },
  );

  it('say that their password is refused, and do not show it', async () => {
    const member = openProcess(`rediss://:secret-password@${redis.address}?ca=${redis.ca}`, false);
    const said = await untilComplaint(member);
    expect(said).toContain('Redis refuses the user or the password in REDIS_URL (');
    expect(said).not.toContain('secret-password');
    expect(await member.messages.available()).toBe(false);
  });
});
