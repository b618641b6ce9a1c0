import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';

/** Resolves names as `lookup` of node:dns does. */
export type NameLookup = LookupFunction;

/**
 * Keeps users from reaching what only the service may reach, through an address that they name. Names are checked after their resolution,
 * by the same look-up that the connection uses, so that a name cannot change its mind in between.
 */
export abstract class AddressGuard {
  /** @param resolveName the system's resolver unless a test brings its own */
  protected constructor(private readonly resolveName: NameLookup = systemLookup) {}

  /** Whether an address must not be connected to. Text that is no address passes: it is a name. */
  protected abstract refuses(address: string): boolean;

  /** What is said of a host that is refused. */
  protected abstract refusal(host: string): Error;

  /** Refuses a host given as an address. Names pass: they are checked when they are resolved. @throws what `refusal` gives */
  assertAllowed(host: string): void {
    if (this.refuses(host)) {
      throw this.refusal(host);
    }
  }

  /** For `net.connect` and agents: resolves a name and refuses it when any of its addresses is refused. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.resolveName(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      if (addresses.some(({ address }) => this.refuses(address))) {
        callback(this.refusal(hostname), '');
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
