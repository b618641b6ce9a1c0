import { existsSync } from 'node:fs';
import type { Config } from '@im/config';
import type { LeftBehindResource, Logger } from '@im/domain';
import { messageOf } from '@im/domain';
import { readLeftBehind } from '@im/persistence';
import { dataPlace } from './data-place.js';
import { StartError } from './start-error.js';

/** For so long the outcome of a call may be unknown before it is worth a line: a destroy settles it in minutes. */
const unknownForMs = 3_600_000;

/**
 * The leak report (design: architecture.md 2): what the ledger still has open of deleted infrastructures, and what has been in
 * the state `unknown` for more than an hour. Needs no encryption key.
 * @param json a JSON array instead of a line for each
 * @throws StartError with exit code 2 when the database cannot be used
 */
export async function leakReport(config: Config, logger: Logger, json: boolean): Promise<string> {
  const { sqliteFile } = dataPlace(config.DATA_DB);
  if (sqliteFile !== null && !existsSync(sqliteFile)) {
    throw new StartError(`There is no database at ${sqliteFile}: set IM_DATA_DB to that of the service.`, 2);
  }
  const left = await readLeftBehind({ url: config.DATA_DB, logger }, unknownForMs).catch((cause: unknown) => {
    throw new StartError(`Error connecting with the DB!!. ${messageOf(cause)}`, 2, { cause });
  });
  return renderLeaks(left, json);
}

/** The report as people or machines read it. */
export function renderLeaks(left: readonly LeftBehindResource[], json: boolean): string {
  if (json) {
    return `${JSON.stringify(left.map(entryOf), null, 2)}\n`;
  }
  if (left.length === 0) {
    return 'Nothing is left behind: no open ledger row of a deleted infrastructure, none unknown for an hour.\n';
  }
  return left.map((resource) => `${lineOf(resource)}\n`).join('');
}

/** What machines are given of a row. */
function entryOf(resource: LeftBehindResource) {
  const { infrastructureId, vmId, kind, cloudId, cloudType, providerId, token, state, lastError } = resource;
  return {
    infrastructureId,
    infrastructureDeleted: timeOf(resource.infrastructureDeletedAt),
    vm: vmId,
    kind,
    cloud: cloudId,
    cloudType,
    providerId,
    token,
    state,
    since: timeOf(resource.updatedAt),
    lastError,
  };
}

function lineOf(resource: LeftBehindResource): string {
  const entry = entryOf(resource);
  const fields: Record<string, string | number | null> = {
    infrastructure: entry.infrastructureId,
    vm: entry.vm,
    kind: entry.kind,
    cloud: entry.cloud,
    type: entry.cloudType,
    id: entry.providerId,
    token: entry.token,
    state: entry.state,
    since: entry.since,
    deleted: entry.infrastructureDeleted,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value === null ? '-' : word(String(value))}`)
    .join(' ');
}

/** Names that users gave may hold blanks or line breaks. */
function word(text: string): string {
  return /^[^\s"]+$/u.test(text) ? text : JSON.stringify(text);
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
