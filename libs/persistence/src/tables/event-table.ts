import type { InfrastructureEvent } from '@im/domain';
import { MoreThan } from 'typeorm';
import type { EventRow } from '../schema/entities.js';
import { entityNames } from '../schema/entities.js';
import type { Session } from './session.js';

/** The audit trail and the event stream; only grows. */
export class EventTable {
  constructor(private readonly session: Session) {}

  async append(events: readonly InfrastructureEvent[]): Promise<void> {
    const { connection } = this.session;
    const batch = {
      table: 'event',
      columns: ['infrastructure_id', 'kind', 'data'],
      expressions: { created_at: connection.dialect.now },
    };
    await connection.insert(
      batch,
      events.map(({ infrastructureId, kind, data }) => [
        infrastructureId,
        kind,
        JSON.stringify(data ?? null),
      ]),
    );
  }

  async after(
    infrastructureId: string,
    sequence: number,
    limit: number,
  ): Promise<(InfrastructureEvent & { sequence: number; at: number })[]> {
    const rows = await this.session.connection.ask((manager) =>
      manager.find<EventRow>(entityNames.event, {
        where: { infrastructure_id: infrastructureId, seq: MoreThan(sequence) },
        order: { seq: 'ASC' },
        take: limit,
      }),
    );
    return rows.map((row) => ({
      infrastructureId,
      kind: row.kind,
      data: JSON.parse(row.data) as unknown,
      sequence: row.seq,
      at: row.created_at,
    }));
  }
}
