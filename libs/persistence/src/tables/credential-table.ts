import type { AuthItem } from '@im/domain';
import { LessThanOrEqual, MoreThan } from 'typeorm';
import { z } from 'zod';
import type { CredentialRow } from '../schema/entities.js';
import { entityNames } from '../schema/entities.js';
import type { Session } from './session.js';

const authItems: z.ZodType<AuthItem[]> = z.array(z.record(z.string(), z.string()));

/** Cloud credentials for the time that an operation needs them (design: architecture.md 3). */
export class CredentialTable {
  constructor(private readonly session: Session) {}

  /** @param now the database's clock */
  async ofOperation(operationId: string, now: number): Promise<AuthItem[] | null> {
    const row = await this.session.connection.ask((manager) =>
      manager.findOneBy<CredentialRow>(entityNames.credential, {
        operation_id: operationId,
        expires_at: MoreThan(now),
      }),
    );
    return row === null
      ? null
      : authItems.parse(JSON.parse(this.session.sealer.open(row.sealed, contextOf(operationId))));
  }

  async insert(operationId: string, items: readonly AuthItem[], expiresAt: number): Promise<void> {
    const sealed = this.session.sealer.seal(JSON.stringify(items), contextOf(operationId));
    const row: CredentialRow = { operation_id: operationId, expires_at: expiresAt, sealed };
    await this.session.connection.ask((manager) =>
      manager.upsert(entityNames.credential, row, ['operation_id']),
    );
  }

  async delete(operationId: string): Promise<void> {
    await this.session.connection.ask((manager) =>
      manager.delete(entityNames.credential, { operation_id: operationId }),
    );
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
