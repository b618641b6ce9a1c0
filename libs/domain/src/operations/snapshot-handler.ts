import { CloudError, messageOf } from '../errors.js';
import type { CloudInfo } from '../model/cloud.js';
import type { Infrastructure, Snapshot } from '../model/infrastructure.js';
import type { OperationFailure } from '../model/operation.js';
import type { Connector } from '../ports/connector.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { boundedParallel } from './bounded-parallel.js';
import { cloudKey, connectorFor, openClouds } from './cloud-access.js';
import { failureOf } from './failures.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { measured } from './measured.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { cloudScope } from './resource-ledger.js';
import { SilentClouds } from './silent-clouds.js';
import { liveVm } from './vm-call.js';

/** `snapshot`: makes an image of a disk (spec: lifecycle.md 14.6). Result: `{ url }`. */
export class SnapshotHandler implements OperationHandler {
  readonly kind = 'snapshot';
  readonly firstStep = firstStep;
  /** An image that is being made is finished even when the infrastructure is destroyed: only then is it known, and deleted with it. */
  readonly makingSteps = [firstStep];

  async advance(context: StepContext): Promise<StepOutcome> {
    if (context.cancelled) {
      return { type: 'cancelled' };
    }
    const request = requestOf(context.operation, 'snapshot');
    const infrastructure = await loadInfrastructure(context);
    try {
      const vm = await liveVm(context, infrastructure.id, request.vmId);
      const connector = connectorFor(context, vm.cloud);
      const scope = cloudScope(context, infrastructure, vm.cloud, context.lease);
      const url = await measured(context, vm.cloud.type, 'createSnapshot', () =>
        connector.createSnapshot(scope, vm, request.disk, request.imageName),
      );
      return {
        type: 'succeeded',
        result: { url },
        writes: request.autoDelete ? rememberSnapshot(infrastructure.id, url, vm.cloud) : noWrites,
      };
    } catch (error) {
      if (error instanceof CloudError) {
        return {
          type: 'failed',
          error: { ...failureOf(error), message: `Error creating snapshot: ${error.message}` },
        };
      }
      throw error;
    }
  }

  async giveUp(_context: StepContext, _failure: OperationFailure): Promise<StepWrites> {
    return noWrites;
  }
}

const noWrites: StepWrites = async () => {};

function rememberSnapshot(infrastructureId: string, url: string, cloud: CloudInfo): StepWrites {
  return async (tx) => {
    const row = await currentInfrastructure(tx, infrastructureId);
    const others = row.snapshots.filter(
      (known) => known.url !== url || known.cloud === null || cloudKey(known.cloud) !== cloudKey(cloud),
    );
    row.snapshots = [...others, { url, cloud }];
    await tx.saveInfrastructure(row);
  };
}

/**
 * Deletes the images that were made to live as long as the infrastructure; each one that is gone leaves the list.
 * @returns texts of those that could not be deleted
 */
export async function deleteSnapshots(
  context: StepContext,
  infrastructure: Infrastructure,
): Promise<string[]> {
  if (infrastructure.snapshots.length === 0) {
    return [];
  }
  const silent = new SilentClouds();
  const outcomes = await boundedParallel(infrastructure.snapshots, 4, async (snapshot) => {
    const maker = makerOf(context, snapshot);
    await silent.call(maker.access.cloud, () => maker.deleteImage(snapshot.url, context.signal));
  });
  context.signal.throwIfAborted();
  const failed = infrastructure.snapshots.filter(
    (_snapshot, index) => 'error' in (outcomes[index] ?? { error: null }),
  );
  await context.store.transaction(async (tx) => {
    const row = await currentInfrastructure(tx, infrastructure.id);
    row.snapshots = failed;
    await tx.saveInfrastructure(row);
  }, context.lease);
  return outcomes.flatMap((outcome, index) =>
    'error' in outcome
      ? [
          `The image ${infrastructure.snapshots[index]?.url ?? ''} was not deleted: ${messageOf(outcome.error)}`,
        ]
      : [],
  );
}

/** The cloud that made an image; for an imported one, the only cloud of the request that may have. @throws CloudError */
function makerOf(context: StepContext, { url, cloud }: Snapshot): Connector {
  if (cloud !== null) {
    return connectorFor(context, cloud);
  }
  const scheme = url.slice(0, Math.max(url.indexOf('://'), 0));
  const [maker, ...others] = makersOf([...openClouds(context).connectors.values()], scheme);
  if (maker === undefined) {
    throw new CloudError(
      'Unauthenticated',
      `No auth data has been specified for images of the kind ${scheme}.`,
    );
  }
  if (others.length > 0) {
    const ids = [maker, ...others].map(({ access }) => access.cloud.id).join(', ');
    throw new CloudError(
      'InvalidInput',
      `It is not known which of the clouds ${ids} made it: repeat the request with the credentials of that cloud alone.`,
    );
  }
  return maker;
}

/** Clouds that name the kind of image; those that take any only when there is none. */
function makersOf(connectors: readonly Connector[], scheme: string): Connector[] {
  const taking = (kind: string): Connector[] =>
    connectors.filter(
      ({ capabilities }) => capabilities.snapshots && capabilities.imageSchemes.includes(kind),
    );
  const named = taking(scheme);
  return named.length > 0 ? named : taking('*');
}
