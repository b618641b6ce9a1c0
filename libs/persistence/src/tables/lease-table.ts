import type { Lease, TakenLease } from '@im/domain';
import { LeaseLostError } from '@im/domain';
import { DuplicateRowError } from '../sql/connection.js';
import { number, optionalNumber } from '../sql/row.js';
import type { Session } from './session.js';

/** Leases, by the database's clock. */
export class LeaseTable {
  constructor(private readonly session: Session) {}

  /** @returns null while another owner holds it */
  async acquire(key: string, owner: string, ttlMs: number): Promise<TakenLease | null> {
    const { connection } = this.session;
    const { now, forUpdate } = connection.dialect;
    const row = await connection.first(
      `SELECT fence, expires_at, ${now} AS time FROM lease WHERE lease_key = ? ${forUpdate}`,
      [key],
    );
    if (row === null) {
      return this.insertFirst(key, owner, ttlMs);
    }
    const expiresAt = optionalNumber(row, 'expires_at');
    if (expiresAt !== null && expiresAt > number(row, 'time')) {
      return null;
    }
    const fence = number(row, 'fence') + 1;
    await connection.run(
      `UPDATE lease SET owner = ?, fence = ?, expires_at = ${now} + ? WHERE lease_key = ?`,
      [owner, fence, ttlMs, key],
    );
    return { key, owner, fence, takenOver: expiresAt !== null };
  }

  async renew({ key, owner, fence }: Lease, ttlMs: number): Promise<void> {
    const { connection } = this.session;
    const held = await connection.run(
      `UPDATE lease SET expires_at = ${connection.dialect.now} + ?
       WHERE lease_key = ? AND owner = ? AND fence = ? AND expires_at IS NOT NULL`,
      [ttlMs, key, owner, fence],
    );
    if (held === 0) {
      throw new LeaseLostError(key);
    }
  }

  /**
   * Whether nobody else took the lease; it cannot be taken until the end of the transaction. An expired lease that nobody took
   * still protects its holder's writes: only a new fence ends it.
   */
  async isHeld({ key, owner, fence }: Lease): Promise<boolean> {
    const { connection } = this.session;
    const row = await connection.first(
      `SELECT fence FROM lease WHERE lease_key = ? AND owner = ? AND fence = ? AND expires_at IS NOT NULL
       ${connection.dialect.forUpdate}`,
      [key, owner, fence],
    );
    return row !== null;
  }

  async giveBack(key: string): Promise<void> {
    await this.session.connection.run('UPDATE lease SET expires_at = NULL WHERE lease_key = ?', [key]);
  }

  /** Not given back: whoever takes them next knows that work was interrupted. */
  async expireAll(): Promise<void> {
    await this.session.connection.run(
      'UPDATE lease SET expires_at = 0, fence = fence + 1 WHERE expires_at IS NOT NULL',
    );
  }

  /** Leases given back lie around as long as expired ones. */
  async deleteExpired(before: number): Promise<void> {
    await this.session.connection.run('DELETE FROM lease WHERE expires_at IS NULL OR expires_at < ?', [
      before,
    ]);
  }

  /**
   * The first fence is the time, so that fences go on growing after the row was swept.
   * @returns null when somebody else was faster
   */
  private async insertFirst(key: string, owner: string, ttlMs: number): Promise<TakenLease | null> {
    const { connection } = this.session;
    const { now } = connection.dialect;
    const batch = {
      table: 'lease',
      columns: ['lease_key', 'owner'],
      expressions: { fence: now, expires_at: `${now} + ${Math.trunc(ttlMs)}` },
    };
    try {
      await connection.insert(batch, [[key, owner]]);
    } catch (error) {
      if (error instanceof DuplicateRowError) {
        return null;
      }
      throw error;
    }
    const row = await connection.first('SELECT fence FROM lease WHERE lease_key = ?', [key]);
    return row === null ? null : { key, owner, fence: number(row, 'fence'), takenOver: false };
  }
}
