import type { LogChunk, StepWrites, Vm } from '@im/domain';
import type { DetachedProgress } from '@im/ssh';
import { takeChangedCredentials } from './changed-credentials.js';
import { inventoryName } from './inventory.js';
import type { Progress } from './progress.js';
import type { OutputLine } from './run-events.js';
import { parseOutput } from './run-events.js';
import { RunLog } from './vm-log.js';

/** Longest portion of output that one look takes, in bytes. */
export const outputPortion = 1024 * 1024;

/** A line longer than this is taken as it is, so that a program without line ends cannot stop the reader. */
const longestLine = 768 * 1024;

/** A portion of output, understood. */
export interface HandledOutput {
  progress: Progress;
  /** Log texts of the VMs; stored in the transaction that remembers the offset, so nothing comes twice. */
  writes: StepWrites;
  ended: boolean;
  /** There is more to read already, or the end is a moment away: no wait is worth it. */
  moreAtHand: boolean;
  /** Inventory names of the hosts that ended well; undefined when the run did not get to its end. */
  succeeded: ReadonlySet<string> | undefined;
  /** The run is gone without a result, with the reboot of its machine for instance. */
  lost: boolean;
}

/** Takes the complete lines of a portion of output into the logs of the VMs. */
export function handleOutput(
  infrastructureId: string,
  before: Progress,
  run: DetachedProgress,
  vms: readonly Vm[],
): HandledOutput {
  const over = run.state !== 'running';
  const last = over && run.output.length < outputPortion;
  const complete = last ? run.output : completeLines(run.output);
  const progress: Progress = structuredClone({ ...before, offset: before.offset + complete.length });
  const byName = new Map(vms.map((vm) => [inventoryName(vm), vm]));
  const targets = new Map(
    vms.filter((vm) => before.targets.includes(vm.imId)).map((vm) => [inventoryName(vm), vm.system]),
  );
  const log = new RunLog(progress.log, targets);
  const lines = parseOutput(complete.toString('utf8'));
  log.add(lines);
  progress.result = resultOf(lines) ?? before.result;
  if (last) {
    if (progress.result === null) {
      log.breakOff();
    } else {
      log.close();
    }
  }
  const chunks: LogChunk[] = [...log.chunks].flatMap(([name, text]) => {
    const vm = byName.get(name);
    return vm === undefined ? [] : [{ infrastructureId, scope: vm.imId, text }];
  });
  return {
    progress,
    writes: async (tx) => {
      await takeChangedCredentials(tx, infrastructureId, lines, byName);
      await tx.appendLogs(chunks);
    },
    ended: last,
    moreAtHand: !last && (run.output.length >= outputPortion || progress.result !== null),
    succeeded: progress.result === null ? undefined : new Set(progress.result),
    lost: run.state === 'lost' || run.state === 'absent',
  };
}

function completeLines(output: Buffer): Buffer {
  const end = output.lastIndexOf(10) + 1;
  return end === 0 && output.length > longestLine ? output : output.subarray(0, end);
}

/** Hosts that ended well: the last line of a run. */
function resultOf(lines: readonly OutputLine[]): string[] | undefined {
  const line = lines.findLast((candidate) => 'event' in candidate && candidate.event.ev === 'result');
  return line !== undefined && 'event' in line && line.event.ev === 'result' ? line.event.ok : undefined;
}
