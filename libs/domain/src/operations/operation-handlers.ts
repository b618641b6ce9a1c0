import type { OperationHandler } from '../ports/operation-handler.js';
import { AlterHandler } from './alter-handler.js';
import { EstimateHandler, ImagesHandler, QuotasHandler } from './cloud-question-handlers.js';
import { DeployHandler } from './deploy-handler.js';
import { DestroyHandler } from './destroy-handler.js';
import { PowerHandler } from './power-handler.js';
import { ReconfigureHandler } from './reconfigure-handler.js';
import { RefreshHandler } from './refresh-handler.js';
import { RemoveHandler } from './remove-handler.js';
import { SnapshotHandler } from './snapshot-handler.js';

/** Handlers of all kinds but `contextualize`, which comes from its own library. */
export function operationHandlers(): OperationHandler[] {
  return [
    new DeployHandler('create'),
    new DeployHandler('add'),
    new RemoveHandler(),
    new DestroyHandler(),
    new AlterHandler(),
    new PowerHandler('start'),
    new PowerHandler('stop'),
    new PowerHandler('reboot'),
    new ReconfigureHandler(),
    new SnapshotHandler(),
    new RefreshHandler(),
    new EstimateHandler(),
    new ImagesHandler(),
    new QuotasHandler(),
  ];
}
