import type { Sealer } from '@im/domain';
import type { SqlConnection } from '../sql/connection.js';

/** What every table is read and written with. */
export interface Session {
  connection: SqlConnection;
  sealer: Sealer;
}

/** A JSON value, sealed; null stays null. */
export function sealedJson(sealer: Sealer, value: unknown, context: string): string | null {
  return value === null || value === undefined ? null : sealer.seal(JSON.stringify(value), context);
}

/** The JSON value that `sealedJson` sealed. */
export function openedJson(sealer: Sealer, sealed: string | null, context: string): unknown {
  return sealed === null ? null : JSON.parse(sealer.open(sealed, context));
}
