import { randomBytes } from 'node:crypto';
import type { Store } from '@im/domain';
import { migrateDatabase, openStore } from '@im/persistence';
import * as mysql2 from 'mysql2';
import mysql from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../libs/persistence/src/schema/entities.js';
import type { TestDatabaseServer } from '../servers/mariadb.js';
import { startMariadb } from '../servers/mariadb.js';
import { startTcpProxy } from '../servers/tcp-proxy.js';
import { until } from '../servers/until.js';
import { describeLeftBehind } from './left-behind-contract.js';
import { sampleInfrastructure, sampleOperation, sampleVm, secrets, silentLogger } from './samples.js';
import { describeStore } from './store-contract.js';
import { TestSealer } from './test-sealer.js';
import { describeUpdates } from './update-contract.js';
import { describeVersions } from './versions-contract.js';

let server: TestDatabaseServer;
let contractUrl: string;

beforeAll(async () => {
  server = await startMariadb();
  contractUrl = await server.createDatabase();
});

afterAll(async () => {
  await server.stop();
});

function open(url: string, poolSize = 10): Promise<Store> {
  return openStore({ url, sealer: new TestSealer(), logger: silentLogger, poolSize });
}

describeStore('MariaDB', () => open(contractUrl));
describeVersions('MariaDB', () => open(contractUrl));
describeUpdates('MariaDB', () => open(contractUrl), 2);
describeLeftBehind('MariaDB', () => server.createDatabase());

