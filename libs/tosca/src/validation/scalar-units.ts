/** A scalar with a unit, such as `4 GB`. */
export interface ScalarUnit {
  /** In the base of its kind: bytes, seconds or Hz. */
  amount: number;
  unit: string;
}

/** Units of each kind with their factors (spec: tosca.md 2). */
const factors: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'scalar-unit.size': {
    B: 1,
    kB: 1e3,
    KiB: 1024,
    MB: 1e6,
    MiB: 1024 ** 2,
    GB: 1e9,
    GiB: 1024 ** 3,
    TB: 1e12,
    TiB: 1024 ** 4,
  },
  'scalar-unit.time': { d: 86_400, h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 },
  'scalar-unit.frequency': { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9 },
};

/** Whether a kind is one of scalars with a unit. */
export function isScalarUnitKind(kind: string): boolean {
  return Object.hasOwn(factors, kind);
}

/** Why a text is no scalar of its kind. */
export type ScalarUnitProblem = { problem: string };

/**
 * Reads a scalar with a unit; case of the unit is repaired.
 * @param kind `scalar-unit.size`, `.time` or `.frequency`
 */
export function readScalarUnit(text: string, kind: string): ScalarUnit | ScalarUnitProblem {
  const found = /^([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const [, amount, written] = found ?? [];
  if (amount === undefined || written === undefined) {
    return { problem: `"${text}" is not a valid scalar-unit.` };
  }
  const units = factors[kind] ?? {};
  const unit = Object.hasOwn(units, written)
    ? written
    : Object.keys(units).find((each) => each.toLowerCase() === written.toLowerCase());
  const factor = unit === undefined ? undefined : units[unit];
  if (unit === undefined || factor === undefined) {
    const valid = Object.keys(units)
      .map((each) => `'${each}'`)
      .join(', ');
    return { problem: `The unit "${written}" is not valid. Valid units are "[${valid}]".` };
  }
  return { amount: Number(amount) * factor, unit };
}
