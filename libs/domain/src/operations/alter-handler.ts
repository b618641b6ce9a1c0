import type { System } from '@im/radl';
import { deserializeRadl } from '@im/radl';
import { CloudError, ImError, messageOf } from '../errors.js';
import type { OperationFailure } from '../model/operation.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { connectorFor } from './cloud-access.js';
import { factsForNow } from './facts-for-now.js';
import { failure } from './failures.js';
import { loadInfrastructure } from './infrastructure-rows.js';
import { applyFacts } from './machine-facts.js';
import { measured } from './measured.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { isOwnTrouble } from './own-trouble.js';
import { cloudScope } from './resource-ledger.js';
import { liveVm } from './vm-call.js';

/** `alter`: changes features of one VM at its cloud; nothing is contextualized (spec: lifecycle.md 9). */
export class AlterHandler implements OperationHandler {
  readonly kind = 'alter';
  readonly firstStep = firstStep;

  async advance(context: StepContext): Promise<StepOutcome> {
    if (context.cancelled) {
      return { type: 'cancelled' };
    }
    const request = requestOf(context.operation, 'alter');
    const infrastructure = await loadInfrastructure(context);
    try {
      const vm = await liveVm(context, infrastructure.id, request.vmId);
      const wanted = systemNamed(deserializeRadl(request.radl).systems, vm.system);
      const connector = connectorFor(context, vm.cloud);
      const scope = cloudScope(context, infrastructure, vm.cloud, context.lease);
      const facts = await measured(context, vm.cloud.type, 'alter', () => connector.alter(scope, vm, wanted));
      return {
        type: 'succeeded',
        writes: async (tx) => {
          const row = await tx.vm(infrastructure.id, vm.imId);
          if (row !== null) {
            applyFacts(row, factsForNow(row, vm, facts), await tx.now());
            await tx.saveVms([row]);
          }
        },
      };
    } catch (error) {
      if (error instanceof ImError && !isOwnTrouble(error)) {
        return { type: 'failed', error: failure(error.message) };
      }
      if (error instanceof CloudError) {
        const text = `Error modifying the information about the VM ${request.vmId}: ${messageOf(error)}`;
        return { type: 'failed', error: failure(text, error.code) };
      }
      throw error;
    }
  }

  async giveUp(_context: StepContext, _failure: OperationFailure): Promise<StepWrites> {
    return async () => {};
  }
}

function systemNamed(systems: readonly System[], name: string): System {
  const found = systems.find((system) => system.id === name);
  if (found === undefined) {
    throw new ImError('InvalidRequest', `Incorrect RADL no system with name ${name} provided.`);
  }
  return found;
}
