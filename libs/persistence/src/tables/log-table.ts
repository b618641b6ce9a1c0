import type { LogChunk, LogScope } from '@im/domain';
import { inLists, placeholders } from '../sql/in-list.js';
import { number, text } from '../sql/row.js';
import type { Session } from './session.js';

const insertRows = {
  table: 'ctxt_log',
  columns: ['infrastructure_id', 'scope', 'run_id', 'log_offset', 'content'],
  onConflict: 'ignore',
} as const;

/** Logs of contextualization as chunks that are only appended. */
export class LogTable {
  constructor(private readonly session: Session) {}

  /** A chunk with a run and an offset is stored once, however often it comes. */
  async append(chunks: readonly LogChunk[]): Promise<void> {
    await this.session.connection.insert(
      insertRows,
      chunks.map(({ infrastructureId, scope, run, text: content }) => [
        infrastructureId,
        scope,
        run?.runId ?? null,
        run?.offset ?? null,
        content,
      ]),
    );
  }

  async text(infrastructureId: string, scope: LogScope): Promise<string> {
    const rows = await this.session.connection.all(
      'SELECT content FROM ctxt_log WHERE infrastructure_id = ? AND scope = ? ORDER BY seq',
      [infrastructureId, scope],
    );
    return rows.map((row) => text(row, 'content')).join('');
  }

  async texts(infrastructureId: string): Promise<Map<LogScope, string>> {
    const rows = await this.session.connection.all(
      'SELECT scope, content FROM ctxt_log WHERE infrastructure_id = ? ORDER BY scope, seq',
      [infrastructureId],
    );
    const chunks = new Map<LogScope, string[]>();
    for (const row of rows) {
      const scope = number(row, 'scope');
      const ofScope = chunks.get(scope) ?? [];
      ofScope.push(text(row, 'content'));
      chunks.set(scope, ofScope);
    }
    return new Map([...chunks].map(([scope, ofScope]) => [scope, ofScope.join('')]));
  }

  async clear(infrastructureId: string, scopes: readonly LogScope[]): Promise<void> {
    for (const list of inLists(scopes)) {
      await this.session.connection.run(
        `DELETE FROM ctxt_log WHERE infrastructure_id = ? AND scope IN (${placeholders(list)})`,
        [infrastructureId, ...list],
      );
    }
  }
}
