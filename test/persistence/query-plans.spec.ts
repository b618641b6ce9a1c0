import type { Store } from '@im/domain';
import { openStore, readLeftBehind } from '@im/persistence';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabaseServer } from '../servers/mariadb.js';
import { startMariadb } from '../servers/mariadb.js';
import { sampleInfrastructure, sampleOperation, sampleResource, sampleVm, silentLogger } from './samples.js';
import { TestSealer } from './test-sealer.js';

const owner = { username: 'alice', password: 'p', admin: false };

let server: TestDatabaseServer;
let store: Store;
let session: mysql.Connection;
let url: string;
let id: string;

beforeAll(async () => {
  server = await startMariadb();
  url = await server.createDatabase();
  store = await openStore({ url, sealer: new TestSealer(), logger: silentLogger });
  session = await mysql.createConnection(url);
  await fill();
});

afterAll(async () => {
  await session.end();
  await store.close();
  await server.stop();
});

/**
 * Ten thousand infrastructures: one as the service stores it, and copies of it, each with two VMs and three operations that ended. Alice has
 * ten of them, and one in a hundred has an operation to do.
 */
async function fill(): Promise<void> {
  const infrastructure = sampleInfrastructure({ owners: [owner], nextVmId: 2 });
  ({ id } = infrastructure);
  await store.transaction(async (tx) => {
    await tx.insertInfrastructure(infrastructure);
    await tx.insertVms([0, 1].map((imId) => sampleVm(id, imId, { status: 'live' })));
    for (const kind of ['create', 'refresh', 'add'] as const) {
      await tx.insertOperation(sampleOperation(id, { kind, state: 'succeeded', finishedAt: 1 }));
    }
    await tx.appendLogs([{ infrastructureId: id, scope: -1, text: 'x' }]);
    await tx.insertResources([sampleResource(id, { state: 'gone' })]);
  });
  const digits = Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(' UNION ALL ');
  await session.query(`CREATE TABLE copies (n INT PRIMARY KEY, copy VARCHAR(64)) AS
    SELECT n, CONCAT(LEFT(SHA2(n, 256), 32), '-', n) AS copy FROM (
      SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM (${digits}) a, (${digits}) b, (${digits}) c, (${digits}) e) numbers
    WHERE n > 0`);
  await copyRows('infrastructure', 'id', { id: 'copy', created_at: 'created_at + n' });
  await copyRows('owner', 'infrastructure_id', {
    infrastructure_id: 'copy',
    fingerprint: 'IF(n < 10, fingerprint, LEFT(SHA2(n DIV 10, 256), 32))',
  });
  await copyRows('document', 'infrastructure_id', { infrastructure_id: 'copy', sealed: "'x'" });
  await copyRows('vm', 'infrastructure_id', { infrastructure_id: 'copy' });
  await copyRows('operation', 'infrastructure_id', {
    id: "CONCAT(LEFT(id, 12), '-', copy)",
    infrastructure_id: 'copy',
    state: "IF(n % 100 = 0 AND kind = 'add', 'running', state)",
  });
  await copyRows('cloud_resource', 'infrastructure_id', {
    id: 'copy',
    infrastructure_id: 'copy',
    state: "IF(n % 100 = 0, 'unknown', state)",
  });
  await session.query(
    'ANALYZE TABLE infrastructure, owner, document, vm, operation, lease, ctxt_log, cloud_resource',
  );
}

/** Copies the rows of the sample for every number, with other values in some columns. */
async function copyRows(table: string, key: string, changes: Record<string, string>): Promise<void> {
  const [columns] = await session.query<mysql.RowDataPacket[]>(
    'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?',
    [table],
  );
  const names = columns.map(({ name }) => String(name));
  const values = names.map((name) => changes[name] ?? name);
  await session.query(
    `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${table} JOIN copies WHERE ${key} = ?`,
    [id],
  );
}

/** How many rows and index entries the server looked at, all its tables together. */
async function looks(): Promise<number> {
  const [rows] = await session.query<mysql.RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Handler_read%'");
  return rows.reduce((sum, row) => sum + Number(row['Value']), 0);
}

/** Rows that the server looked at for something, when it does it the second time. */
async function rowsRead(work: () => Promise<unknown>): Promise<number> {
  await work();
  const [start, again] = [await looks(), await looks()];
  await work();
  return (await looks()) - again - (again - start);
}

describe('among ten thousand infrastructures', () => {
  it.each<[string, number, () => Promise<unknown>]>([
    ['the version of one', 5, () => store.infrastructureVersion(id)],
    ['one with its documents', 20, () => store.infrastructure(id)],
    ['the VMs of one', 20, () => store.vms(id)],
    ['the states of its VMs', 20, () => store.vmSummaries(id)],
    ['its operations that are to do', 20, () => store.activeOperations(id)],
    ['its newest operation', 10, () => store.latestOperation(id, 'mutation')],
    ['its ledger', 10, () => store.resources(id)],
    ['its log', 10, () => store.log(id, -1)],
    ['its events', 10, () => store.events(id, 0, 100)],
    ['the list of an owner', 100, () => store.infrastructureIds({ owners: [owner] })],
    ['all work that nobody does', 1_000, () => store.unattendedWork(1_000)],
    ['what is to be swept', 500, () => store.sweep(0, 0)],
    ['what is left behind', 500, () => store.countLeftBehind()],
    ['the lines of the leak report', 500, () => readLeftBehind({ url, logger: silentLogger }, 0)],
    ['a lease', 20, () => store.acquireLease(id, 'w', 0)],
    [
      'a VM to launch',
      30,
      () =>
        store.transaction((tx) => tx.claimVmToLaunch(id, { key: `${id}/launch-0`, owner: 'w', fence: 1 })),
    ],
  ])('finding %s looks at %i rows at most', async (_what, most, work) => {
    expect(await rowsRead(work)).toBeLessThanOrEqual(most);
  });

  it('the work that nobody does is found', async () => {
    expect(await store.unattendedWork(1_000)).toHaveLength(99);
    expect(await store.infrastructureIds({ owners: [owner] })).toHaveLength(10);
  });
});
