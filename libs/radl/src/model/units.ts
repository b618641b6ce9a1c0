/** Largest number of a document, with its unit counted in; larger ones cannot be told from each other, nor mean anything. */
export const maxNumber = 1e21;

const factors: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1000],
  ['ki', 1024],
  ['m', 1000 ** 2],
  ['mi', 1024 ** 2],
  ['g', 1000 ** 3],
  ['gi', 1024 ** 3],
  ['t', 1000 ** 4],
  ['ti', 1024 ** 4],
]);

/** Whether a unit is one of sizes (`M`, `GiB`...); case does not matter. */
export function isSizeUnit(unit: string): boolean {
  return factors.has(baseOf(unit));
}

/** Bytes in one of the unit; 1 for anything that is no unit of sizes (spec: radl.md 5). */
export function unitFactor(unit: string): number {
  return factors.get(baseOf(unit)) ?? 1;
}

function baseOf(unit: string): string {
  const lower = unit.toLowerCase();
  return lower.endsWith('b') ? lower.slice(0, -1) : lower;
}

/**
 * A number in another unit: whole numbers are rounded to a whole one, half to even; fractions stay fractions (spec: radl.md 5).
 * @param to undefined: bytes
 */
export function convertUnit(value: number, fraction: boolean, from: string, to?: string): number {
  const bytes = value * unitFactor(from);
  if (to === undefined) {
    return fraction ? bytes : roundHalfEven(bytes);
  }
  const converted = bytes / unitFactor(to);
  return fraction ? converted : roundHalfEven(converted);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) {
    return Math.round(value);
  }
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Decimal text of a number, never with an exponent; a fraction keeps its point (`3.0`). */
export function numberText(value: number, fraction: boolean): string {
  const text = withoutExponent(value);
  return fraction && !text.includes('.') ? `${text}.0` : text;
}

function withoutExponent(value: number): string {
  const text = String(value);
  if (!text.includes('e')) {
    return text;
  }
  if (Math.abs(value) >= 1) {
    return BigInt(value).toString();
  }
  const [digits = '', exponent = '0'] = text.split('e-');
  return `0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`;
}
