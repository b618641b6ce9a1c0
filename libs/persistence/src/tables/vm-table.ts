import type { Lease, ProviderVmState, Vm, VmStatus, VmSummary } from '@im/domain';
import { VersionConflictError } from '@im/domain';
import type { Radl } from '@im/radl';
import { deserializeRadl, serializeRadl } from '@im/radl';
import { z } from 'zod';
import type { Row, SqlValue } from '../sql/connection.js';
import { inLists, placeholders } from '../sql/in-list.js';
import { flagValue, number, oneOf, optionalFlag, optionalNumber, optionalText, text } from '../sql/row.js';
import { cloudInfo } from './cloud-info.js';
import { DocumentTable } from './document-table.js';
import type { Session } from './session.js';

const statuses: readonly VmStatus[] = ['planned', 'launching', 'live', 'failed', 'finalizing', 'destroyed'];
const providerStates: readonly ProviderVmState[] = [
  'pending',
  'running',
  'stopped',
  'off',
  'failed',
  'unknown',
];
const texts = z.array(z.string());
/** Serialized `info` and `requested`, what only the connector understands, and the SSH host key. */
const vmDocument = z.tuple([
  z.string(),
  z.string(),
  z.record(z.string(), z.unknown()),
  z.string().nullable(),
]);

const changingColumns = [
  'version',
  'status',
  'provider_state',
  'configured',
  'provider_id',
  'last_success',
  'failing_since',
  'launch_not_before',
  'launch_attempts',
  'claim_key',
  'claim_fence',
  'created_at',
  'added_by',
  'launch_token',
  'system_name',
  'cloud',
  'error_message',
  'launch_errors',
] as const;
const columns = ['infrastructure_id', 'im_id', ...changingColumns];
const insertRows = { table: 'vm', columns } as const;
const upsertRows = { table: 'vm', columns, onConflict: changingColumns } as const;

/** One statement, so that rows and documents are of the same version. */
const selectWhole = `SELECT v.*, d.sealed FROM vm v
  JOIN document d ON d.infrastructure_id = v.infrastructure_id AND d.im_id = v.im_id AND d.kind = 'vm'`;

interface Claim {
  key: string | null;
  fence: number | null;
}

/** The virtual machines with their documents. */
export class VmTable {
  private readonly documents: DocumentTable;

  constructor(private readonly session: Session) {
    this.documents = new DocumentTable(session);
  }

  async ofInfrastructure(infrastructureId: string): Promise<Vm[]> {
    const rows = await this.session.connection.all(
      `${selectWhole} WHERE v.infrastructure_id = ? ORDER BY v.im_id`,
      [infrastructureId],
    );
    return rows.map((row) => this.vm(row));
  }

  async one(infrastructureId: string, imId: number): Promise<Vm | null> {
    const row = await this.session.connection.first(
      `${selectWhole} WHERE v.infrastructure_id = ? AND v.im_id = ?`,
      [infrastructureId, imId],
    );
    return row === null ? null : this.vm(row);
  }

  async summaries(infrastructureId: string): Promise<VmSummary[]> {
    const rows = await this.session.connection.all(
      `SELECT im_id, status, provider_state, configured, provider_id, last_success, failing_since, added_by
       FROM vm WHERE infrastructure_id = ? ORDER BY im_id`,
      [infrastructureId],
    );
    return rows.map((row) => ({ imId: number(row, 'im_id'), ...summaryOf(row) }));
  }

  async insert(vms: readonly Vm[]): Promise<void> {
    const unclaimed = { key: null, fence: null };
    await this.session.connection.insert(
      insertRows,
      vms.map((vm) => rowOf(vm, vm.version, unclaimed)),
    );
    await this.documents.put(vms.map((vm) => ({ ...documentKey(vm), content: contentOf(vm) })));
  }

  /** Compares and raises the version of each VM; writes only the documents that changed. @throws VersionConflictError */
  async save(infrastructureId: string, vms: readonly Vm[]): Promise<void> {
    const stored = await this.stored(
      infrastructureId,
      vms.map((vm) => vm.imId),
    );
    const rows: SqlValue[][] = [];
    const changed = [];
    for (const vm of vms) {
      const known = stored.get(vm.imId);
      if (known?.version !== vm.version) {
        throw new VersionConflictError(`VM ${vm.imId} of infrastructure ${infrastructureId}`);
      }
      // Twice the same VM in one call is a conflict as well.
      stored.delete(vm.imId);
      rows.push(
        rowOf(vm, vm.version + 1, vm.status === 'launching' ? known.claim : { key: null, fence: null }),
      );
      const content = contentOf(vm);
      if (this.documents.hash(content) !== known.hash) {
        changed.push({ ...documentKey(vm), content });
      }
    }
    await this.session.connection.insert(upsertRows, rows);
    await this.documents.put(changed);
  }

