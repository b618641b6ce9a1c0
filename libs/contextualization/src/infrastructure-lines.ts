import type { LogChunk, StepOutcome, StepWrites } from '@im/domain';
import { infrastructureLog, logLine } from '@im/domain';
import { failedWrites } from './failed-writes.js';

/** Lines of the log of an infrastructure. */
export function writeLines(infrastructureId: string, messages: readonly string[]): StepWrites {
  return async (tx) => {
    await tx.appendLogs(infrastructureLines(await tx.now(), infrastructureId, messages));
  };
}

/** @param at time of the lines */
export function infrastructureLines(
  at: number,
  infrastructureId: string,
  messages: readonly string[],
): LogChunk[] {
  const text = messages.map((message) => logLine(at, message)).join('');
  return text === '' ? [] : [{ infrastructureId, scope: infrastructureLog, text }];
}

/** The end of a contextualization that cannot go on, with the reason in the log of the infrastructure. */
export function failedOutcome(infrastructureId: string, text: string): StepOutcome {
  return {
    type: 'failed',
    error: { code: 'OperationFailed', message: text },
    writes: failedWrites(infrastructureId, text),
  };
}
