import { CloudError, ImError, messageOf } from '../errors.js';
import type { CloudAccess, CloudInfo } from '../model/cloud.js';
import type { Connector } from '../ports/connector.js';
import type { StepContext } from '../ports/operation-handler.js';

/** Connectors of the clouds that came with a request, and why others could not be opened. */
export interface OpenClouds {
  /** In the order of the authorization data; of two clouds with one id the last counts. */
  connectors: Map<string, Connector>;
  /** Cloud id -> reason, for elements that cannot be used (spec: connectors/README.md 2.4). */
  problems: Map<string, string>;
}

/** Opens every cloud; an unusable one is remembered with its reason and does not stand in the way of the others. */
export function openClouds(context: Pick<StepContext, 'clouds' | 'connectors'>): OpenClouds {
  const open: OpenClouds = { connectors: new Map(), problems: new Map() };
  for (const access of context.clouds) {
    try {
      open.connectors.set(access.cloud.id, context.connectors.open(access));
    } catch (error) {
      open.problems.set(access.cloud.id, messageOf(error));
    }
  }
  return open;
}

/**
 * The element of the authorization data for the cloud a VM lives in: the one with its id, else the first of the same type and
 * server (spec: lifecycle.md 6.5, last paragraph).
 * @throws CloudError `Unauthenticated` when the request brought none
 */
export function accessFor(clouds: readonly CloudAccess[], cloud: CloudInfo): CloudAccess {
  const access = findAccess(clouds, cloud);
  if (access === undefined) {
    throw new CloudError(
      'Unauthenticated',
      `No auth data has been specified to ${cloud.type}: repeat the request with the credentials of the cloud ${cloud.id}.`,
    );
  }
  return access;
}

/** Whether a request can ask the cloud a VM lives in. */
export function hasAccess(clouds: readonly CloudAccess[], cloud: CloudInfo): boolean {
  return findAccess(clouds, cloud) !== undefined;
}

function findAccess(clouds: readonly CloudAccess[], cloud: CloudInfo): CloudAccess | undefined {
  const sameService = clouds.filter(
    (access) => access.cloud.type === cloud.type && access.cloud.server === cloud.server,
  );
  return sameService.findLast((candidate) => candidate.cloud.id === cloud.id) ?? sameService[0];
}

/** Opens the cloud a VM lives in. @throws CloudError */
export function connectorFor(
  context: Pick<StepContext, 'clouds' | 'connectors'>,
  cloud: CloudInfo,
): Connector {
  return context.connectors.open(accessFor(context.clouds, cloud));
}

/** Key of VMs that share cloud-wide resources of an infrastructure: the same account of the same service. */
export function cloudKey(cloud: CloudInfo): string {
  return JSON.stringify([cloud.id, cloud.type, cloud.server, cloud.port, cloud.path, cloud.extra]);
}

/** The cloud with this id. @throws ImError `Cloud ID <id> not found.` (spec: rest-api.md 10.2) */
export function cloudWithId(clouds: readonly CloudAccess[], id: string): CloudAccess {
  const access = clouds.findLast((candidate) => candidate.cloud.id === id);
  if (access === undefined) {
    throw new ImError('InvalidRequest', `Cloud ID ${id} not found.`);
  }
  return access;
}