describe('a MariaDB', () => {
  it('gets its tables once when ten processes start together', async () => {
    const url = await server.createDatabase();
    const reports: unknown[] = [];
    const logger = { ...silentLogger, info: (_text: string, fields?: object) => reports.push(fields) };
    const migrations = Array.from({ length: 5 }, () => migrateDatabase({ url, logger }));
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(url, 2)));
    await Promise.all(migrations);
    const infrastructure = sampleInfrastructure();
    await stores[0]?.transaction((tx) => tx.insertInfrastructure(infrastructure));
    expect(await stores[4]?.infrastructure(infrastructure.id)).toEqual(infrastructure);
    await Promise.all(stores.map((store) => store.close()));
    const database = new URL(url).pathname.slice(1);
    const run = await server.query(`SELECT name FROM ${database}.schema_migration`);
    expect(run).toHaveLength(new Set(run.map(({ name }) => name)).size);
    expect(reports.length).toBeLessThanOrEqual(1);
  });

  it('of the Python service is taken with a warning that tells how many infrastructures are not served', async () => {
    const url = await server.createDatabase();
    const database = new URL(url).pathname.slice(1);
    const warnings: unknown[][] = [];
    const logger = { ...silentLogger, warn: (...said: unknown[]) => warnings.push(said) };
    const openAndClose = async (): Promise<void> =>
      (await openStore({ url, sealer: new TestSealer(), logger })).close();
    await openAndClose();
    expect(warnings).toEqual([]);
    await server.query(
      `CREATE TABLE ${database}.inf_list (rowid INT NOT NULL AUTO_INCREMENT UNIQUE, id VARCHAR(255) PRIMARY KEY, deleted INTEGER,
        date TIMESTAMP, data LONGBLOB, auth LONGBLOB)`,
    );
    await server.query(`INSERT INTO ${database}.inf_list (id, deleted) VALUES ('a', 0), ('b', 0), ('c', 1)`);
    await openAndClose();
    expect(warnings).toEqual([
      [
        expect.stringContaining('are not served here. To move one, export it with the old service'),
        { table: 'inf_list', infrastructures: 2 },
      ],
    ]);
  });

  it('is not waited for without end when another process changes its tables', async () => {
    const url = await server.createDatabase();
    const database = new URL(url).pathname.slice(1);
    const other = await mysql.createConnection(url);
    await other.query('SELECT GET_LOCK(?, 0)', [`im-migrations-${database}`]);
    const options = { url, logger: silentLogger, migrationWaitMs: 200 };
    await expect(migrateDatabase(options)).rejects.toThrow(/another process has been changing its tables/);
    // A lock ends with its connection, so nobody waits for a process that is gone.
    await other.end();
    await migrateDatabase(options);
  });

  it('does not let a worker and a client change an operation under each other', async () => {
    const store = await open(contractUrl);
    const infrastructure = sampleInfrastructure();
    const operation = sampleOperation(infrastructure.id, { state: 'running' });
    await store.transaction(async (tx) => {
      await tx.insertInfrastructure(infrastructure);
      await tx.insertOperation(operation);
    });
    let workerHasRead: () => void = () => undefined;
    const read = new Promise<void>((resolve) => {
      workerHasRead = resolve;
    });
    const worker = store.transaction(async (tx) => {
      const row = await tx.operation(operation.id);
      workerHasRead();
      // The client comes while the worker is between reading and writing.
      await sessionsWaitingFor(1);
      if (row?.state === 'running') {
        await tx.saveOperation({ ...row, state: 'succeeded', finishedAt: 1 });
      }
    });
    await read;
    const client = store.transaction(async (tx) => {
      for (const row of await tx.activeOperations(infrastructure.id)) {
        await tx.saveOperation({ ...row, state: 'cancelling' });
      }
    });
    await Promise.all([worker, client]);
    expect(await store.operation(operation.id)).toMatchObject({ state: 'succeeded', finishedAt: 1 });
    await store.close();
  });

  it('has the tables that the entities describe', async () => {
    const url = await server.createDatabase();
    await (await open(url)).close();
    const database = new URL(url).pathname.slice(1);
    const columns = await server.query(
      `SELECT DISTINCT collation_name AS name FROM information_schema.columns
       WHERE table_schema = '${database}' AND table_name <> 'schema_migration' AND collation_name IS NOT NULL`,
    );
    expect(columns).toEqual([{ name: 'utf8mb4_bin' }]);
    const [version] = await server.query('SELECT VERSION() AS version');
    const source = new DataSource({
      // The two report defaults of columns differently.
      type: String(version?.['version']).includes('MariaDB') ? 'mariadb' : 'mysql',
      driver: mysql2,
      url,
      entities: entities('mysql'),
    });
    await source.initialize();
    const missing = await source.driver.createSchemaBuilder().log();
    expect(missing.upQueries.map(({ query }) => query)).toEqual([]);
    await source.destroy();
  });

  it('runs transactions again that met in a deadlock', async () => {
    const store = await open(contractUrl);
    const [a, b] = [sampleInfrastructure(), sampleInfrastructure()];
    await store.transaction(async (tx) => {
      await tx.insertInfrastructure(a);
      await tx.insertInfrastructure(b);
    });
    let runs = 0;
    let waiting = 0;
    let release: () => void = () => undefined;
    const bothHoldOne = new Promise<void>((resolve) => {
      release = resolve;
    });
    const raise = async (first: string, second: string) =>
      store.transaction(async (tx) => {
        runs++;
        for (const id of [first, second]) {
          const row = await tx.infrastructure(id);
          if (row !== null) {
            await tx.saveInfrastructure({ ...row, nextVmId: row.nextVmId + 1 });
          }
          waiting++;
          if (waiting === 2) {
            release();
          }
          await bothHoldOne;
        }
      });
    await Promise.all([raise(a.id, b.id), raise(b.id, a.id)]);
    expect(runs).toBeGreaterThan(2);
    expect((await store.infrastructure(a.id))?.nextVmId).toBe(2);
    expect((await store.infrastructure(b.id))?.nextVmId).toBe(2);
    await store.close();
  });

  it('goes on when the server closed all connections', async () => {
    const url = await server.createDatabase();
    const store = await open(url, 3);
    const infrastructure = sampleInfrastructure();
    await store.transaction((tx) => tx.insertInfrastructure(infrastructure));
    let runs = 0;
    await store.transaction(async (tx) => {
      runs++;
      if (runs === 1) {
        await killConnections(url);
      }
      const row = await tx.infrastructure(infrastructure.id);
      if (row !== null) {
        await tx.saveInfrastructure({ ...row, nextVmId: row.nextVmId + 1 });
      }
    });
    expect(runs).toBe(2);
    expect((await store.infrastructure(infrastructure.id))?.nextVmId).toBe(1);
    await killConnections(url);
    expect(await store.infrastructureVersion(infrastructure.id)).toEqual({ version: 2, deleted: false });
    await killConnections(url);
    expect(await store.acquireLease('key', 'w1', 1000)).not.toBeNull();
    await store.close();
  });

  it('works with one connection asked for', async () => {
    const store = await open(await server.createDatabase(), 1);
    await Promise.all(Array.from({ length: 5 }, (_, n) => store.acquireLease(`key${n}`, 'w1', 1000)));
    await store.close();
  });

  it('says that it is away when it went away', async () => {
    const url = new URL(await server.createDatabase());
    const proxy = await startTcpProxy(url.hostname, Number(url.port || 3306));
    url.host = `127.0.0.1:${proxy.port}`;
    const store = await open(url.href);
    await store.ping();
    await proxy.cut();
    const unavailable = { name: 'ImError', code: 'Unavailable' };
    await expect(store.ping()).rejects.toMatchObject(unavailable);
    await expect(store.credentials('o')).rejects.toMatchObject(unavailable);
    await expect(store.acquireLease('key', 'w1', 1000)).rejects.toMatchObject(unavailable);
    await store.close();
  });

  it('holds no readable password', async () => {
    const store = await open(contractUrl);
    const infrastructure = sampleInfrastructure();
    await store.transaction(async (tx) => {
      await tx.insertInfrastructure(infrastructure);
      await tx.insertVms([sampleVm(infrastructure.id, 0)]);
    });
    await store.close();
    const database = new URL(contractUrl).pathname.slice(1);
    const content = JSON.stringify([
      await server.query(`SELECT * FROM ${database}.document`),
      await server.query(`SELECT * FROM ${database}.vm`),
      await server.query(`SELECT * FROM ${database}.owner`),
    ]);
    expect(content).toContain(infrastructure.id);
    for (const secret of Object.values(secrets)) {
      expect(content).not.toContain(secret);
    }
  });

  it('takes passwords with signs that mean something in URLs, escaped or not', async () => {
    const password = 'p@ss:w%2Frd/?#';
    const user = `u_${randomBytes(6).toString('hex')}`;
    // A fresh server may have a user without name at localhost, which would come before one at %.
    const accounts = ['%', 'localhost'].map((from) => `${user}@'${from}'`);
    for (const account of accounts) {
      await server.query(`CREATE USER ${account} IDENTIFIED BY '${password}'`);
    }
    const { host } = new URL(contractUrl);
    const enter = (written: string) =>
      open(`mysql://${user}:${written}@${host}/information_schema?charset=utf8mb4`);
    // The user may read there and make no tables: who gets that far was let in.
    for (const written of [password, encodeURIComponent(password)]) {
      await expect(enter(written)).rejects.toThrow(/to database 'information_schema'/);
    }
    await expect(enter('wrong')).rejects.toThrow(/using password/);
    await server.query(`DROP USER ${accounts.join(', ')}`);
  });

  it('says in one sentence why it cannot be used, without the password', async () => {
    const { host } = new URL(contractUrl);
    const wrong = open(`mysql://nobody:${secrets.cloudPassword}@${host}/none`);
    await expect(wrong).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(wrong).rejects.toThrow(/^The database none at .* cannot be used: Access denied/);
    await expect(wrong).rejects.not.toThrow(secrets.cloudPassword);
    await expect(open('mysql://u:p@127.0.0.1:1/none')).rejects.toThrow(/none at 127.0.0.1:1 cannot be used/);
  });

  /** Until so many sessions wait for a row that another one has. */
  async function sessionsWaitingFor(rows: number): Promise<void> {
    await until(
      async () => {
        // InnoDB shows the same again to who asks more often than ten times a second.
        await server.query('DO SLEEP(0.15)');
        return server.query("SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
      },
      (waiting) => waiting.length >= rows,
    );
  }

  async function killConnections(url: string): Promise<void> {
    const database = new URL(url).pathname.slice(1);
    const rows = await server.query(
      `SELECT id FROM information_schema.processlist WHERE db = '${database}' AND id <> CONNECTION_ID()`,
    );
    for (const row of rows) {
      await server.query(`KILL ${Number(row['id'] ?? row['ID'])}`);
    }
  }
});
