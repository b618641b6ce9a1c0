import { CloudError, messageOf } from '../errors.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { OperationFailure } from '../model/operation.js';
import type { Connector } from '../ports/connector.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { boundedParallel } from './bounded-parallel.js';
import { connectorFor, openClouds } from './cloud-access.js';
import { failureOf } from './failures.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { measured } from './measured.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { cloudScope } from './resource-ledger.js';
import { liveVm } from './vm-call.js';

/** `snapshot`: makes an image of a disk (spec: lifecycle.md 14.6). Result: `{ url }`. */
export class SnapshotHandler implements OperationHandler {
  readonly kind = 'snapshot';
  readonly firstStep = firstStep;

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
        writes: rememberSnapshot(infrastructure.id, url, request.autoDelete),
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
    return async () => {};
  }
}

function rememberSnapshot(infrastructureId: string, url: string, autoDelete: boolean): StepWrites {
  return async (tx) => {
    if (autoDelete) {
      const row = await currentInfrastructure(tx, infrastructureId);
      row.snapshots = [...row.snapshots.filter((known) => known !== url), url];
      await tx.saveInfrastructure(row);
    }
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
  const connectors = [...openClouds(context).connectors.values()];
  const outcomes = await boundedParallel(infrastructure.snapshots, 4, (url) =>
    imageOwner(connectors, url).deleteImage(url, context.signal),
  );
  context.signal.throwIfAborted();
  const failed = infrastructure.snapshots.filter(
    (_url, index) => 'error' in (outcomes[index] ?? { error: null }),
  );
  await context.store.transaction(async (tx) => {
    const row = await currentInfrastructure(tx, infrastructure.id);
    row.snapshots = failed;
    await tx.saveInfrastructure(row);
  }, context.lease);
  return outcomes.flatMap((outcome, index) =>
    'error' in outcome
      ? [`The image ${infrastructure.snapshots[index] ?? ''} was not deleted: ${messageOf(outcome.error)}`]
      : [],
  );
}

function imageOwner(connectors: readonly Connector[], url: string): Connector {
  const scheme = url.slice(0, Math.max(url.indexOf('://'), 0));
  const owner = connectors.find((connector) => connector.capabilities.imageSchemes.includes(scheme));
  if (owner === undefined) {
    throw new CloudError(
      'Unauthenticated',
      `No auth data has been specified for images of the kind ${scheme}.`,
    );
  }
  return owner;
}
