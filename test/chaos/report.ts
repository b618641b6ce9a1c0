import type { ChaosResult } from './chaos-run.js';
import { quantile } from './journal.js';

/** The report of a run for a person. */
export function renderReport(result: ChaosResult): string {
  const { journal } = result;
  const violations = journal.violations;
  return [
    section('operations', operationRows(result)),
    section('kills', killRows(result)),
    section('answers (ms)', [
      ['', 'count', 'p50', 'p95', 'p99', 'longest'],
      ...journal.latencies.map(([kind, sorted]) => [
        kind,
        String(sorted.length),
        ...[0.5, 0.95, 0.99, 1].map((share) => quantile(sorted, share).toFixed(0)),
      ]),
    ]),
    section('tries that were repeated', [
      ...['502', '503', '504', 'broken connection', 'no answer in time'].flatMap((what) => [
        [`${what} while a process was away`, String(journal.counted(what))],
        [`${what} at any other time`, String(journal.counted(`${what}, unexplained`))],
      ]),
    ]),
    section('work', [
      ['infrastructures made and destroyed', String(result.infrastructures)],
      ['leases taken over from dead workers', `at least ${journal.counted('im_leases_taken_over_total')}`],
      ['wake-ups made again', `at least ${journal.counted('im_wake_ups_recreated_total')}`],
      ['calls of the Docker provider', String(result.provider.calls)],
      ['of these, calls that make a machine', String(result.provider.creations)],
      ['seconds until all was destroyed after the last kill', result.settleSeconds.toFixed(1)],
    ]),
    violations.length === 0
      ? 'No violation.'
      : `${violations.length} VIOLATIONS (logs: ${result.folder ?? 'removed'}):\n${violations.join('\n')}`,
  ].join('\n\n');
}

function operationRows({ operations }: ChaosResult): string[][] {
  const total = operations.reduce((sum, { count }) => sum + count, 0);
  return [
    ...operations
      .toSorted((a, b) => b.count - a.count)
      .map(({ kind, state, count }) => [`${kind}, ${state}`, String(count)]),
    ['all', String(total)],
  ];
}

function killRows({ outages, killsWithoutVictim, journal }: ChaosResult): string[][] {
  const kinds = ['api', 'worker', 'redis', 'mariadb', 'haproxy'] as const;
  const rows = kinds.map((kind) => {
    const of = outages.filter((outage) => outage.kind === kind);
    const away = of
      .flatMap(({ from, until }) => (until === null ? [] : [(until - from) / 1000]))
      .sort((a, b) => a - b);
    const times = [0.5, 1].map((share) => (away.length === 0 ? '-' : quantile(away, share).toFixed(1)));
    return [kind, String(of.length), String(away.length), ...times];
  });
  return [
    ['', 'kills', 'back', 'away (s, median)', 'longest'],
    ...rows,
    ['all', String(outages.length), String(outages.filter(({ until }) => until !== null).length)],
    ['nobody to kill', String(killsWithoutVictim)],
    ['starts that failed', String(journal.counted('starts that failed'))],
  ];
}

function section(title: string, rows: readonly string[][]): string {
  const widths = rows.reduce<number[]>(
    (known, row) =>
      row.map((cell, column) => Math.max(cell.length, known[column] ?? 0)).concat(known.slice(row.length)),
    [],
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [title.toUpperCase(), ...lines].join('\n');
}
