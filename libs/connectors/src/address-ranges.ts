import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** An address of either version. */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** Metadata and platform services of clouds that lie outside of the link-local range: AWS (IPv6), Alibaba, Azure, Oracle. */
const platformAddresses: ReadonlySet<string> = new Set([
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
]);

/**
 * The address that a text is, and the IPv4 address that some IPv6 forms carry (mapped, compatible, NAT64, 6to4): a packet may end at
 * either. Mapped addresses count as the IPv4 address alone.
 * @returns nothing when the text is a name
 */
export function addressesIn(text: string): IpAddress[] {
  const plain = withoutBrackets(text);
  return ipaddr.isValid(plain) ? embeddedAddresses(ipaddr.process(plain)) : [];
}

/** Whether an address is known to be a metadata or platform service of a cloud, outside of the link-local range. */
export function isPlatformAddress(address: IpAddress): boolean {
  return platformAddresses.has(address.toString());
}

/** Whether an address leads into the internet: not to this host, its networks, many hosts, or ranges without a use. */
export function isPublicAddress(address: IpAddress): boolean {
  const range = address.range();
  if (address.kind() === 'ipv4') {
    return range === 'unicast';
  }
  const bytes = address.toByteArray();
  // What follows this prefix of NAT64 is an IPv4 address that is judged by itself; in the local prefix it may stand anywhere.
  const nat64 = range === 'rfc6052' && bytes.slice(4, 12).every((byte) => byte === 0);
  // So far all that is routed begins with the bits 001.
  return nat64 || (range === 'unicast' && ((bytes[0] ?? 0) & 0xe0) === 0x20);
}

/** A host as it is in an URL, without the brackets and the zone of IPv6. */
export function withoutBrackets(host: string): string {
  const plain = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return plain.split('%')[0] ?? plain;
}

/** One spelling for each address; other texts are given back. */
export function canonicalAddress(address: string): string {
  const plain = withoutBrackets(address);
  return ipaddr.isValid(plain) ? ipaddr.process(plain).toString() : plain;
}

/** Addresses of all interfaces of this host. */
export function addressesOfThisHost(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  );
}

function embeddedAddresses(address: IpAddress): IpAddress[] {
  if (address.kind() === 'ipv4') {
    return [address];
  }
  const bytes = address.toByteArray();
  const found = [address];
  const range = address.range();
  const compatible =
    range !== 'loopback' && range !== 'unspecified' && bytes.slice(0, 12).every((byte) => byte === 0);
  if (compatible || range === 'rfc6052' || range === 'rfc6145') {
    found.push(ipaddr.fromByteArray(bytes.slice(12)));
  }
  if (range === '6to4') {
    found.push(ipaddr.fromByteArray(bytes.slice(2, 6)));
  }
  return found;
}
