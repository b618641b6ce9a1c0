import type { CloudResource, CloudResourceKind, ResourceLedger } from '@im/domain';

/** The ledger of one infrastructure in one cloud, kept in memory: for tests of connectors. */
export class MemoryLedger implements ResourceLedger {
  readonly rows: CloudResource[] = [];

  constructor(
    private readonly infrastructureId: string,
    private readonly cloud: { id: string; type: string },
  ) {}

  async intend(wanted: {
    kind: CloudResourceKind;
    token: string;
    vmId: number | null;
  }): Promise<CloudResource> {
    const known = this.rows.find(
      (row) => row.kind === wanted.kind && row.token === wanted.token && row.state !== 'gone',
    );
    if (known !== undefined) {
      return known;
    }
    const row: CloudResource = {
      id: `${wanted.kind}-${this.rows.length}`,
      infrastructureId: this.infrastructureId,
      cloudId: this.cloud.id,
      cloudType: this.cloud.type,
      providerId: null,
      state: 'intended',
      lastError: null,
      createdAt: 0,
      updatedAt: 0,
      ...wanted,
    };
    this.rows.push(row);
    return row;
  }

  async present(resource: CloudResource, providerId: string): Promise<void> {
    resource.state = 'present';
    resource.providerId = providerId;
  }

  async gone(resource: CloudResource): Promise<void> {
    resource.state = 'gone';
  }

  async unknown(resource: CloudResource, error: string): Promise<void> {
    resource.state = 'unknown';
    resource.lastError = error;
  }

  async open(vmId?: number | null): Promise<CloudResource[]> {
    return this.rows.filter((row) => row.state !== 'gone' && (vmId === undefined || row.vmId === vmId));
  }
}
