import type { Radl } from '@im/radl';
import { serializeRadl } from '@im/radl';
import { ImError } from '../errors.js';
import { vmNamed } from './access.js';
import type { AcceptedOperation, RequestContext } from './infrastructure-requests.js';
import type { OperationAcceptance } from './operation-acceptance.js';

/** Requests that change VMs that exist. */
export class VmRequests {
  constructor(private readonly acceptance: OperationAcceptance) {}

  async alter(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    radl: Radl,
  ): Promise<AcceptedOperation> {
    return this.acceptance.accept(context, async (tx) => {
      await this.acceptance.mutable(tx, context.requester, infrastructureId);
      const vm = vmNamed(await tx.vms(infrastructureId), vmId);
      if (!radl.systems.some((system) => system.id === vm.system)) {
        throw new ImError('InvalidRequest', `Incorrect RADL no system with name ${vm.system} provided.`);
      }
      return this.acceptance.insert(tx, context, 'alter', infrastructureId, {
        vmId: vm.imId,
        radl: serializeRadl(radl),
      });
    });
  }

  async power(
    context: RequestContext,
    infrastructureId: string,
    action: 'start' | 'stop',
  ): Promise<AcceptedOperation> {
    return this.acceptance.accept(context, async (tx) => {
      await this.acceptance.mutable(tx, context.requester, infrastructureId);
      return this.acceptance.insert(tx, context, action, infrastructureId, { vmId: null });
    });
  }

  async vmPower(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    action: 'start' | 'stop' | 'reboot',
  ): Promise<AcceptedOperation> {
    return this.acceptance.accept(context, async (tx) => {
      await this.acceptance.mutable(tx, context.requester, infrastructureId);
      const vm = vmNamed(await tx.vms(infrastructureId), vmId);
      return this.acceptance.insert(tx, context, action, infrastructureId, { vmId: vm.imId });
    });
  }

  async snapshot(
    context: RequestContext,
    infrastructureId: string,
    vmId: string,
    snapshot: { disk: number; imageName: string; autoDelete: boolean },
  ): Promise<AcceptedOperation> {
    return this.acceptance.accept(context, async (tx) => {
      await this.acceptance.mutable(tx, context.requester, infrastructureId);
      const vm = vmNamed(await tx.vms(infrastructureId), vmId);
      return this.acceptance.insert(tx, context, 'snapshot', infrastructureId, {
        vmId: vm.imId,
        ...snapshot,
      });
    });
  }
}
