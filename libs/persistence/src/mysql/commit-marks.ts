import { randomUUID } from 'node:crypto';
import { ImError } from '@im/domain';
import { mysqlDialect } from '../sql/dialect.js';
import { number } from '../sql/row.js';
import { retrying } from '../store/retry.js';
import type { MysqlConnection } from './mysql-connection.js';
import { troubleOf } from './mysql-errors.js';
import type { MysqlPool } from './mysql-pool.js';

/** What tells afterwards whether a transaction was committed. */
export interface CommitMark {
  writer: string;
  mark: number;
}

const { now } = mysqlDialect;
const writeMark = `INSERT INTO commit_mark (writer, mark, marked_at) VALUES (?, ?, ${now})
  ON DUPLICATE KEY UPDATE mark = VALUES(mark), marked_at = VALUES(marked_at)`;

/** A server may restart meanwhile, or believe for a while that the lost connection is alive (see session-settings.ts). */
const decisionPauses = { attempts: Number.POSITIVE_INFINITY, firstPauseMs: 20, longestPauseMs: 500 };

/**
 * Marks that transactions write last. When the connection is lost after COMMIT was sent and the answer does not come, the mark tells whether
 * there was a commit. A writer is a transaction slot of this process: its row is overwritten, so the table stays small.
 */
export class CommitMarks {
  private readonly idle: CommitMark[] = [];

  /** @param decisionMs how long an outcome is looked for */
  constructor(
    private readonly pool: MysqlPool,
    private readonly decisionMs: number,
  ) {}

  /** Writes a mark that no other transaction has. Its writer writes no other one until `done`. */
  async write(connection: MysqlConnection): Promise<CommitMark> {
    const last = this.idle.pop() ?? { writer: randomUUID(), mark: 0 };
    const mark = { writer: last.writer, mark: last.mark + 1 };
    await connection.run(writeMark, [mark.writer, mark.mark]);
    return mark;
  }

  /** The transaction has ended, so the row of the writer is free. */
  done(mark: CommitMark): void {
    this.idle.push(mark);
  }

  /**
   * Whether the transaction of a mark was committed. Waits for the end of a transaction that the server still has: it holds the row, so
   * the answer is final. The row is written, so that a copy which does not know the transaction yet cannot answer.
   * @throws ImError `Unavailable` when the server does not tell
   */
  async isCommitted({ writer, mark }: CommitMark): Promise<boolean> {
    try {
      return await retrying(
        () => this.pool.use((connection) => this.look(connection, writer, mark)),
        (error) => troubleOf(error) !== null,
        { ...decisionPauses, budgetMs: this.decisionMs },
      );
    } catch (error) {
      throw new ImError(
        'Unavailable',
        'The connection to the database was lost while a change was stored, and it cannot be told now whether it was: look before asking again.',
        { cause: error },
      );
    }
  }

  private async look(connection: MysqlConnection, writer: string, mark: number): Promise<boolean> {
    await connection.begin();
    await connection.run(`UPDATE commit_mark SET marked_at = ${now} WHERE writer = ?`, [writer]);
    const row = await connection.first('SELECT mark FROM commit_mark WHERE writer = ?', [writer]);
    await connection.rollBack();
    return row !== null && number(row, 'mark') === mark;
  }
}
