import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@im/domain';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { describeLeftBehind } from '../../../test/persistence/left-behind-contract.js';
import {
  sampleInfrastructure,
  sampleOperation,
  sampleVm,
  secrets,
  silentLogger,
} from '../../../test/persistence/samples.js';
import { describeStore } from '../../../test/persistence/store-contract.js';
import { TestSealer } from '../../../test/persistence/test-sealer.js';
import { describeUpdates } from '../../../test/persistence/update-contract.js';
import { describeVersions } from '../../../test/persistence/versions-contract.js';
import { openStore } from './open-store.js';

const folder = mkdtempSync(join(tmpdir(), 'im-sqlite-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(file: string): Promise<Store> {
  return openStore({ url: join(folder, file), sealer: new TestSealer(), logger: silentLogger });
}

/** What a service says when it opens the file after these statements. */
async function warningsOfOpening(file: string, statements: readonly string[]): Promise<unknown[][]> {
  const database = new Database(file);
  for (const statement of statements) {
    database.exec(statement);
  }
  database.close();
  const warnings: unknown[][] = [];
  const logger = { ...silentLogger, warn: (...said: unknown[]) => warnings.push(said) };
  await (await openStore({ url: file, sealer: new TestSealer(), logger })).close();
  return warnings;
}

describeStore('SQLite', () => open('contract.sqlite'));
describeVersions('SQLite', () => open('versions.sqlite'));
describeUpdates('SQLite', () => open('updates.sqlite'), 1);
describeLeftBehind('SQLite', () => Promise.resolve(join(folder, 'left-behind.sqlite')));

describe('a SQLite file', () => {
  it('of the Python service is taken with a warning that tells how many infrastructures are not served', async () => {
    const warnings = await warningsOfOpening(join(folder, 'python.sqlite'), [
      'CREATE TABLE inf_list (id VARCHAR(255) PRIMARY KEY, deleted INTEGER, date TIMESTAMP, data TEXT, auth TEXT)',
      "INSERT INTO inf_list (id, deleted) VALUES ('a', 0), ('b', 0), ('c', 1)",
    ]);

    expect(warnings).toEqual([
      [
        expect.stringContaining('are not served here. To move one, export it with the old service'),
        { table: 'inf_list', infrastructures: 2 },
      ],
    ]);
  });

  it('of the Python service that has nothing any more is taken silently', async () => {
    const table = 'CREATE TABLE inf_list (id VARCHAR(255) PRIMARY KEY, deleted INTEGER)';

    expect(await warningsOfOpening(join(folder, 'python-empty.sqlite'), [table])).toEqual([]);
    expect(await warningsOfOpening(join(folder, 'python-none.sqlite'), [])).toEqual([]);
  });

  it('holds no readable password, in any of its parts', async () => {
    const store = await open('secret.sqlite');
    const infrastructure = sampleInfrastructure({ extra: { key: secrets.cloudPassword } });
    const operation = sampleOperation(infrastructure.id, { data: { p: secrets.cloudPassword } });
    const vm = sampleVm(infrastructure.id, 0, { connectorData: { p: secrets.cloudPassword } });
    await store.transaction(async (tx) => {
      await tx.insertInfrastructure(infrastructure);
      await tx.insertVms([vm]);
      await tx.saveVms([{ ...vm, status: 'live' }]);
      await tx.insertOperation(operation);
      await tx.saveOperation({ ...operation, result: secrets.cloudPassword });
      await tx.insertCredentials(operation.id, [{ password: secrets.cloudPassword }], 9e15);
    });
    await store.close();
    const files = readdirSync(folder).filter((name) => name.startsWith('secret.sqlite'));
    const content = files.map((name) => readFileSync(join(folder, name), 'latin1')).join('');
    expect(content).toContain(infrastructure.id);
    for (const secret of Object.values(secrets)) {
      expect(content).not.toContain(secret);
    }
  });

  it('still reads a TOSCA document of the time when nothing but its text was kept', async () => {
    const infrastructure = sampleInfrastructure();
    const writer = await open('text.sqlite');
    await writer.transaction((tx) => tx.insertInfrastructure(infrastructure));
    await writer.close();
    const sealed = new TestSealer().seal('count: 1\n', `document:${infrastructure.id}:-1:tosca`);
    const file = new Database(join(folder, 'text.sqlite'));
    file.prepare("UPDATE document SET sealed = ? WHERE kind = 'tosca'").run(sealed);
    file.close();

    const reader = await open('text.sqlite');
    expect((await reader.infrastructure(infrastructure.id))?.tosca).toEqual({
      document: 'count: 1\n',
      containerId: infrastructure.id.slice(0, 8),
      generatedInputs: {},
    });
    await reader.close();
  });

  it('forgets the credentials of a deleted infrastructure when an import takes its place', async () => {
    const store = await open('import.sqlite');
    const infrastructure = sampleInfrastructure({ deletedAt: 1 });
    const operation = sampleOperation(infrastructure.id);
    await store.transaction(async (tx) => {
      await tx.insertInfrastructure(infrastructure);
      await tx.insertOperation(operation);
      await tx.insertCredentials(operation.id, [{ type: 'Dummy' }], 9e15);
    });
    expect(await store.credentials(operation.id)).toEqual([{ type: 'Dummy' }]);
    await store.transaction((tx) => tx.replaceDeletedInfrastructure({ ...infrastructure, deletedAt: null }));
    expect(await store.credentials(operation.id)).toBeNull();
    await store.close();
  });

  it('is readable by its owner alone', async () => {
    const store = await open('mode.sqlite');
    expect(statSync(join(folder, 'mode.sqlite')).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('cannot be read with another key', async () => {
    const store = await open('key.sqlite');
    const infrastructure = sampleInfrastructure();
    await store.transaction((tx) => tx.insertInfrastructure(infrastructure));
    await store.close();
    const url = join(folder, 'key.sqlite');
    const other = await openStore({ url, sealer: new TestSealer('other'), logger: silentLogger });
    await expect(other.infrastructure(infrastructure.id)).rejects.toMatchObject({ code: 'Internal' });
    await other.close();
  });

  it('gets its tables once when ten processes start together', async () => {
    const stores = await Promise.all(Array.from({ length: 10 }, () => open('together-at-start.sqlite')));
    const infrastructure = sampleInfrastructure();
    await stores[0]?.transaction((tx) => tx.insertInfrastructure(infrastructure));
    for (const store of stores) {
      expect(await store.infrastructure(infrastructure.id)).toEqual(infrastructure);
      await store.close();
    }
  });

  it('is used by two stores at once without losing a write', async () => {
    const stores = await Promise.all([open('two.sqlite'), open('two.sqlite')]);
    const { id, ...infrastructure } = sampleInfrastructure();
    await stores[0]?.transaction((tx) => tx.insertInfrastructure({ id, ...infrastructure }));
    await Promise.all(
      stores.flatMap((store) =>
        [1, 2, 3].map(() =>
          store.transaction(async (tx) => {
            const row = await tx.infrastructure(id);
            if (row !== null) {
              await tx.saveInfrastructure({ ...row, nextVmId: row.nextVmId + 1 });
            }
          }),
        ),
      ),
    );
    expect((await stores[1]?.infrastructure(id))?.nextVmId).toBe(6);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('keeps apart what is committed together: one that fails takes nothing of the others with it', async () => {
    const store = await open('together.sqlite');
    const infrastructures = Array.from({ length: 20 }, () => sampleInfrastructure());
    const outcomes = await Promise.allSettled(
      infrastructures.map((infrastructure, n) =>
        store.transaction(async (tx) => {
          await tx.insertInfrastructure(infrastructure);
          if (n % 3 === 0) {
            throw new Error(`number ${n}`);
          }
          return n;
        }),
      ),
    );
    for (const [n, outcome] of outcomes.entries()) {
      const refused = n % 3 === 0;
      expect(outcome).toEqual(
        refused
          ? { status: 'rejected', reason: new Error(`number ${n}`) }
          : { status: 'fulfilled', value: n },
      );
      expect((await store.infrastructure(infrastructures[n]?.id ?? '')) === null).toBe(refused);
    }
    await store.close();
  });

  it('says which file cannot be opened', async () => {
    await expect(open('mode.sqlite/x')).rejects.toThrow(
      /The database file .*mode.sqlite\/x cannot be opened/,
    );
  });
});
