import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openStore } from '@im/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnMariadb } from './own-mariadb.js';
import { silentLogger } from './samples.js';
import { TestSealer } from './test-sealer.js';

let folder: string;
let server: OwnMariadb;
let database: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'im-tls-'));
  await makeAuthorities();
  await issue('server', 'localhost');
  server = await OwnMariadb.start({
    args: [`--ssl-ca=${folder}/ca.pem`, `--ssl-cert=${folder}/server.pem`, `--ssl-key=${folder}/server.key`],
  });
  database = new URL(await server.createDatabase()).pathname.slice(1);
  await requireOfUser('SSL');
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function openssl(...args: string[]): Promise<void> {
  await promisify(execFile)('openssl', args, { cwd: folder });
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Two authorities, of which one has to do with the server, and a client of that one. */
async function makeAuthorities(): Promise<void> {
  for (const name of ['ca', 'other']) {
    await openssl(
      'req',
      '-x509',
      ...key,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  }
  await issue('client', 'client.test');
}

/** A certificate for a host, by the authority of the server. */
async function issue(name: string, host: string): Promise<void> {
  const names = ['-addext', `subjectAltName=DNS:${host}`];
  await openssl('req', ...key, '-subj', `/CN=${name}`, ...names, '-keyout', `${name}.key`, '-out', 'request');
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy'];
  await openssl('x509', '-req', '-in', 'request', ...by, '-out', `${name}.pem`);
}

/** @returns after the database was used */
async function enter(options: string, host = 'localhost', port = server.port): Promise<void> {
  const url = `${server.urlOf(database, port, host)}?${options}`;
  const store = await openStore({ url, sealer: new TestSealer(), logger: silentLogger });
  await store.ping();
  await store.close();
}

describe('DATA_DB', () => {
  it('is encrypted when it says so', async () => {
    await expect(enter('')).rejects.toThrow(/Access denied/);
    await enter('ssl=insecure');
  });

  it('trusts only those who are known, or are named', async () => {
    await enter(`ssl=true&ssl-ca=${folder}/ca.pem`);
    await expect(enter(`ssl=true&ssl-ca=${folder}/other.pem`)).rejects.toThrow(/certificate/);
    await expect(enter('ssl=true')).rejects.toThrow(/certificate/);
  });

  it('looks whether the certificate is for the host, unless told not to', async () => {
    await issue('server', 'db.test');
    await server.query('/*M! FLUSH SSL */ /*!80000 ALTER INSTANCE RELOAD TLS */');
    await expect(enter(`ssl=true&ssl-ca=${folder}/ca.pem`)).rejects.toThrow(/does not match/);
    await enter(`ssl=verify-ca&ssl-ca=${folder}/ca.pem`);
    await enter(`ssl=verify-ca&ssl-ca=${folder}/ca.pem`, '127.0.0.1');
  });

  it('shows a certificate of its own', async () => {
    await requireOfUser('X509');
    await expect(enter('ssl=insecure')).rejects.toThrow(/Access denied/);
    await enter(`ssl=insecure&ssl-cert=${folder}/client.pem&ssl-key=${folder}/client.key`);
    await requireOfUser('SSL');
  });

  it('says which file it cannot read', async () => {
    await expect(enter(`ssl-ca=${folder}/none.pem`)).rejects.toThrow(/file of ssl-ca .*none.pem/);
  });

  it('reaches the server over a socket', async () => {
    await requireOfUser('NONE');
    await enter(`socket=${server.socket}`, 'localhost', 1);
  });
});

async function requireOfUser(what: string): Promise<void> {
  for (const host of ['%', 'localhost']) {
    await server.query(`ALTER USER im@'${host}' REQUIRE ${what}`);
  }
}
