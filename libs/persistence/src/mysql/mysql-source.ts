import { readFileSync } from 'node:fs';
import { messageOf } from '@im/domain';
import type { Pool, PoolOptions } from 'mysql2';
import * as mysql2 from 'mysql2';
import { DataSource } from 'typeorm';
import { DatabaseUrlError } from '../database-url-error.js';
import { entities } from '../schema/entities.js';
import { migrations } from '../schema/migrations/index.js';
import { migrationsTable } from '../schema/migrations-table.js';
import { isRefusedLogin } from './mysql-errors.js';
import type { MysqlLimits } from './mysql-limits.js';
import type { MysqlLocation, TlsSettings } from './mysql-url.js';

/** TypeORM and the pool below it. */
export interface OpenedSource {
  source: DataSource;
  pool: Pool;
}

/** Connections that nobody used for so long are closed, before the server does it (see session-settings.ts). */
const idleMs = 6_000;
/** Per connection. A server takes 16,000 in all by default, which must suffice for all processes. */
const mostPreparedStatements = 100;

/**
 * Connects, with the decoded password first and the literal one second.
 * @throws the error of the first login that was tried
 */
export async function openSource(
  location: MysqlLocation,
  limits: Pick<MysqlLimits, 'connections' | 'connectMs'>,
): Promise<OpenedSource> {
  const ssl = location.tls === null ? {} : { ssl: tlsOptions(location.tls) };
  let refusal: unknown;
  for (const login of location.logins) {
    let pool: Pool | undefined;
    const createPool = (options: PoolOptions) => {
      pool = createPoolOf(options);
      return pool;
    };
    const source = new DataSource({
      type: 'mysql',
      driver: { ...mysql2, createPool },
      database: location.database,
      ...(location.socket === null
        ? { host: location.host, port: location.port }
        : { socketPath: location.socket }),
      ...login,
      ...ssl,
      charset: location.charset,
      timezone: 'Z',
      connectTimeout: limits.connectMs,
      // Ours are all safe integers.
      supportBigNumbers: true,
      bigNumberStrings: false,
      poolSize: limits.connections,
      extra: {
        enableKeepAlive: true,
        waitForConnections: true,
        maxPreparedStatements: mostPreparedStatements,
        idleTimeout: idleMs,
        // Only a pool that may shrink closes what is idle.
        maxIdle: limits.connections - 1,
        gracefulEnd: true,
      },
      entities: entities('mysql'),
      migrations,
      migrationsTableName: migrationsTable,
      logging: false,
    });
    try {
      await source.initialize();
      if (pool !== undefined) {
        return { source, pool };
      }
      throw new Error('TypeORM made no pool.');
    } catch (error) {
      refusal ??= error;
      if (!isRefusedLogin(error)) {
        break;
      }
    }
  }
  throw refusal;
}

function createPoolOf(options: PoolOptions): Pool {
  const pool = mysql2.createPool(options);
  pool.on('connection', (connection) => {
    // The driver tells of a broken connection once by its statement and once like this, which nobody else listens to.
    connection.on('error', () => undefined);
  });
  return pool;
}

/** @throws DatabaseUrlError when a file cannot be read */
function tlsOptions({ mode, caFile, certificateFile, keyFile }: TlsSettings): object {
  return {
    rejectUnauthorized: mode !== 'required',
    verifyIdentity: mode === 'verify-identity',
    ...pem('ca', 'ssl-ca', caFile),
    ...pem('cert', 'ssl-cert', certificateFile),
    ...pem('key', 'ssl-key', keyFile),
  };
}

function pem(name: string, option: string, file: string | undefined): Record<string, Buffer> {
  if (file === undefined) {
    return {};
  }
  try {
    return { [name]: readFileSync(file) };
  } catch (error) {
    throw new DatabaseUrlError(`The file of ${option} in DATA_DB cannot be read: ${messageOf(error)}`);
  }
}
