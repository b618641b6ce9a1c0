import type { Infrastructure, StepOutcome, StoreTransaction, Vm } from '@im/domain';
import { inventoryName } from './inventory.js';
import type { Progress } from './progress.js';
import type { HandledOutput } from './run-output.js';

/** Pause before a run that was lost is started again: its machine may still boot. */
const lostPauseMs = 5000;
/** Times that a run may be lost with its machine before it counts as failed. */
const maxLost = 2;

/** What follows the end of a run: another one when it was lost, or the result. */
export function runOutcome(
  infrastructure: Infrastructure,
  output: HandledOutput,
  vms: readonly Vm[],
): StepOutcome {
  const { progress } = output;
  if (output.lost && output.succeeded === undefined && progress.attempt <= maxLost) {
    const data: Progress = { ...progress, attempt: progress.attempt + 1, offset: 0, result: null };
    return { type: 'wait', step: 'launch', delayMs: lostPauseMs, data, writes: output.writes };
  }
  const targets = vms.filter((vm) => progress.targets.includes(vm.imId));
  const isOk = (vm: Vm): boolean => output.succeeded?.has(inventoryName(vm)) === true;
  const configured = targets.filter(isOk).map((vm) => vm.imId);
  const failed = targets.filter((vm) => !isOk(vm)).map((vm) => vm.imId);
  return {
    type: 'succeeded',
    result: { configured, failed },
    writes: async (tx) => {
      await output.writes(tx);
      await saveResults(tx, infrastructure.id, new Set(configured), progress);
    },
  };
}

/** VMs that were left out are told why. */
async function saveResults(
  tx: StoreTransaction,
  infrastructureId: string,
  succeeded: ReadonlySet<number>,
  { excluded, masterId, hostKey }: Progress,
): Promise<void> {
  const infrastructure = await tx.infrastructure(infrastructureId);
  if (infrastructure !== null) {
    await tx.saveInfrastructure({ ...infrastructure, configured: true });
  }
  const changed = (await tx.vms(infrastructureId)).filter(
    (vm) => vm.status === 'live' && vm.configured === null,
  );
  await tx.saveVms(
    changed.map((vm) => {
      const configured = succeeded.has(vm.imId);
      // Pinned at the end, since a machine may make its keys while it boots for the first time.
      const pinned = configured && vm.imId === masterId ? (vm.sshHostKey ?? hostKey) : vm.sshHostKey;
      return { ...vm, configured, sshHostKey: pinned };
    }),
  );
  await tx.appendLogs(
    changed.flatMap((vm) => {
      const reason = excluded[vm.imId];
      return reason === undefined ? [] : [{ infrastructureId, scope: vm.imId, text: `${reason}\n` }];
    }),
  );
}
