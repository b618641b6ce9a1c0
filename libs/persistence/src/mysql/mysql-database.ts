import type { Logger } from '@im/domain';
import { ImError, messageOf } from '@im/domain';
import type { Pool, PoolConnection, PoolOptions } from 'mysql2';
import * as mysql2 from 'mysql2';
import type { Migration } from 'typeorm';
import { DataSource } from 'typeorm';
import type { DatabaseLocation } from '../database-url.js';
import { entities } from '../schema/entities.js';
import { migrations } from '../schema/migrations/index.js';
import { migrationsTable, reportMigrations } from '../schema/migrations-table.js';
import type { SqlConnection, SqlDatabase } from '../sql/connection.js';
import { number } from '../sql/row.js';
import { RetriedReads } from '../store/retried-reads.js';
import { isConflict, retrying } from '../store/retry.js';
import { MysqlConnection } from './mysql-connection.js';
import { isLostConnection, isPassing, isRefusedLogin, isTimeout, isUnreachable } from './mysql-errors.js';

type MysqlLocation = Extract<DatabaseLocation, { kind: 'mysql' }>;

const connectTimeoutMs = 10_000;
/** The migrations need a connection beside the one that holds their lock. */
const smallestPool = 2;
/** Another process that starts may be making the tables. */
const migrationLockSeconds = 10;
const migrationLockTries = 12;
/** Lock waits end well before a lease does. */
const sessionSettings = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET SESSION innodb_lock_wait_timeout = 10, sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
];

/** A MySQL or MariaDB server. */
export class MysqlDatabase implements SqlDatabase {
  readonly reads: SqlConnection;

  private constructor(
    private readonly source: DataSource,
    pool: Pool,
    private readonly logger: Logger,
  ) {
    this.reads = new RetriedReads(new MysqlConnection(pool, source.manager), isLostConnection, asUnavailable);
  }

  /**
   * Connects, with the decoded password first and the literal one second, and brings the tables up to date.
   * @throws ImError `Unavailable` with server and database but no password
   */
  static async open(
    location: MysqlLocation,
    { poolSize, logger }: { poolSize: number; logger: Logger },
  ): Promise<MysqlDatabase> {
    const where = `${location.database} at ${location.host}:${location.port}`;
    let opened: OpenedSource | undefined;
    try {
      opened = await connected(location, poolSize);
      reportMigrations(await migrate(opened.source, location.database), where, logger);
      return new MysqlDatabase(opened.source, opened.pool, logger);
    } catch (error) {
      await opened?.source.destroy();
      throw new ImError('Unavailable', `The database ${where} cannot be used: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const mayPass = (error: unknown, attempt: number) =>
      isConflict(error, attempt) || isPassing(error) || error instanceof LostTransactionError;
    try {
      return await retrying(() => this.attempt(work), mayPass);
    } catch (error) {
      throw asUnavailable(error instanceof LostTransactionError ? error.cause : error);
    }
  }

  async close(): Promise<void> {
    await this.source.destroy();
  }

  private async attempt<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    let isCommitting = false;
    try {
      const opened = poolConnection(await runner.connect());
      const connection = new MysqlConnection(opened, runner.manager);
      try {
        await connection.command('START TRANSACTION');
        const result = await work(connection);
        isCommitting = true;
        await connection.command('COMMIT');
        return result;
      } catch (error) {
        await this.abandon(opened, connection, error);
        throw error;
      }
    } catch (error) {
      // What was not committed is undone by the server; a lost answer to COMMIT says nothing.
      throw isLostConnection(error) && !isCommitting ? new LostTransactionError({ cause: error }) : error;
    } finally {
      await runner.release();
    }
  }

  /** Leaves nothing behind on the connection, which others get next. */
  private async abandon(opened: PoolConnection, connection: MysqlConnection, reason: unknown): Promise<void> {
    try {
      if (isLostConnection(reason) || isTimeout(reason)) {
        opened.destroy();
      } else {
        await connection.command('ROLLBACK');
      }
    } catch (error) {
      this.logger.warn('A transaction could not be rolled back; its connection is closed.', {
        reason: messageOf(error),
      });
      opened.destroy();
    }
  }
}

/** The connection broke before COMMIT was sent: nothing happened. */
class LostTransactionError extends Error {
  constructor(options: { cause: unknown }) {
    super('The connection to the database was lost.', options);
    this.name = 'LostTransactionError';
  }
}

function asUnavailable(error: unknown): unknown {
  return [isLostConnection, isTimeout, isUnreachable, isPassing].some((is) => is(error))
    ? new ImError('Unavailable', 'The database cannot be reached now: try again later.', { cause: error })
    : error;
}

/** TypeORM and the pool below it. */
interface OpenedSource {
  source: DataSource;
  pool: Pool;
}

async function connected(location: MysqlLocation, poolSize: number): Promise<OpenedSource> {
  let refusal: unknown;
  for (const login of location.logins) {
    let pool: Pool | undefined;
    const createPool = (options: PoolOptions) => {
      pool = createPreparedPool(options);
      return pool;
    };
    const source = new DataSource({
      type: 'mysql',
      driver: { ...mysql2, createPool },
      host: location.host,
      port: location.port,
      database: location.database,
      ...login,
      charset: location.charset,
      connectTimeout: connectTimeoutMs,
      // Ours are all safe integers.
      supportBigNumbers: true,
      bigNumberStrings: false,
      poolSize: Math.max(poolSize, smallestPool),
      ...(location.tls === false ? {} : { ssl: { rejectUnauthorized: location.tls === true } }),
      extra: { enableKeepAlive: true, waitForConnections: true },
      entities: entities('mysql'),
      migrations,
      migrationsTableName: migrationsTable,
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

/** A pool whose sessions have our settings before they run anything else. */
function createPreparedPool(options: PoolOptions): Pool {
  const pool = mysql2.createPool(options);
  pool.on('connection', (connection) => {
    for (const setting of sessionSettings) {
      connection.query(setting, (error) => {
        // A session with other settings must not be used; whoever has it already tries again on another one.
        if (error !== null) {
          connection.destroy();
        }
      });
    }
  });
  return pool;
}

function poolConnection(value: unknown): PoolConnection {
  if (typeof value === 'object' && value !== null && 'execute' in value && 'release' in value) {
    return value as PoolConnection;
  }
  throw new Error('TypeORM has no connection.');
}

/** Under a lock of the server, since several processes may start at once. */
async function migrate(source: DataSource, database: string): Promise<Migration[]> {
  const lock = `im-migrations-${database}`.slice(0, 64);
  const runner = source.createQueryRunner();
  try {
    const connection = new MysqlConnection(poolConnection(await runner.connect()), runner.manager);
    let isTaken = false;
    for (let tries = 0; !isTaken && tries < migrationLockTries; tries++) {
      const [answer] = await connection.all(
        `SELECT COALESCE(GET_LOCK(?, ${migrationLockSeconds}), 0) AS taken`,
        [lock],
      );
      isTaken = number(answer ?? {}, 'taken') === 1;
    }
    if (!isTaken) {
      throw new Error('another process has been changing its tables for too long; look at that one.');
    }
    try {
      return await source.runMigrations({ transaction: 'none' });
    } finally {
      await connection.all('SELECT RELEASE_LOCK(?) AS released', [lock]);
    }
  } finally {
    await runner.release();
  }
}
