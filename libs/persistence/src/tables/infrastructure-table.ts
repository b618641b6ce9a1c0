import type {
  ImIdentity,
  Infrastructure,
  InfrastructureListFilter,
  InfrastructureVersion,
  Sealer,
} from '@im/domain';
import { ImError, VersionConflictError } from '@im/domain';
import { deserializeRadl, serializeRadl } from '@im/radl';
import { z } from 'zod';
import type { Row, SqlValue } from '../sql/connection.js';
import { DuplicateRowError } from '../sql/connection.js';
import { inLists, placeholders } from '../sql/in-list.js';
import { flagValue, number, optionalFlag, optionalNumber, optionalText, text } from '../sql/row.js';
import type { DocumentKind } from './document-table.js';
import { DocumentTable, ofInfrastructure } from './document-table.js';
import { keptToscaFrom, keptToscaText } from './kept-tosca-document.js';
import type { Session } from './session.js';
import { snapshotList } from './snapshot-list.js';

const identities: z.ZodType<ImIdentity[]> = z.array(
  z.object({
    username: z.string(),
    password: z.string().exactOptional(),
    token: z.string().exactOptional(),
    admin: z.boolean(),
  }),
);
const textByName = z.record(z.string(), z.string());
const valueByName = z.record(z.string(), z.unknown());

const insertRow = {
  table: 'infrastructure',
  columns: [
    'id',
    'version',
    'created_at',
    'updated_at',
    'deleted_at',
    'next_vm_id',
    'master_vm_id',
    'configured',
    'ansible_configured',
    'name',
    'private_networks',
    'snapshots',
  ],
} as const;

const insertOwner = {
  table: 'owner',
  columns: ['infrastructure_id', 'position', 'fingerprint', 'username'],
} as const;

/** One statement, so that the row and its documents are of the same version. */
const selectWhole = `SELECT i.*, radl.sealed AS radl, tosca.sealed AS tosca, owners.sealed AS owners, extra.sealed AS extra
  FROM infrastructure i
  LEFT JOIN document radl ON radl.infrastructure_id = i.id AND radl.im_id = ${ofInfrastructure} AND radl.kind = 'radl'
  LEFT JOIN document tosca ON tosca.infrastructure_id = i.id AND tosca.im_id = ${ofInfrastructure} AND tosca.kind = 'tosca'
  LEFT JOIN document owners ON owners.infrastructure_id = i.id AND owners.im_id = ${ofInfrastructure} AND owners.kind = 'owners'
  LEFT JOIN document extra ON extra.infrastructure_id = i.id AND extra.im_id = ${ofInfrastructure} AND extra.kind = 'extra'`;

/** Tables whose rows go when an imported infrastructure takes the place of a deleted one. */
const tablesOfInfrastructure = [
  'owner',
  'document',
  'vm',
  'operation',
  'cloud_resource',
  'ctxt_run',
  'ctxt_log',
] as const;

/** Infrastructures with their owners and documents. */
export class InfrastructureTable {
  private readonly documents: DocumentTable;

  constructor(private readonly session: Session) {
    this.documents = new DocumentTable(session);
  }

  async byId(id: string): Promise<Infrastructure | null> {
    const row = await this.session.connection.first(`${selectWhole} WHERE i.id = ?`, [id]);
    return row === null ? null : this.infrastructure(row);
  }

  /** Also keeps others from changing it, and what belongs to it, until the end of the transaction. */
  async lockedById(id: string): Promise<Infrastructure | null> {
    const { connection } = this.session;
    const row = await connection.first(`${selectWhole} WHERE i.id = ? ${connection.dialect.forUpdate}`, [id]);
    return row === null ? null : this.infrastructure(row);
  }

