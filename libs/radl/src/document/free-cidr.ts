const defaultCidr = '10.0.*.0/24';
const lastValue = 253;
const addressParts = 4;
/** Candidates that are tried at most: all of two `*`. Nobody has more networks, and more `*` would never end. */
const maxTries = lastValue ** 2;

interface Block {
  start: number;
  end: number;
}

/**
 * The first network that overlaps none of those in use: every `*` runs from 1 to 253, left to right (spec: radl.md 19).
 * @param cidr empty: the default `10.0.*.0/24`; without `*` it is returned as it is
 * @returns null when all are in use, or all of the first 64,009
 */
export function chooseFreeCidr(cidr: string, used: readonly string[]): string | null {
  const pattern = cidr === '' ? defaultCidr : cidr;
  if (!pattern.includes('*')) {
    return pattern;
  }
  const taken = used.filter((other) => !other.includes('*')).map(blockOf);
  const stars = pattern.split('*').length - 1;
  if (stars > addressParts) {
    return null;
  }
  const tries = Math.min(lastValue ** stars, maxTries);
  for (let number = 0; number < tries; number++) {
    const candidate = nthCandidate(pattern, stars, number);
    const block = blockOf(candidate);
    if (!taken.some((other) => block.start <= other.end && other.start <= block.end)) {
      return candidate;
    }
  }
  return null;
}

/** The pattern with its stars filled in; the last one changes fastest. */
function nthCandidate(pattern: string, stars: number, number: number): string {
  let place = lastValue ** stars;
  let rest = number;
  return pattern.replaceAll('*', () => {
    place /= lastValue;
    const value = Math.floor(rest / place);
    rest -= value * place;
    return String(value + 1);
  });
}

function blockOf(cidr: string): Block {
  const [address = '', bits = '32'] = cidr.split('/');
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  const start = Math.floor(number / size) * size;
  return { start, end: start + size - 1 };
}
