import type { LogChunk, StepWrites, Vm } from '@im/domain';
import type { DetachedProgress } from '@im/ssh';
import { inventoryName } from './inventory.js';
import type { Progress } from './progress.js';
import type { OutputLine } from './run-events.js';
import { parseOutput } from './run-events.js';
import { RunLog } from './vm-log.js';

/** A line longer than this is taken as it is, so that a program without line ends cannot stop the reader. */
const longestLine = 200 * 1024;

/** A portion of output, understood. */
export interface HandledOutput {
  progress: Progress;
  /** Log texts of the VMs; stored in the transaction that remembers the offset, so nothing comes twice. */
  writes: StepWrites;
  ended: boolean;
  exitCode: number | null;
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
  const complete = completeLines(run.output, over);
  const progress: Progress = structuredClone({ ...before, offset: before.offset + complete.length });
  const byName = new Map(vms.map((vm) => [inventoryName(vm), vm]));
  const targets = new Map(
    vms.filter((vm) => before.targets.includes(vm.imId)).map((vm) => [inventoryName(vm), vm.system]),
  );
  const log = new RunLog(progress.log, targets);
  const lines = parseOutput(complete.toString('utf8'));
  log.add(lines);
  noteFailures(progress, lines);
  const ended =
    over &&
    complete.length === run.output.length &&
    (run.output.length === 0 || run.state !== 'finished' || !isFull(run));
  if (ended) {
    log.close();
  }
  const chunks: LogChunk[] = [...log.chunks].flatMap(([name, text]) => {
    const vm = byName.get(name);
    return vm === undefined ? [] : [{ infrastructureId, scope: vm.imId, text }];
  });
  return {
    progress,
    writes: async (tx) => {
      await tx.appendLogs(chunks);
    },
    ended,
    exitCode: run.exitCode,
    lost: run.state === 'lost' || run.state === 'absent',
  };
}

/** A full portion may not be the last one. */
function isFull(run: DetachedProgress): boolean {
  return run.output.length >= 256 * 1024;
}

function completeLines(output: Buffer, over: boolean): Buffer {
  if (over && output.length < 256 * 1024) {
    return output;
  }
  const end = output.lastIndexOf(10) + 1;
  return end === 0 && output.length > longestLine ? output : output.subarray(0, end);
}

function noteFailures(progress: Progress, lines: readonly OutputLine[]): void {
  for (const line of lines) {
    if (!('event' in line)) {
      continue;
    }
    const { event } = line;
    if ((event.ev === 'failed' && !event.ignored) || event.ev === 'unreachable') {
      if (!progress.failedHosts.includes(event.host)) {
        progress.failedHosts.push(event.host);
      }
    }
  }
}
