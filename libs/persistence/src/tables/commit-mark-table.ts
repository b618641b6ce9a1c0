import type { Session } from './session.js';

/** Marks by which MySQL tells whether a transaction was committed; written by mysql/commit-marks.ts alone. */
export class CommitMarkTable {
  constructor(private readonly session: Session) {}

  async deleteOlderThan(time: number): Promise<void> {
    await this.session.connection.run('DELETE FROM commit_mark WHERE marked_at < ?', [time]);
  }
}
