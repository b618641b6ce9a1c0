import type { Infrastructure, StepOutcome, StoreTransaction, Vm } from '@im/domain';
import { infrastructureLog, logLine } from '@im/domain';
import { inventoryName } from './inventory.js';
import type { Progress } from './progress.js';
import type { HandledOutput } from './run-output.js';

/** Pause before attempt n + 1: n squared times this (spec: contextualization.md 5.4). */
const pauseUnitMs = 5000;
/** Times that a run may be lost with its master (reboot) before it counts as failed. */
const maxLost = 2;

/** What follows the end of a run: another attempt for the VMs that failed, or the result. */
export function runOutcome(
  infrastructure: Infrastructure,
  output: HandledOutput,
  vms: readonly Vm[],
  attempts: number,
): StepOutcome {
  const { progress } = output;
  const failedVms = failedTargets(output, vms);
  const succeeded = [...progress.succeeded, ...progress.targets.filter((id) => !failedVms.includes(id))];
  const mayRetry = output.lost ? progress.lost < maxLost : progress.attempt < attempts;
  if (failedVms.length > 0 && mayRetry) {
    const data: Progress = {
      ...progress,
      succeeded,
      targets: failedVms,
      attempt: progress.attempt + 1,
      offset: 0,
      failedHosts: [],
      lost: progress.lost + (output.lost ? 1 : 0),
    };
    const delayMs = output.lost ? pauseUnitMs : progress.attempt ** 2 * pauseUnitMs;
    return { type: 'wait', step: 'launch', delayMs, data, writes: output.writes };
  }
  return {
    type: 'succeeded',
    result: { configured: succeeded, failed: failedVms },
    writes: async (tx) => {
      await output.writes(tx);
      await saveResults(tx, infrastructure.id, new Set(succeeded), Object.values(progress.excluded));
    },
  };
}

/** A host that failed, or all of them when Ansible itself did not get so far. */
function failedTargets(output: HandledOutput, vms: readonly Vm[]): number[] {
  const { progress } = output;
  if (output.exitCode === 0) {
    return [];
  }
  const failed = new Set(progress.failedHosts);
  const named = vms.filter((vm) => progress.targets.includes(vm.imId) && failed.has(inventoryName(vm)));
  return named.length > 0 && !output.lost ? named.map((vm) => vm.imId) : progress.targets;
}

async function saveResults(
  tx: StoreTransaction,
  infrastructureId: string,
  succeeded: ReadonlySet<number>,
  warnings: readonly string[],
): Promise<void> {
  const infrastructure = await tx.infrastructure(infrastructureId);
  if (infrastructure !== null) {
    await tx.saveInfrastructure({ ...infrastructure, configured: true });
  }
  const changed = (await tx.vms(infrastructureId)).filter(
    (vm) => vm.status === 'live' && vm.configured === null,
  );
  for (const vm of changed) {
    vm.configured = succeeded.has(vm.imId);
    if (vm.configured) {
      takeNewCredentials(vm);
    }
  }
  await tx.saveVms(changed);
  if (warnings.length > 0) {
    const text = logLine(await tx.now(), 'Some VMs were left out of the contextualization.');
    await tx.appendLogs([{ infrastructureId, scope: infrastructureLog, text }]);
  }
}

/** What was set on the machine is now how one logs in (spec: contextualization.md 18). */
function takeNewCredentials(vm: Vm): void {
  const features = vm.info.systems[0]?.features;
  for (const name of ['password', 'public_key', 'private_key']) {
    const value = features?.getText(`disk.0.os.credentials.new.${name}`);
    if (features !== undefined && value !== undefined) {
      features.set(`disk.0.os.credentials.${name}`, value);
      features.delete(`disk.0.os.credentials.new.${name}`);
    }
  }
}
