/** One line of the report. */
export interface Figure {
  name: string;
  value: number;
  /** `requests/s`, `s`, `MiB`, or `ratio` for a quotient. */
  unit: string;
  /** What the figure should reach; a figure without one is for information. */
  target?: { bound: 'at least' | 'at most'; value: number };
}

/** A part that cannot be measured here, with the reason in one sentence. */
export class LeftOut extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'LeftOut';
  }
}

/** Whether the target is reached; null without a target. */
function isReached({ value, target }: Figure): boolean | null {
  if (target === undefined) {
    return null;
  }
  return target.bound === 'at least' ? value >= target.value : value <= target.value;
}

/** A plain table: name, figure, unit, target, ok or not. */
export function renderTable(figures: readonly Figure[]): string {
  const heading = ['figure', 'value', 'unit', 'target', ''];
  const rows = figures.map((figure) => {
    const reached = isReached(figure);
    return [
      figure.name,
      numberText(figure.value),
      figure.unit,
      figure.target === undefined ? '' : `${figure.target.bound} ${numberText(figure.target.value)}`,
      reached === null ? '' : reached ? 'ok' : 'MISSED',
    ];
  });
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** Three digits that matter, and no more than three decimals. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(decimals).replace(/\.0+$/, '');
}

/** The middle one; of an even number the lower middle one. @throws Error without values */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1];
  if (middle === undefined) {
    throw new Error('Nothing was measured.');
  }
  return middle;
}
