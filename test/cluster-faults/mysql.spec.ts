import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.js';
import type { RestAnswer, RestClient } from '../servers/rest-client.js';
import { until } from '../servers/until.js';
import {
  dummyMachines,
  dummyUser,
  expectNothingLeft,
  recoveryMs,
  startFaultCluster,
} from './fault-cluster.js';
import { endsOf, faultAtEachCall, livesBefore, rightEnds } from './moments.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startFaultCluster({ api: 2, workers: 2 });
});
afterAll(async () => {
  await cluster.stop();
});

const create = (client: RestClient): Promise<RestAnswer> =>
  client.request('POST', '/infrastructures', { body: dummyMachines(1) });

/** A user with one infrastructure that both replicas have read. */
async function userWithOne(username: string): Promise<{ client: RestClient; id: string }> {
  const client = dummyUser(cluster, username);
  const id = await client.create(dummyMachines(2));
  await client.untilState(id, ['configured']);
  for (const url of cluster.replicaUrls) {
    expect(await dummyUser(cluster, username, url).vms(id)).toEqual(['0', '1']);
  }
  return { client, id };
}

/** Reads are answered as before, changes are refused with a reason that a client can show. */
async function expectReadsOnly(client: RestClient, id: string): Promise<void> {
  // So that what is known of the machines is older than VM_INFO_UPDATE_FREQUENCY.
  const since = Date.now();
  await until(
    async () => Date.now() - since,
    (passed) => passed > 1_500,
  );
  for (const path of ['', '/radl', '/state']) {
    const read = await client.request('GET', `/infrastructures/${id}${path}`);
    expect({ path, status: read.status }).toEqual({ path, status: 200 });
  }
  const changes = await Promise.all([create(client), client.destroy(id)]);
  for (const { status, text, headers } of changes) {
    expect(status, text).toBe(503);
    expect(text).toMatch(/database/u);
    expect(text).toMatch(/try again later/u);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
}

/** The service is whole again by itself. */
async function expectRecovery(client: RestClient): Promise<void> {
  await until(
    () => create(client),
    ({ status }) => status === 200,
    recoveryMs,
  );
  await expectNothingLeft(cluster, [client]);
}

/** How many deadlocks the server has broken since its start. */
async function deadlocks(): Promise<number> {
  const [row] = await cluster.sql(
    "SELECT `COUNT` AS n FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'",
  );
  return Number(row?.['n']);
}

describe('the death of the database', () => {
  it('at each call of a creation, and its return, change nothing', async () => {
    const lives = await livesBefore(cluster, 'create', ['after']);

    await faultAtEachCall('create', lives, async () => {
      await cluster.kill('mariadb');
      await cluster.restart('mariadb');
    });

    expect(await endsOf(cluster, lives)).toEqual(rightEnds('create', lives));
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
  });

  it('leaves what was read lately readable, refuses changes with a reason, and ends with its return', async () => {
    const { client, id } = await userWithOne('away');
    await cluster.kill('mariadb');

    try {
      await expectReadsOnly(client, id);
    } finally {
      await cluster.restart('mariadb');
    }

    await expectRecovery(client);
  });
});

/** What the workers tell Prometheus about the database, as the alert ImDatabaseReadOnly asks for it. */
async function untilWorkersShowWritable(value: 0 | 1): Promise<void> {
  for (const url of cluster.workerUrls) {
    await until(
      async () => (await fetch(`${url}/metrics`)).text(),
      (text) => text.includes(`im_database_writable{by="reconciler"} ${value}\n`),
      recoveryMs,
    );
  }
}

describe('a database that takes no changes', () => {
  it('leaves all readable, refuses changes with a reason, and stops no work for ever', async () => {
    const { client, id } = await userWithOne('read-only');
    const lives = await livesBefore(cluster, 'create', ['after']);
    await faultAtEachCall('create', lives, async () => {
      await cluster.sql('SET GLOBAL read_only = 1');
    });

    try {
      await expectReadsOnly(client, id);
      await untilWorkersShowWritable(0);
    } finally {
      await cluster.sql('SET GLOBAL read_only = 0');
    }
    await untilWorkersShowWritable(1);

    expect(await endsOf(cluster, lives)).toEqual(rightEnds('create', lives));
    await Promise.all(lives.map(({ cloud }) => cloud.close()));
    await expectRecovery(client);
  });
});

describe('a database that is asked too much', () => {
  it('by more requests at once than it may have connections answers all of them', async () => {
    const [first = ''] = cluster.replicaUrls;
    const client = dummyUser(cluster, 'many', first);

    const answers = await Promise.all(Array.from({ length: 60 }, () => create(client)));

    expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([]);
    expect(await client.ids()).toHaveLength(60);
    await expectNothingLeft(cluster, [client]);
  });

  it('to change the same rows from many sides lets each of them have its turn', async () => {
    const { client, id } = await userWithOne('turns');
    const sides = cluster.replicaUrls.map((url) => dummyUser(cluster, 'turns', url));
    const add = (side: RestClient): Promise<RestAnswer> =>
      side.request('POST', `/infrastructures/${id}`, { body: 'system node\ndeploy node 1' });

    const answers = await Promise.all(Array.from({ length: 10 }, () => sides.map(add)).flat());

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await client.vms(id)).toHaveLength(22);
    await expectNothingLeft(cluster, [client]);
  });

  it('and ends a change in a deadlock makes it all the same', async () => {
    const { client, id } = await userWithOne('deadlock');
    const before = await deadlocks();
    const rival = await cluster.sqlSession();
    let alteration: Promise<RestAnswer>;
    try {
      await rival.query('CREATE TABLE rival (n INT)');
      await rival.beginTransaction();
      // Whoever did more is spared when the server breaks a deadlock.
      await rival.query('INSERT INTO rival VALUES ?', [Array.from({ length: 1_000 }, (_, n) => [n])]);
      await rival.query('SELECT im_id FROM vm WHERE infrastructure_id = ? FOR UPDATE', [id]);
      alteration = client.request('PUT', `/infrastructures/${id}/vms/0`, {
        body: 'system node (memory.size >= 2g)',
      });
      await until(
        () =>
          cluster.sql(
            "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT%FROM vm v%FOR UPDATE' AND id <> CONNECTION_ID()",
          ),
        (waiting) => waiting.length > 0,
      );
      // The change that waits holds this row.
      await rival.query('SELECT id FROM infrastructure WHERE id = ? FOR UPDATE', [id]);
      await rival.rollback();
    } finally {
      await rival.query('DROP TABLE IF EXISTS rival');
      await rival.end();
    }

    expect((await alteration).status).toBe(200);
    expect(await deadlocks()).toBeGreaterThan(before);
    for (const name of ['worker-1', 'worker-2']) {
      expect(cluster.logs(name)).not.toMatch(/deadlock found/iu);
    }
    await expectNothingLeft(cluster, [client]);
  });
});