  /**
   * See StoreTransaction.claimVmToLaunch. The infrastructure is locked by the caller, so nobody claims at the same time.
   * @returns the number of the VM, and whether another lane had it that ended
   */
  async claim(infrastructureId: string, lease: Lease): Promise<{ imId: number; orphaned: boolean } | null> {
    const { connection } = this.session;
    const { now } = connection.dialect;
    // Two selects, each along the index of states: one over both states would read all VMs that are launched already.
    const row = await connection.first(
      `SELECT im_id, orphaned FROM (
         SELECT * FROM (
           SELECT im_id, 0 AS orphaned FROM vm WHERE infrastructure_id = ? AND status = 'planned'
             AND (launch_not_before IS NULL OR launch_not_before <= ${now})
           ORDER BY im_id LIMIT 1) planned
         UNION ALL SELECT * FROM (
           SELECT v.im_id, 1 AS orphaned FROM vm v LEFT JOIN lease l
             ON l.lease_key = v.claim_key AND l.fence = v.claim_fence AND l.expires_at > ${now}
           WHERE v.infrastructure_id = ? AND v.status = 'launching' AND l.lease_key IS NULL
           ORDER BY v.im_id LIMIT 1) ended) due ORDER BY im_id LIMIT 1`,
      [infrastructureId, infrastructureId],
    );
    if (row === null) {
      return null;
    }
    const imId = number(row, 'im_id');
    await connection.run(
      `UPDATE vm SET status = 'launching', version = version + 1, claim_key = ?, claim_fence = ?
       WHERE infrastructure_id = ? AND im_id = ?`,
      [lease.key, lease.fence, infrastructureId, imId],
    );
    return { imId, orphaned: number(row, 'orphaned') === 1 };
  }

  private async stored(
    infrastructureId: string,
    imIds: readonly number[],
  ): Promise<Map<number, { version: number; hash: string; claim: Claim }>> {
    const { connection } = this.session;
    const found = new Map<number, { version: number; hash: string; claim: Claim }>();
    for (const list of inLists(imIds)) {
      const rows = await connection.all(
        `SELECT v.im_id, v.version, v.claim_key, v.claim_fence, d.hash FROM vm v
         JOIN document d ON d.infrastructure_id = v.infrastructure_id AND d.im_id = v.im_id AND d.kind = 'vm'
         WHERE v.infrastructure_id = ? AND v.im_id IN (${placeholders(list)}) ${connection.dialect.forUpdate}`,
        [infrastructureId, ...list],
      );
      for (const row of rows) {
        const claim = { key: optionalText(row, 'claim_key'), fence: optionalNumber(row, 'claim_fence') };
        found.set(number(row, 'im_id'), {
          version: number(row, 'version'),
          hash: text(row, 'hash'),
          claim,
        });
      }
    }
    return found;
  }

  private vm(row: Row): Vm {
    const infrastructureId = text(row, 'infrastructure_id');
    const imId = number(row, 'im_id');
    const content = this.documents.open({ infrastructureId, imId, kind: 'vm' }, text(row, 'sealed'));
    const [info, requested, connectorData, sshHostKey] = vmDocument.parse(JSON.parse(content));
    return {
      infrastructureId,
      imId,
      version: number(row, 'version'),
      system: text(row, 'system_name'),
      cloud: cloudInfo.parse(JSON.parse(text(row, 'cloud'))),
      launchToken: text(row, 'launch_token'),
      ...summaryOf(row),
      info: deserializeRadl(info),
      requested: deserializeRadl(requested),
      errorMessage: optionalText(row, 'error_message'),
      launchAttempts: number(row, 'launch_attempts'),
      launchErrors: texts.parse(JSON.parse(text(row, 'launch_errors'))),
      launchNotBefore: optionalNumber(row, 'launch_not_before'),
      connectorData,
      sshHostKey,
      createdAt: number(row, 'created_at'),
    };
  }
}

function summaryOf(row: Row): Omit<VmSummary, 'imId'> {
  return {
    status: oneOf(row, 'status', statuses),
    providerState: oneOf(row, 'provider_state', providerStates),
    configured: optionalFlag(row, 'configured'),
    providerId: optionalText(row, 'provider_id'),
    lastSuccess: optionalNumber(row, 'last_success'),
    failingSince: optionalNumber(row, 'failing_since'),
    addedBy: optionalText(row, 'added_by'),
  };
}

/** In the order of `columns`. */
function rowOf(vm: Vm, version: number, claim: Claim): SqlValue[] {
  return [
    vm.infrastructureId,
    vm.imId,
    version,
    vm.status,
    vm.providerState,
    flagValue(vm.configured),
    vm.providerId,
    vm.lastSuccess,
    vm.failingSince,
    vm.launchNotBefore,
    vm.launchAttempts,
    claim.key,
    claim.fence,
    vm.createdAt,
    vm.addedBy,
    vm.launchToken,
    vm.system,
    JSON.stringify(vm.cloud),
    vm.errorMessage,
    JSON.stringify(vm.launchErrors),
  ];
}

function documentKey(vm: Vm): { infrastructureId: string; imId: number; kind: 'vm' } {
  return { infrastructureId: vm.infrastructureId, imId: vm.imId, kind: 'vm' };
}

/** One document per VM: sealing and opening cost more than its length. */
function contentOf(vm: Vm): string {
  const documents: [info: Radl, requested: Radl] = [vm.info, vm.requested];
  return JSON.stringify([...documents.map((radl) => serializeRadl(radl)), vm.connectorData, vm.sshHostKey]);
}
