import type { NameLookup } from './address-guard.js';
import { AddressGuard } from './address-guard.js';
import type { IpAddress } from './address-ranges.js';
import {
  addressesIn,
  addressesOfThisHost,
  canonicalAddress,
  isPlatformAddress,
  isPublicAddress,
} from './address-ranges.js';

/** Ranges of ipaddr.js that hold no file server, but the metadata services of clouds and many hosts at once. */
const neverAllowed: ReadonlySet<string> = new Set(['linkLocal', 'unspecified', 'broadcast', 'multicast']);

export interface PublicAddressOptions {
  /** Loopback, private networks and the addresses of this host are accepted as well. */
  allowPrivate: boolean;
  /** Resolves names; the system's resolver unless a test brings its own. */
  lookup?: NameLookup;
  /** Addresses of this host. */
  ownAddresses?: () => string[];
}

/** An address that the service does not connect to for its users. */
export class AddressRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressRefused';
  }
}

/**
 * Lets users reach public addresses only, or those of private networks too; link-local, multicast and metadata addresses never. Its checks
 * throw AddressRefused.
 */
export class PublicAddressGuard extends AddressGuard {
  private readonly allowPrivate: boolean;
  private readonly ownAddresses: () => string[];

  constructor(options: PublicAddressOptions) {
    super(options.lookup);
    this.allowPrivate = options.allowPrivate;
    this.ownAddresses = options.ownAddresses ?? addressesOfThisHost;
  }

  protected override refuses(address: string): boolean {
    const found = addressesIn(address);
    if (found.some((ip) => neverAllowed.has(ip.range()) || isPlatformAddress(ip))) {
      return true;
    }
    return !this.allowPrivate && found.some((ip) => !isPublicAddress(ip) || this.isOwn(ip));
  }

  protected override refusal(host: string): Error {
    return new AddressRefused(
      this.allowPrivate
        ? `the address of ${host} is link-local, multicast or of a metadata service`
        : `the address of ${host} is not public`,
    );
  }

  private isOwn(ip: IpAddress): boolean {
    return this.ownAddresses().map(canonicalAddress).includes(ip.toString());
  }
}
