import { RadlError } from '../radl-error.js';

export type PortProtocol = 'tcp' | 'udp' | 'icmp';

/** One entry of the feature `outports` of a network (spec: radl.md 14). */
export interface Outport {
  protocol: PortProtocol;
  /** Port outside; of a range the first. 0: any. */
  remote: number;
  /** Port of the VM; of a range the last. */
  local: number;
  range: boolean;
  /** Who may connect. */
  remoteCidr: string;
}

const entryPattern =
  /^(?:([0-9a-fA-F.:]+\/\d{1,3})-)?(\d+)(?::(\d+))?(?:\/(tcp|udp|icmp))?(?:-(\d+)(?::(\d+))?(?:\/(tcp|udp|icmp))?)?$/;

/** Reads the text of `outports`; an empty one means no ports. @throws RadlError `value` */
export function parseOutports(text: string): Outport[] {
  return text === '' ? [] : text.split(',').map(parseOutport);
}

function parseOutport(entry: string): Outport {
  const found = entryPattern.exec(entry);
  if (found === null) {
    throw invalid('Invalid outports format.', entry);
  }
  const [, cidr = '0.0.0.0/0', first = '', last, protocol = 'tcp', second, , secondProtocol] = found;
  if (secondProtocol !== undefined && secondProtocol !== protocol) {
    throw invalid('Different protocols used in local and remote outports.', entry);
  }
  if (!validCidr(cidr)) {
    throw invalid(`Invalid outports format. ${cidr} is no CIDR.`, entry);
  }
  const range = last !== undefined;
  const remote = Number(first);
  const local = Number(range ? last : (second ?? first));
  if (remote > 65_535 || local > 65_535 || (range && remote > local)) {
    throw invalid('Invalid outports format. Ports go from 0 to 65535, and ranges upwards.', entry);
  }
  return { protocol: protocol as PortProtocol, remote, local, range, remoteCidr: cidr };
}

function validCidr(cidr: string): boolean {
  const [address = '', bits = ''] = cidr.split('/');
  return address.includes(':')
    ? Number(bits) <= 128 && isIpv6(address)
    : Number(bits) <= 32 && isIpv4(address);
}

function isIpv4(address: string): boolean {
  const bytes = address.split('.');
  return bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255);
}

/** Eight groups of hexadecimal digits, the last two maybe as IPv4; one `::` stands for the groups that are missing. */
function isIpv6(address: string): boolean {
  const halves = address.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const count = groups.length + (isIpv4(last) ? 1 : 0);
  const isGroup = (group: string, index: number): boolean =>
    /^[0-9a-fA-F]{1,4}$/.test(group) || (index === groups.length - 1 && isIpv4(group));
  return groups.every(isGroup) && (halves.length === 1 ? count === 8 : halves.length === 2 && count < 8);
}

function invalid(why: string, entry: string): RadlError {
  return new RadlError('value', `${why} (${entry.slice(0, 80)})`, { phase: 'check' });
}

/** The text of `outports` again; ranges, protocols and CIDRs are kept. */
export function printOutports(ports: readonly Outport[]): string {
  return ports
    .map((port) => {
      const cidr = port.remoteCidr === '0.0.0.0/0' ? '' : `${port.remoteCidr}-`;
      return port.range
        ? `${cidr}${port.remote}:${port.local}/${port.protocol}`
        : `${cidr}${port.remote}/${port.protocol}-${port.local}/${port.protocol}`;
    })
    .join(',');
}
