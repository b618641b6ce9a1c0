import type { IdempotencyRecord } from '@im/domain';
import { ImError } from '@im/domain';
import { LessThan } from 'typeorm';
import type { IdempotencyRow } from '../schema/entities.js';
import { entityNames } from '../schema/entities.js';
import { DuplicateRowError } from '../sql/connection.js';
import type { Session } from './session.js';
import { openedJson, sealedJson } from './session.js';

const insertRow = {
  table: 'idempotency',
  columns: ['idempotency_key', 'request_hash', 'operation_id', 'infrastructure_id', 'created_at', 'response'],
} as const;

/** What requests under an idempotency key led to. */
export class IdempotencyTable {
  constructor(private readonly session: Session) {}

  async byKey(key: string): Promise<IdempotencyRecord | null> {
    const row = await this.session.connection.ask((manager) =>
      manager.findOneBy<IdempotencyRow>(entityNames.idempotency, { idempotency_key: key }),
    );
    return row === null
      ? null
      : {
          key,
          requestHash: row.request_hash,
          operationId: row.operation_id,
          infrastructureId: row.infrastructure_id,
          response: openedJson(this.session.sealer, row.response, contextOf(key)),
          createdAt: row.created_at,
        };
  }

  /** @throws ImError `Conflict` when the key exists */
  async insert(record: IdempotencyRecord): Promise<void> {
    const row = [
      record.key,
      record.requestHash,
      record.operationId,
      record.infrastructureId,
      record.createdAt,
      sealedJson(this.session.sealer, record.response, contextOf(record.key)),
    ];
    try {
      await this.session.connection.insert(insertRow, [row]);
    } catch (error) {
      if (error instanceof DuplicateRowError) {
        throw new ImError(
          'Conflict',
          'Another request with this Idempotency-Key is being accepted: send it again to get its answer.',
          { cause: error },
        );
      }
      throw error;
    }
  }

  async deleteOlderThan(time: number): Promise<void> {
    await this.session.connection.ask((manager) =>
      manager.delete(entityNames.idempotency, { created_at: LessThan(time) }),
    );
  }
}

function contextOf(key: string): string {
  return `idempotency:${key}`;
}