  async byIds(ids: readonly string[]): Promise<Infrastructure[]> {
    const found = new Map<string, Infrastructure>();
    for (const list of inLists(ids)) {
      const sql = `${selectWhole} WHERE i.id IN (${placeholders(list)})`;
      for (const row of await this.session.connection.all(sql, list)) {
        const infrastructure = this.infrastructure(row);
        found.set(infrastructure.id, infrastructure);
      }
    }
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async version(id: string): Promise<InfrastructureVersion | null> {
    const row = await this.session.connection.first(
      'SELECT version, deleted_at FROM infrastructure WHERE id = ?',
      [id],
    );
    return row === null ? null : versionFrom(row);
  }

  /** Of those that there are. */
  async versions(ids: readonly string[]): Promise<Map<string, InfrastructureVersion>> {
    const found = new Map<string, InfrastructureVersion>();
    for (const list of inLists(ids)) {
      const sql = `SELECT id, version, deleted_at FROM infrastructure WHERE id IN (${placeholders(list)})`;
      for (const row of await this.session.connection.all(sql, list)) {
        found.set(text(row, 'id'), versionFrom(row));
      }
    }
    return found;
  }

  async ids({ owners, includeDeleted }: InfrastructureListFilter): Promise<string[]> {
    const conditions = includeDeleted === true ? [] : ['deleted_at IS NULL'];
    const fingerprints = owners?.map((owner) => fingerprintOf(this.session.sealer, owner)) ?? [];
    if (owners !== undefined) {
      if (owners.length === 0) {
        return [];
      }
      conditions.push(
        `id IN (SELECT infrastructure_id FROM owner WHERE fingerprint IN (${placeholders(fingerprints)}))`,
      );
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = await this.session.connection.all(
      `SELECT id FROM infrastructure ${where} ORDER BY created_at DESC, id`,
      fingerprints,
    );
    return rows.map((row) => text(row, 'id'));
  }

  /** @throws ImError `Conflict` when the id is taken */
  async insert(infrastructure: Infrastructure): Promise<void> {
    const { connection } = this.session;
    const row = [
      infrastructure.id,
      infrastructure.version,
      infrastructure.createdAt,
      infrastructure.updatedAt,
      infrastructure.deletedAt,
      ...changingValues(infrastructure),
    ];
    try {
      await connection.insert(insertRow, [row]);
    } catch (error) {
      throw error instanceof DuplicateRowError
        ? new ImError('Conflict', 'There is already an infrastructure with this id.', { cause: error })
        : error;
    }
    const documents = [...documentsOf(infrastructure)].flatMap(([kind, content]) =>
      content === null
        ? []
        : [{ infrastructureId: infrastructure.id, imId: ofInfrastructure, kind, content }],
    );
    await this.documents.put(documents);
    await this.insertOwners(infrastructure);
  }

  async save(infrastructure: Infrastructure): Promise<void> {
    const { connection } = this.session;
    const matched = await connection.run(
      `UPDATE infrastructure SET version = version + 1, updated_at = ${connection.dialect.now},
         deleted_at = COALESCE(deleted_at, ?), next_vm_id = ?, master_vm_id = ?, configured = ?, ansible_configured = ?,
         name = ?, private_networks = ?, snapshots = ?
       WHERE id = ? AND version = ?`,
      [
        infrastructure.deletedAt,
        ...changingValues(infrastructure),
        infrastructure.id,
        infrastructure.version,
      ],
    );
    if (matched === 0) {
      throw new VersionConflictError(`Infrastructure ${infrastructure.id}`);
    }
    const changed = await this.documents.replace(infrastructure.id, documentsOf(infrastructure));
    if (changed.has('owners')) {
      await connection.run('DELETE FROM owner WHERE infrastructure_id = ?', [infrastructure.id]);
      await this.insertOwners(infrastructure);
    }
    infrastructure.version++;
  }

  /** Also locks the row: whoever changes a VM comes through here first. */
  async raiseVersion(id: string): Promise<void> {
    const { connection } = this.session;
    await connection.run(
      `UPDATE infrastructure SET version = version + 1, updated_at = ${connection.dialect.now} WHERE id = ?`,
      [id],
    );
  }

  /** Keeps others from changing what belongs to an infrastructure until the end of the transaction. */
  async lock(id: string): Promise<void> {
    const { connection } = this.session;
    if (connection.dialect.forUpdate !== '') {
      await connection.first(`SELECT id FROM infrastructure WHERE id = ? ${connection.dialect.forUpdate}`, [
        id,
      ]);
    }
  }

  /** The same for the infrastructure of an operation. @returns its id, null when there is none or nothing needs a lock */
  async lockOfOperation(operationId: string): Promise<string | null> {
    const { connection } = this.session;
    if (connection.dialect.forUpdate === '') {
      return null;
    }
    const row = await connection.first(
      `SELECT id FROM infrastructure WHERE id = (SELECT infrastructure_id FROM operation WHERE id = ?)
       ${connection.dialect.forUpdate}`,
      [operationId],
    );
    return row === null ? null : text(row, 'id');
  }

  async replaceDeleted(infrastructure: Infrastructure): Promise<void> {
    const { connection } = this.session;
    const { id } = infrastructure;
    const known = await connection.first(
      `SELECT version, deleted_at FROM infrastructure WHERE id = ? ${connection.dialect.forUpdate}`,
      [id],
    );
    if (known !== null && known['deleted_at'] === null) {
      throw new ImError(
        'Conflict',
        'There is already an infrastructure with this id: it must be deleted first.',
      );
    }
    await connection.run(
      'DELETE FROM sealed_credential WHERE operation_id IN (SELECT id FROM operation WHERE infrastructure_id = ?)',
      [id],
    );
    for (const table of tablesOfInfrastructure) {
      await connection.run(`DELETE FROM ${table} WHERE infrastructure_id = ?`, [id]);
    }
    await connection.run('DELETE FROM infrastructure WHERE id = ?', [id]);
    const version = known === null ? 0 : number(known, 'version') + 1;
    await this.insert({ ...infrastructure, version: Math.max(version, infrastructure.version) });
  }

  private async insertOwners({ id, owners }: Infrastructure): Promise<void> {
    await this.session.connection.insert(
      insertOwner,
      owners.map((owner, position) => [
        id,
        position,
        fingerprintOf(this.session.sealer, owner),
        owner.username,
      ]),
    );
  }

  private infrastructure(row: Row): Infrastructure {
    const id = text(row, 'id');
    const open = (kind: DocumentKind) =>
      this.documents.open({ infrastructureId: id, imId: ofInfrastructure, kind }, text(row, kind));
    return {
      id,
      version: number(row, 'version'),
      owners: identities.parse(JSON.parse(open('owners'))),
      name: optionalText(row, 'name'),
      radl: deserializeRadl(open('radl')),
      tosca: row['tosca'] === null ? null : keptToscaFrom(id, open('tosca')),
      privateNetworks: textByName.parse(JSON.parse(text(row, 'private_networks'))),
      nextVmId: number(row, 'next_vm_id'),
      masterVmId: optionalNumber(row, 'master_vm_id'),
      configured: optionalFlag(row, 'configured'),
      ansibleConfigured: optionalFlag(row, 'ansible_configured'),
      snapshots: snapshotList.parse(JSON.parse(text(row, 'snapshots'))),
      extra: row['extra'] === null ? {} : valueByName.parse(JSON.parse(open('extra'))),
      createdAt: number(row, 'created_at'),
      updatedAt: number(row, 'updated_at'),
      deletedAt: optionalNumber(row, 'deleted_at'),
    };
  }
}

/** In the order of the last columns of `insertRow`. */
function changingValues(infrastructure: Infrastructure): SqlValue[] {
  return [
    infrastructure.nextVmId,
    infrastructure.masterVmId,
    flagValue(infrastructure.configured),
    flagValue(infrastructure.ansibleConfigured),
    infrastructure.name,
    JSON.stringify(infrastructure.privateNetworks),
    JSON.stringify(infrastructure.snapshots),
  ];
}

function documentsOf(infrastructure: Infrastructure): Map<DocumentKind, string | null> {
  const { extra } = infrastructure;
  return new Map<DocumentKind, string | null>([
    ['radl', serializeRadl(infrastructure.radl)],
    ['tosca', infrastructure.tosca === null ? null : keptToscaText(infrastructure.tosca)],
    ['owners', JSON.stringify(infrastructure.owners)],
    ['extra', Object.keys(extra).length === 0 ? null : JSON.stringify(extra)],
  ]);
}

/** An owner is found by user name and password; what its token says is the caller's to judge (spec: rest-api.md 2.4). */
function fingerprintOf(sealer: Sealer, { username, password }: ImIdentity): string {
  return sealer.fingerprint(JSON.stringify([username, password ?? null]));
}

function versionFrom(row: Row): InfrastructureVersion {
  return { version: number(row, 'version'), deleted: row['deleted_at'] !== null };
}
