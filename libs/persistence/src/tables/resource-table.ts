import type { CloudResource, CloudResourceKind, CloudResourceState, LeftBehindResource } from '@im/domain';
import { openStates } from '@im/domain';
import type { Row, SqlValue } from '../sql/connection.js';
import { placeholders } from '../sql/in-list.js';
import { number, oneOf, optionalNumber, optionalText, text } from '../sql/row.js';
import type { Session } from './session.js';

const kinds: readonly CloudResourceKind[] = [
  'machine',
  'network',
  'security-group',
  'address',
  'volume',
  'key-pair',
  'snapshot',
  'dns-record',
];
const states: readonly CloudResourceState[] = ['intended', 'present', 'deleting', 'gone', 'unknown'];

const changingColumns = [
  'vm_id',
  'cloud_type',
  'provider_id',
  'state',
  'last_error',
  'created_at',
  'updated_at',
] as const;
const columns = ['id', 'infrastructure_id', 'cloud_id', 'kind', 'token', ...changingColumns];
const insertRows = { table: 'cloud_resource', columns } as const;
const upsertRows = { table: 'cloud_resource', columns, onConflict: changingColumns } as const;

/** The ledger of cloud objects (design: architecture.md 2). */
export class ResourceTable {
  constructor(private readonly session: Pick<Session, 'connection'>) {}

  async ofInfrastructure(
    infrastructureId: string,
    wanted?: readonly CloudResourceState[],
  ): Promise<CloudResource[]> {
    if (wanted?.length === 0) {
      return [];
    }
    const condition = wanted === undefined ? '' : `AND state IN (${placeholders(wanted)})`;
    const rows = await this.session.connection.all(
      `SELECT * FROM cloud_resource WHERE infrastructure_id = ? ${condition} ORDER BY created_at, id`,
      [infrastructureId, ...(wanted ?? [])],
    );
    return rows.map(resourceOf);
  }

  /**
   * Open rows of deleted infrastructures, and of others those that have been `unknown` for longer than `unknownForMs`; in the order
   * in which they last changed.
   */
  async leftBehind(unknownForMs: number): Promise<LeftBehindResource[]> {
    const { connection } = this.session;
    const rows = await connection.all(
      `SELECT r.*, i.deleted_at AS infrastructure_deleted_at
       FROM cloud_resource r JOIN infrastructure i ON i.id = r.infrastructure_id
       WHERE r.state IN (${placeholders(openStates)})
         AND (i.deleted_at IS NOT NULL OR (r.state = 'unknown' AND r.updated_at < ${connection.dialect.now} - ?))
       ORDER BY r.updated_at, r.id`,
      [...openStates, unknownForMs],
    );
    return rows.map((row) => ({
      ...resourceOf(row),
      infrastructureDeletedAt: optionalNumber(row, 'infrastructure_deleted_at'),
    }));
  }

  /** Open rows of deleted infrastructures by state. */
  async countLeftBehind(): Promise<Map<CloudResourceState, number>> {
    const rows = await this.session.connection.all(
      `SELECT r.state, COUNT(*) AS left_behind
       FROM cloud_resource r JOIN infrastructure i ON i.id = r.infrastructure_id
       WHERE r.state IN (${placeholders(openStates)}) AND i.deleted_at IS NOT NULL
       GROUP BY r.state`,
      openStates,
    );
    const counts = new Map(openStates.map((state) => [state, 0]));
    for (const row of rows) {
      counts.set(oneOf(row, 'state', states), number(row, 'left_behind'));
    }
    return counts;
  }

  async insert(resources: readonly CloudResource[]): Promise<void> {
    await this.session.connection.insert(insertRows, resources.map(rowOf));
  }

  /** Rows are found by id or by what makes them unique; see `CloudResource.token`. They keep their id. */
  async save(resources: readonly CloudResource[]): Promise<void> {
    await this.session.connection.insert(upsertRows, resources.map(rowOf));
  }
}

function rowOf(resource: CloudResource): SqlValue[] {
  return [
    resource.id,
    resource.infrastructureId,
    resource.cloudId,
    resource.kind,
    resource.token,
    resource.vmId,
    resource.cloudType,
    resource.providerId,
    resource.state,
    resource.lastError,
    resource.createdAt,
    resource.updatedAt,
  ];
}

function resourceOf(row: Row): CloudResource {
  return {
    id: text(row, 'id'),
    infrastructureId: text(row, 'infrastructure_id'),
    vmId: optionalNumber(row, 'vm_id'),
    cloudId: text(row, 'cloud_id'),
    cloudType: text(row, 'cloud_type'),
    kind: oneOf(row, 'kind', kinds),
    token: text(row, 'token'),
    providerId: optionalText(row, 'provider_id'),
    state: oneOf(row, 'state', states),
    lastError: optionalText(row, 'last_error'),
    createdAt: number(row, 'created_at'),
    updatedAt: number(row, 'updated_at'),
  };
}
