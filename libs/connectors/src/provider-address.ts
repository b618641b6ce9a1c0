import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { CloudError } from '@im/domain';
import type { NameLookup } from './address-guard.js';
import { AddressGuard } from './address-guard.js';
import {
  addressesIn,
  addressesOfThisHost,
  canonicalAddress,
  isPlatformAddress,
  withoutBrackets,
} from './address-ranges.js';
import { toCloudError } from './provider-error.js';

/** Ranges of ipaddr.js that lead to this host, to its link, or to many hosts. */
const localRanges: ReadonlySet<string> = new Set([
  'loopback',
  'linkLocal',
  'unspecified',
  'broadcast',
  'multicast',
]);

export interface ProviderAddressOptions {
  /** Every address is accepted. */
  allowLocal: boolean;
  /** Resolves names; the system's resolver unless a test brings its own. */
  lookup?: NameLookup;
  /** Addresses of this host. */
  ownAddresses?: () => string[];
}

/** Keeps users from reaching the service's own host through a provider address; its checks throw CloudError `PermissionDenied`. */
export class ProviderAddressGuard extends AddressGuard {
  private readonly ownAddresses: () => string[];

  constructor(private readonly options: ProviderAddressOptions) {
    super(options.lookup);
    this.ownAddresses = options.ownAddresses ?? addressesOfThisHost;
  }

  get allowsLocal(): boolean {
    return this.options.allowLocal;
  }

  /** Whether an address is on this host or its link. Text that is no address is not. */
  isLocal(address: string): boolean {
    const own = new Set(this.ownAddresses().map(canonicalAddress));
    return addressesIn(address).some(
      (ip) => localRanges.has(ip.range()) || isPlatformAddress(ip) || own.has(ip.toString()),
    );
  }

  protected override refuses(address: string): boolean {
    return !this.options.allowLocal && this.isLocal(address);
  }

  protected override refusal(host: string): CloudError {
    return new CloudError(
      'PermissionDenied',
      `The provider ${host} is not allowed: it lies on the host of this service or on its link. ` +
        'An operator can allow such providers with the option ALLOW_LOCAL_PROVIDERS.',
    );
  }

  /** Refuses unix sockets, which are always on this host. @throws CloudError `PermissionDenied` */
  assertSocketAllowed(path: string): void {
    if (!this.options.allowLocal) {
      throw this.refusal(path);
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
}

/** First IPv4 address of this host that others may use; undefined when it has only loopback. */
export function addressOfThisHost(): string | undefined {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !/^(?:docker|br-|veth|virbr)/u.test(name))
    .flatMap(([, entries]) => entries ?? [])
    .find(({ family, internal, address }) => family === 'IPv4' && !internal && isIP(address) === 4)?.address;
}
