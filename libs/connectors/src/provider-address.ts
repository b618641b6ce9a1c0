import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { CloudError } from '@im/domain';
import ipaddr from 'ipaddr.js';
import { toCloudError } from './provider-error.js';

/** Ranges of ipaddr.js that lead to this host, to its link, or to many hosts. */
const localRanges: ReadonlySet<string> = new Set([
  'loopback',
  'linkLocal',
  'unspecified',
  'broadcast',
  'multicast',
]);

/** Metadata and platform services of clouds that lie outside of the link-local range: AWS (IPv6), Alibaba, Azure, Oracle. */
const platformAddresses: ReadonlySet<string> = new Set([
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
]);

/** `lookup` of node:dns. */
export type NameLookup = typeof systemLookup;

export interface ProviderAddressOptions {
  /** Every address is accepted. */
  allowLocal: boolean;
  /** Resolves names; the system's resolver unless a test brings its own. */
  lookup?: NameLookup;
  /** Addresses of this host. */
  ownAddresses?: () => string[];
}

/**
 * Keeps users from reaching the service's own host through a provider address. Names are checked after their resolution, by the same
 * look-up that the connection uses, so that a name cannot change its mind in between.
 */
export class ProviderAddressGuard {
  private readonly resolveName: NameLookup;
  private readonly ownAddresses: () => string[];

  constructor(private readonly options: ProviderAddressOptions) {
    this.resolveName = options.lookup ?? systemLookup;
    this.ownAddresses = options.ownAddresses ?? addressesOfThisHost;
  }

  get allowsLocal(): boolean {
    return this.options.allowLocal;
  }

  /** Whether an address is on this host or its link. Text that is no address is not. */
  isLocal(address: string): boolean {
    const plain = withoutBrackets(address);
    if (!ipaddr.isValid(plain)) {
      return false;
    }
    const own = new Set(this.ownAddresses().map(canonical));
    return embeddedAddresses(ipaddr.process(plain)).some(
      (ip) => localRanges.has(ip.range()) || platformAddresses.has(ip.toString()) || own.has(ip.toString()),
    );
  }

  /**
   * Refuses a host given as a local address. Names pass: they are checked when they are resolved.
   * @throws CloudError `PermissionDenied`
   */
  assertAllowed(host: string): void {
    if (!this.options.allowLocal && this.isLocal(host)) {
      throw refused(host);
    }
  }

  /** Refuses unix sockets, which are always on this host. @throws CloudError `PermissionDenied` */
  assertSocketAllowed(path: string): void {
    if (!this.options.allowLocal) {
      throw refused(path);
    }
  }

  /**
   * Addresses of a host, checked; itself when it is an address.
   * @throws CloudError `PermissionDenied` for a local one, `Unavailable` when the name cannot be resolved
   */
  async resolve(host: string, signal: AbortSignal): Promise<string[]> {
    this.assertAllowed(host);
    const plain = withoutBrackets(host);
    if (isIP(plain) !== 0) {
      return [plain];
    }
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      this.lookup(plain, { all: true }, (error, found) => {
        if (error === null) {
          resolve(typeof found === 'string' ? [found] : found.map(({ address }) => address));
        } else {
          reject(toCloudError(error, host));
        }
      });
    });
  }

  /** For `net.connect` and agents: resolves a name and refuses it when any of its addresses is local. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      if (!this.options.allowLocal && addresses.some(({ address }) => this.isLocal(address))) {
        callback(refused(hostname), '');
        return;
      }
      const first = addresses[0];
      if (options.all === true) {
        callback(null, addresses);
      } else if (first === undefined) {
        callback(new Error(`${hostname} has no address`), '');
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function refused(host: string): CloudError {
  return new CloudError(
    'PermissionDenied',
    `The provider ${host} is not allowed: it lies on the host of this service or on its link. ` +
      'An operator can allow such providers with the option ALLOW_LOCAL_PROVIDERS.',
  );
}

/** The address itself and the IPv4 address that some IPv6 forms carry (mapped, NAT64, 6to4). */
function embeddedAddresses(address: ipaddr.IPv4 | ipaddr.IPv6): (ipaddr.IPv4 | ipaddr.IPv6)[] {
  if (address.kind() === 'ipv4') {
    return [address];
  }
  const bytes = address.toByteArray();
  const found = [address];
  const range = address.range();
  if (range === 'rfc6052' || range === 'rfc6145' || bytes.slice(0, 12).every((byte) => byte === 0)) {
    found.push(ipaddr.fromByteArray(bytes.slice(12)));
  }
  if (range === '6to4') {
    found.push(ipaddr.fromByteArray(bytes.slice(2, 6)));
  }
  return found;
}

function withoutBrackets(host: string): string {
  const plain = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return plain.split('%')[0] ?? plain;
}

function canonical(address: string): string {
  const plain = withoutBrackets(address);
  return ipaddr.isValid(plain) ? ipaddr.process(plain).toString() : plain;
}

function addressesOfThisHost(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  );
}

/** First IPv4 address of this host that others may use; undefined when it has only loopback. */
export function addressOfThisHost(): string | undefined {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !/^(?:docker|br-|veth|virbr)/u.test(name))
    .flatMap(([, entries]) => entries ?? [])
    .find(({ family, internal, address }) => family === 'IPv4' && !internal && isIP(address) === 4)?.address;
}
