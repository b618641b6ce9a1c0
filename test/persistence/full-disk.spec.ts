import type { Infrastructure, Store } from '@im/domain';
import { openStore } from '@im/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/until.js';
import { OwnMariadb } from './own-mariadb.js';
import { sampleInfrastructure, silentLogger } from './samples.js';
import { TestSealer } from './test-sealer.js';

let server: OwnMariadb;
let store: Store;

/** All tables in one file that may not grow further: what InnoDB says then is what it says when the disk does not let it grow. */
const upTo = (megabytes: number) => [
  '--innodb-file-per-table=0',
  `--innodb-data-file-path=ibdata1:12M:autoextend:max:${megabytes}M`,
];

beforeAll(async () => {
  server = await OwnMariadb.start({ args: upTo(24) });
  store = await openStore({
    url: await server.createDatabase(),
    sealer: new TestSealer(),
    logger: silentLogger,
  });
});

afterAll(async () => {
  await store.close();
  await server.stop();
});

function created(infrastructure: Infrastructure): Promise<unknown> {
  return store
    .transaction((tx) => tx.insertInfrastructure(infrastructure))
    .then(
      () => null,
      (error: unknown) => error,
    );
}

describe('a MySQL whose disk is full', () => {
  it('is read, refuses changes with the reason, and takes them again when there is space', async () => {
    const first = sampleInfrastructure();
    expect(await created(first)).toBeNull();
    const big = () =>
      created(
        sampleInfrastructure({
          tosca: { document: 'x'.repeat(1_000_000), containerId: '', generatedInputs: {} },
        }),
      );
    const refusal = await until(big, (error) => error !== null);
    expect(refusal).toMatchObject({
      code: 'Unavailable',
      message: expect.stringMatching(/disk is full/) as string,
    });
    expect(await store.infrastructure(first.id)).toEqual(first);

    await server.end('SIGTERM');
    await server.startAgain(upTo(64));
    expect(await until(big, (error) => error === null)).toBeNull();
  });
});
