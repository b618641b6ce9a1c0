import { checkRadl, deserializeRadl, RadlError } from '@im/radl';
import { CloudError, ImError } from '../errors.js';
import type { OperationFailure } from '../model/operation.js';
import { estimateOf } from '../planning/estimate.js';
import { planDeployment } from '../planning/plan-deployment.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { cloudWithId } from './cloud-access.js';
import { failureOf } from './failures.js';
import { measured } from './measured.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { isOwnTrouble } from './own-trouble.js';

/** Questions that change nothing: one call, and its answer or its error is the outcome. */
abstract class CloudQuestionHandler implements OperationHandler {
  abstract readonly kind: 'estimate' | 'images' | 'quotas';
  readonly firstStep = firstStep;

  async advance(context: StepContext): Promise<StepOutcome> {
    try {
      return { type: 'succeeded', result: await this.answer(context) };
    } catch (error) {
      if (isOwnTrouble(error)) {
        throw error;
      }
      if (error instanceof CloudError || error instanceof ImError || error instanceof RadlError) {
        return { type: 'failed', error: failureOf(error) };
      }
      throw error;
    }
  }

  async giveUp(_context: StepContext, _failure: OperationFailure): Promise<StepWrites> {
    return async () => {};
  }

  protected abstract answer(context: StepContext): Promise<unknown>;
}

/** `estimate`: what a document would use (spec: lifecycle.md 13). */
export class EstimateHandler extends CloudQuestionHandler {
  readonly kind = 'estimate';

  protected async answer(context: StepContext): Promise<unknown> {
    const radl = deserializeRadl(requestOf(context.operation, 'estimate').radl);
    checkRadl(radl);
    if (radl.deploys.every((deploy) => deploy.vmNumber === 0)) {
      return {};
    }
    return estimateOf(radl, await planDeployment(context, radl, {}));
  }
}

/** `images`: images that a cloud offers (spec: rest-api.md 10.2). */
export class ImagesHandler extends CloudQuestionHandler {
  readonly kind = 'images';

  protected async answer(context: StepContext): Promise<unknown> {
    const { cloudId, filters } = requestOf(context.operation, 'images');
    const access = cloudWithId(context.clouds, cloudId);
    const connector = context.connectors.open(access);
    return measured(context, access.cloud.type, 'listImages', () =>
      connector.listImages(filters, context.signal),
    );
  }
}

/** `quotas`: what may still be used in a cloud (spec: rest-api.md 10.3). */
export class QuotasHandler extends CloudQuestionHandler {
  readonly kind = 'quotas';

  protected async answer(context: StepContext): Promise<unknown> {
    const access = cloudWithId(context.clouds, requestOf(context.operation, 'quotas').cloudId);
    const connector = context.connectors.open(access);
    return measured(context, access.cloud.type, 'quotas', () => connector.quotas(context.signal));
  }
}
