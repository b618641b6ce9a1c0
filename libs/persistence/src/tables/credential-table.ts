import type { AuthItem } from '@im/domain';
import { LessThanOrEqual } from 'typeorm';
import { z } from 'zod';
import { entityNames } from '../schema/entities.js';
import { text } from '../sql/row.js';
import type { Session } from './session.js';

const authItems: z.ZodType<AuthItem[]> = z.array(z.record(z.string(), z.string()));

const upsert = {
  table: 'sealed_credential',
  columns: ['operation_id', 'expires_at', 'sealed'],
  onConflict: ['expires_at', 'sealed'],
} as const;

/** Cloud credentials for the time that an operation needs them (design: architecture.md 3). */
export class CredentialTable {
  constructor(private readonly session: Session) {}

  /** @param now the database's clock */
  async ofOperation(operationId: string, now: number): Promise<AuthItem[] | null> {
    const row = await this.session.connection.first(
      'SELECT sealed FROM sealed_credential WHERE operation_id = ? AND expires_at > ?',
      [operationId, now],
    );
    return row === null
      ? null
      : authItems.parse(JSON.parse(this.session.sealer.open(text(row, 'sealed'), contextOf(operationId))));
  }

  async insert(operationId: string, items: readonly AuthItem[], expiresAt: number): Promise<void> {
    const sealed = this.session.sealer.seal(JSON.stringify(items), contextOf(operationId));
    await this.session.connection.insert(upsert, [[operationId, expiresAt, sealed]]);
  }

  async delete(operationId: string): Promise<void> {
    await this.session.connection.run('DELETE FROM sealed_credential WHERE operation_id = ?', [operationId]);
  }

  async deleteExpired(now: number): Promise<void> {
    await this.session.connection.ask((manager) =>
      manager.delete(entityNames.credential, { expires_at: LessThanOrEqual(now) }),
    );
  }
}

function contextOf(operationId: string): string {
  return `credential:${operationId}`;
}
