import type { ContextualizeRequest } from '../model/contextualize-request.js';
import type { Infrastructure } from '../model/infrastructure.js';
import { isActive } from '../model/operation.js';
import type { StepContext } from '../ports/operation-handler.js';
import type { StoreTransaction } from '../ports/store.js';
import { infrastructureLog } from '../ports/store.js';
import { newOperation } from './new-operation.js';

/**
 * Starts the contextualization of the whole infrastructure in the transaction of the step that makes it necessary: an older one is
 * cancelled, results and logs are reset, and its operation gets the credentials of the one that starts it (spec: lifecycle.md 12).
 */
export async function startContextualization(
  tx: StoreTransaction,
  context: Pick<StepContext, 'ids' | 'items' | 'operation' | 'options'>,
  infrastructure: Infrastructure,
  request: ContextualizeRequest,
): Promise<void> {
  const now = await tx.now();
  await resetResults(tx, infrastructure, request);
  // Raises the version of the infrastructure, so it comes after its row was saved.
  await cancelContextualization(tx, infrastructure.id);
  const operation = newOperation(context.ids, now, {
    kind: 'contextualize',
    infrastructureId: infrastructure.id,
    request,
    requester: context.operation.requester,
    timeLimitMs: timeLimit(infrastructure, context.options.maxContextualizationTimeMs),
  });
  await tx.insertOperation(operation);
  await tx.insertCredentials(operation.id, context.items, now + credentialLifetimeMs);
}

/** Longest time that the credentials of a contextualization are kept if nothing ends it. */
const credentialLifetimeMs = 48 * 3600 * 1000;

/** The time of the document, else the configured one; milliseconds. */
function timeLimit(infrastructure: Infrastructure, configuredMs: number): number {
  const seconds = infrastructure.radl.contextualize?.maxTime ?? 0;
  return seconds > 0 ? seconds * 1000 : configuredMs;
}

/** Asks the running contextualization, if any, to stop at its next step. @returns whether there was one */
export async function cancelContextualization(
  tx: StoreTransaction,
  infrastructureId: string,
): Promise<boolean> {
  let found = false;
  for (const operation of await tx.activeOperations(infrastructureId)) {
    if (operation.lane === 'contextualization' && isActive(operation)) {
      found = true;
      if (operation.state !== 'cancelling') {
        await tx.saveOperation({ ...operation, state: 'cancelling', notBefore: null });
      }
    }
  }
  return found;
}

async function resetResults(
  tx: StoreTransaction,
  infrastructure: Infrastructure,
  request: ContextualizeRequest,
): Promise<void> {
  infrastructure.configured = null;
  if (request.reinstall) {
    infrastructure.ansibleConfigured = null;
  }
  // Saving VMs raises the version of the infrastructure, so its own row goes first.
  await tx.saveInfrastructure(infrastructure);
  const live = (await tx.vmSummaries(infrastructure.id)).filter((vm) => vm.status === 'live');
  // Those that were just launched have no result yet: there may be thousands of them.
  if (live.some((vm) => vm.configured !== null)) {
    const vms = (await tx.vms(infrastructure.id)).filter(
      (vm) => vm.status === 'live' && vm.configured !== null,
    );
    await tx.saveVms(vms.map((vm) => ({ ...vm, configured: null })));
  }
  await tx.clearLogs(infrastructure.id, [infrastructureLog, ...live.map((vm) => vm.imId)]);
}
