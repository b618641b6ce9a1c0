import type { Logger } from '@im/domain';
import { ImError, messageOf } from '@im/domain';
import { reportMigrations } from '../schema/migrations-table.js';
import type { SqlConnection, SqlDatabase } from '../sql/connection.js';
import { RetriedReads } from '../store/retried-reads.js';
import { isConflict, retrying } from '../store/retry.js';
import type { CommitMark } from './commit-marks.js';
import { CommitMarks } from './commit-marks.js';
import type { MysqlConnection } from './mysql-connection.js';
import type { Trouble } from './mysql-errors.js';
import { asUnavailable, troubleOf } from './mysql-errors.js';
import type { MysqlLimits } from './mysql-limits.js';
import { migrateMysql } from './mysql-migrations.js';
import { MysqlPool } from './mysql-pool.js';
import { MysqlReads } from './mysql-reads.js';
import { openSource } from './mysql-source.js';
import type { MysqlLocation } from './mysql-url.js';

export interface MysqlOptions {
  limits: MysqlLimits;
  /** How long to wait while another process changes the tables. */
  migrationWaitMs: number;
  logger: Logger;
}

/** After these a transaction or a read is run again: it had no effect, and another try may succeed soon. */
const passing: readonly Trouble[] = ['passing', 'lost', 'unreachable', 'read-only'];
/** An answer to COMMIT that says that nothing was committed. */
const refusedCommits: readonly Trouble[] = ['passing', 'read-only'];

/** A MySQL or MariaDB server. */
export class MysqlDatabase implements SqlDatabase {
  readonly reads: SqlConnection;
  private readonly marks: CommitMarks;

  private constructor(
    private readonly pool: MysqlPool,
    decisionMs: number,
    private readonly logger: Logger,
  ) {
    this.reads = new RetriedReads(new MysqlReads(pool), isPassing, asUnavailable);
    this.marks = new CommitMarks(pool, decisionMs);
  }

  /**
   * Connects, with the decoded password first and the literal one second, and brings the tables up to date.
   * @throws ImError `Unavailable` with server and database but no password
   */
  static open(location: MysqlLocation, options: MysqlOptions): Promise<MysqlDatabase> {
    return explaining(location, async () => {
      const { limits, logger } = options;
      await migrate(location, options);
      const pool = new MysqlPool(await openSource(location, limits), limits);
      return new MysqlDatabase(pool, limits.decisionMs, logger);
    });
  }

  /** Only brings the tables up to date. @throws as `open` */
  static migrate(location: MysqlLocation, options: MysqlOptions): Promise<void> {
    return explaining(location, () => migrate(location, options));
  }

  async transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    try {
      return await retrying(
        () => this.attempt(work),
        (error, attempt) => isConflict(error, attempt) || isPassing(error),
      );
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** In a transaction that writes, which only the server can do that takes writes. */
  latest<T>(read: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.transaction(async (connection) => {
      await connection.run('DELETE FROM commit_mark WHERE writer = ?', ['']);
      return read(connection);
    });
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** One run of a transaction. Its error says that nothing was committed, or is an ImError that says that this is not known. */
  private async attempt<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const sent: SentCommit<T>[] = [];
    try {
      return await this.pool.use((connection) => this.run(connection, work, sent));
    } catch (error) {
      const [commit] = sent;
      if (commit === undefined) {
        throw error;
      }
      return this.decided(commit, error);
    }
  }

  private async run<T>(
    connection: MysqlConnection,
    work: (connection: SqlConnection) => Promise<T>,
    sent: SentCommit<T>[],
  ): Promise<T> {
    await connection.begin();
    try {
      const result = await work(connection);
      const mark = connection.hasWritten ? await this.marks.write(connection) : null;
      sent.push({ mark, result });
      await connection.commit();
      this.done(mark);
      return result;
    } catch (error) {
      await this.abandon(connection);
      throw error;
    }
  }

  /** What became of a transaction whose COMMIT was sent and not confirmed. */
  private async decided<T>({ mark, result }: SentCommit<T>, error: unknown): Promise<T> {
    const trouble = troubleOf(error);
    const wasRefused = trouble !== null && refusedCommits.includes(trouble);
    if (mark !== null && !wasRefused && (await this.marks.isCommitted(mark))) {
      this.logger.info('The answer to a commit was lost; it was found to be stored.', {
        reason: messageOf(error),
      });
      this.done(mark);
      return result;
    }
    this.done(mark);
    throw error;
  }

  private done(mark: CommitMark | null): void {
    if (mark !== null) {
      this.marks.done(mark);
    }
  }

  /** Leaves nothing behind on the connection; where that fails the pool closes it. */
  private async abandon(connection: MysqlConnection): Promise<void> {
    if (connection.spoiltBy !== null) {
      return;
    }
    try {
      await connection.rollBack();
    } catch (error) {
      this.logger.warn('A transaction could not be rolled back; its connection is closed.', {
        reason: messageOf(error),
      });
    }
  }
}

interface SentCommit<T> {
  /** null: nothing was written. */
  mark: CommitMark | null;
  result: T;
}

function isPassing(error: unknown): boolean {
  const trouble = troubleOf(error);
  return trouble !== null && passing.includes(trouble);
}

async function migrate(location: MysqlLocation, options: MysqlOptions): Promise<void> {
  const run = await migrateMysql(location, options.limits, options.migrationWaitMs);
  reportMigrations(run, nameOf(location), options.logger);
}

async function explaining<T>(location: MysqlLocation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ImError('Unavailable', `The database ${nameOf(location)} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function nameOf({ database, host, port, socket }: MysqlLocation): string {
  return `${database} at ${socket ?? `${host}:${port}`}`;
}
