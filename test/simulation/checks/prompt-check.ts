import { isActive } from '@im/domain';
import type { MemoryTables } from '../../fakes/memory-tables.js';
import type { CommitCheck } from './commit-check.js';
import { must } from './violation.js';

/** When nothing fails, work waits for its worker no longer than this; in milliseconds. */
const promptMs = 1_000;

/**
 * When nothing fails, the reconciler finds nothing to do: whatever is due has a worker, or a wake-up that is on its way. For what it found
 * all the same, tells whether that stood around.
 * @throws Violation
 */
export function checkPrompt(
  tables: MemoryTables,
  { touchedAt }: Pick<CommitCheck, 'touchedAt'>,
  operationIds: readonly string[],
  now: number,
): void {
  for (const id of operationIds) {
    const found = tables.operations.get(id);
    if (found === undefined) {
      continue;
    }
    const subject = found.infrastructureId ?? id;
    const [head] = [...tables.operations.values()]
      .filter(
        (row) => isActive(row) && (row.infrastructureId ?? row.id) === subject && row.lane === found.lane,
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const dueSince = Math.max(touchedAt.get(subject) ?? 0, head?.notBefore ?? 0);
    must(
      now - dueSince < promptMs,
      () => `Nothing failed, and the ${found.kind} ${id} was forgotten for ${now - dueSince} ms.`,
    );
  }
}
