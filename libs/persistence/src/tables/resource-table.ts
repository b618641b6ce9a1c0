import type { CloudResource, CloudResourceKind, CloudResourceState } from '@im/domain';
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
  constructor(private readonly session: Session) {}

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
