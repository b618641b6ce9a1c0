const defaultCidr = '10.0.*.0/24';
const lastValue = 253;

interface Block {
  start: number;
  end: number;
}

/**
 * The first network that overlaps none of those in use: every `*` runs from 1 to 253, left to right (spec: radl.md 19).
 * @param cidr empty: the default `10.0.*.0/24`; without `*` it is returned as it is
 * @returns null when all are in use
 */
export function chooseFreeCidr(cidr: string, used: readonly string[]): string | null {
  const pattern = cidr === '' ? defaultCidr : cidr;
  if (!pattern.includes('*')) {
    return pattern;
  }
  const taken = used.filter((other) => !other.includes('*')).map(blockOf);
  return firstFree(pattern, taken);
}

function firstFree(pattern: string, taken: readonly Block[]): string | null {
  if (!pattern.includes('*')) {
    const block = blockOf(pattern);
    return taken.some((other) => block.start <= other.end && other.start <= block.end) ? null : pattern;
  }
  for (let value = 1; value <= lastValue; value++) {
    const found = firstFree(pattern.replace('*', String(value)), taken);
    if (found !== null) {
      return found;
    }
  }
  return null;
}

function blockOf(cidr: string): Block {
  const [address = '', bits = '32'] = cidr.split('/');
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  const start = Math.floor(number / size) * size;
  return { start, end: start + size - 1 };
}
