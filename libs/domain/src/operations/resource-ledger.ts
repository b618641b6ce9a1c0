import type { CloudInfo } from '../model/cloud.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { CloudResource, CloudResourceKind } from '../model/ledger.js';
import { openStates } from '../model/ledger.js';
import type { CloudScope, ResourceLedger } from '../ports/connector.js';
import type { StepContext, WorkPorts } from '../ports/operation-handler.js';
import type { Lease } from '../ports/store.js';

/** The ledger of one infrastructure in one cloud, written under the lease of the worker that holds it. */
export class StoredResourceLedger implements ResourceLedger {
  constructor(
    private readonly ports: Pick<WorkPorts, 'store' | 'ids'>,
    private readonly infrastructureId: string,
    private readonly cloud: Pick<CloudInfo, 'id' | 'type'>,
    private readonly lease: Lease,
  ) {}

  async intend(wanted: {
    kind: CloudResourceKind;
    token: string;
    vmId: number | null;
  }): Promise<CloudResource> {
    return this.ports.store.transaction(async (tx) => {
      const known = (await tx.resources(this.infrastructureId, openStates)).find(
        (row) => row.kind === wanted.kind && row.token === wanted.token && row.cloudId === this.cloud.id,
      );
      if (known !== undefined) {
        return known;
      }
      const row = newResource(this.ports, this.infrastructureId, this.cloud, wanted, await tx.now());
      await tx.insertResources([row]);
      return row;
    }, this.lease);
  }

  async present(resource: CloudResource, providerId: string): Promise<void> {
    await this.change(resource, { state: 'present', providerId, lastError: null });
  }

  async gone(resource: CloudResource): Promise<void> {
    await this.change(resource, { state: 'gone', lastError: null });
  }

  async unknown(resource: CloudResource, error: string): Promise<void> {
    await this.change(resource, { state: 'unknown', lastError: error });
  }

  async open(vmId?: number | null): Promise<CloudResource[]> {
    const rows = await this.ports.store.resources(this.infrastructureId, openStates);
    return rows.filter((row) => row.cloudId === this.cloud.id && (vmId === undefined || row.vmId === vmId));
  }

  private async change(resource: CloudResource, values: Partial<CloudResource>): Promise<void> {
    Object.assign(resource, values);
    await this.ports.store.transaction(async (tx) => {
      await tx.saveResources([{ ...resource, updatedAt: await tx.now() }]);
    }, this.lease);
  }
}

/** A row for something that is about to be asked for. */
export function newResource(
  ports: Pick<WorkPorts, 'ids'>,
  infrastructureId: string,
  cloud: Pick<CloudInfo, 'id' | 'type'>,
  wanted: { kind: CloudResourceKind; token: string; vmId: number | null },
  now: number,
): CloudResource {
  return {
    id: ports.ids.resource(),
    infrastructureId,
    vmId: wanted.vmId,
    cloudId: cloud.id,
    cloudType: cloud.type,
    kind: wanted.kind,
    token: wanted.token,
    providerId: null,
    state: 'intended',
    lastError: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** What connectors are told about the infrastructure. */
export function cloudScope(
  context: Pick<StepContext, 'store' | 'ids' | 'options' | 'signal'>,
  infrastructure: Pick<Infrastructure, 'id' | 'radl' | 'owners'>,
  cloud: CloudInfo,
  lease: Lease,
): CloudScope {
  return {
    infrastructureId: infrastructure.id,
    radl: infrastructure.radl,
    ledger: new StoredResourceLedger(context, infrastructure.id, cloud, lease),
    tags: machineTags(context.options.machineTags, infrastructure),
    signal: context.signal,
  };
}

/** Tags that the operator asks for, with their values for this infrastructure (spec: connectors/README.md 5.3). */
function machineTags(
  names: StepContext['options']['machineTags'],
  infrastructure: Pick<Infrastructure, 'id' | 'owners'>,
): Record<string, string> {
  const tags: Record<string, string> = {};
  const owner = infrastructure.owners[0]?.username;
  if (names.username !== undefined && owner !== undefined) {
    tags[names.username] = owner;
  }
  if (names.infrastructureId !== undefined) {
    tags[names.infrastructureId] = infrastructure.id;
  }
  if (names.serviceUrl !== undefined && names.serviceUrl.value !== '') {
    tags[names.serviceUrl.name] = names.serviceUrl.value;
  }
  if (names.service !== undefined) {
    tags[names.service] = 'es.upv.grycap.im';
  }
  return tags;
}
