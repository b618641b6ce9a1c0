import type { Radl, System } from '@im/radl';
import { applyReconfiguration, deserializeRadl, RadlError } from '@im/radl';
import type { OperationFailure } from '../model/operation.js';
import type { Vm } from '../model/vm.js';
import type { OperationHandler, StepContext, StepOutcome, StepWrites } from '../ports/operation-handler.js';
import { failureOf } from './failures.js';
import { currentInfrastructure, loadInfrastructure } from './infrastructure-rows.js';
import { firstStep } from './new-operation.js';
import { requestOf } from './operation-requests.js';
import { startContextualization } from './start-contextualization.js';

const newCredentials = ['password', 'public_key', 'private_key'].map(
  (name) => `disk.0.os.credentials.new.${name}`,
);

/** `reconfigure`: takes over recipes, steps, credentials and applications, and contextualizes again (spec: lifecycle.md 11). */
export class ReconfigureHandler implements OperationHandler {
  readonly kind = 'reconfigure';
  readonly firstStep = firstStep;

  async advance(context: StepContext): Promise<StepOutcome> {
    if (context.cancelled) {
      return { type: 'cancelled' };
    }
    const request = requestOf(context.operation, 'reconfigure');
    const infrastructure = await loadInfrastructure(context);
    const asked = deserializeRadl(request.radl);
    let radl: Radl;
    try {
      radl = applyReconfiguration(infrastructure.radl, asked);
    } catch (error) {
      if (error instanceof RadlError) {
        return { type: 'failed', error: failureOf(error) };
      }
      throw error;
    }
    return {
      type: 'succeeded',
      writes: async (tx) => {
        const row = await currentInfrastructure(tx, infrastructure.id);
        row.radl = radl;
        await startContextualization(tx, context, row, {
          vmIds: request.vmIds,
          reinstall: true,
          reason: 'reconfigure',
        });
        const changed = (await tx.vms(row.id)).filter((vm) => takesNewCredentials(vm, asked.systems));
        await tx.saveVms(changed);
      },
    };
  }

  async giveUp(_context: StepContext, _failure: OperationFailure): Promise<StepWrites> {
    return async () => {};
  }
}

/** New credentials reach the VMs of the system, so that the contextualization sets them (spec: lifecycle.md 11, "Better"). */
function takesNewCredentials(vm: Vm, systems: readonly System[]): boolean {
  const asked = systems.find((system) => system.id === vm.system)?.features;
  const features = vm.info.systems[0]?.features;
  if (vm.status !== 'live' || asked === undefined || features === undefined) {
    return false;
  }
  let changed = false;
  for (const name of newCredentials) {
    const value = asked.getText(name);
    const current = features.getText(name.replace('.new.', '.'));
    if (value !== undefined && value !== current) {
      features.set(name, value);
      changed = true;
    }
  }
  return changed;
}
