import type { MemoryTables } from '../../fakes/memory-tables.js';

/** What a commit changed, in words for a trace. */
export function changesBetween(before: MemoryTables, after: MemoryTables): string[] {
  return [
    ...changed(before.infrastructures, after.infrastructures, (row, known) =>
      row.deletedAt !== null && known?.deletedAt === null ? `infrastructure ${row.id} is deleted` : null,
    ),
    ...changed(before.operations, after.operations, (row, known) => {
      const error = row.error === null ? '' : ` (${row.error.code}: ${row.error.message})`;
      return `${row.kind} ${row.id} of ${row.infrastructureId}: ${known?.state ?? 'new'} ${known?.step ?? ''} -> ${row.state} ${row.step}${error}`;
    }),
    ...changed(before.vms, after.vms, ({ vm }, known) =>
      vm.status === known?.vm.status
        ? null
        : `VM ${vm.launchToken}: ${known?.vm.status ?? 'new'} -> ${vm.status}`,
    ),
    ...changed(before.resources, after.resources, (row, known) =>
      row.state === known?.state
        ? null
        : `ledger ${row.kind} ${row.token}: ${known?.state ?? 'new'} -> ${row.state}`,
    ),
  ];
}

function changed<Row>(
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
  words: (row: Row, known: Row | undefined) => string | null,
): string[] {
  return [...after].flatMap(([key, row]) => {
    const known = before.get(key);
    return row === known ? [] : (words(row, known) ?? []);
  });
}
