/** Words of versions by what they mean: before the release (negative) or after it. A part that is missing counts as 0. */
const ranks: ReadonlyMap<string, number> = new Map([
  ['dev', -4],
  ['a', -3],
  ['alpha', -3],
  ['b', -2],
  ['beta', -2],
  ['c', -1],
  ['rc', -1],
  ['pre', -1],
  ['preview', -1],
  ['post', 0.5],
  ['r', 0.5],
  ['rev', 0.5],
]);
const unknownWord = -5;

/**
 * Order of versions: numbers by value, `1.2` and `1.2.0` are the same, `1.2rc1` is before `1.2` (as in PEP 440; spec: radl.md 7).
 * @returns below 0 when `a` is older, above 0 when it is newer; never NaN
 */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one = '0', other = '0'] = [left[index], right[index]];
    const difference = rankOf(one) - rankOf(other);
    if (difference !== 0) {
      return difference;
    }
    if (one !== other && rankOf(one) === unknownWord) {
      return one < other ? -1 : 1;
    }
  }
  return 0;
}

function partsOf(version: string): string[] {
  return (
    version
      .toLowerCase()
      .replace(/^v/, '')
      .match(/\d+|[a-z]+/g) ?? []
  );
}

function rankOf(part: string): number {
  return /^\d/.test(part)
    ? Math.min(Number(part), Number.MAX_SAFE_INTEGER)
    : (ranks.get(part) ?? unknownWord);
}
