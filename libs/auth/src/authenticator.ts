import type { AuthItem, CloudAccess, ImIdentity, Requester } from '@im/domain';
import { ImError } from '@im/domain';
import { LRUCache } from 'lru-cache';
import { parseAuthorizationHeader } from './authorization-header.js';
import type { IdentityOptions } from './identity-check.js';
import { checkIdentities } from './identity-check.js';
import type { LoginLimiter } from './login-limiter.js';

/** Parsed headers that are remembered, their bytes in memory, and for how long. */
const cacheSize = 1000;
const cacheBytes = 8 * 1024 * 1024;
const cacheTimeMs = 10_000;
/** How exactly that time is kept; a finer clock costs a timer for nearly every request. */
const clockMs = 500;

/** From the header of a request to who asks. */
export class Authenticator {
  private readonly cache = new LRUCache<string, Requester>({
    max: cacheSize,
    maxSize: cacheBytes,
    sizeCalculation: (_requester, header) => header.length * 2,
    ttl: cacheTimeMs,
    ttlResolution: clockMs,
  });

  /** By client address: when the checks begun so far have ended. */
  private readonly turns = new Map<string, Promise<void>>();

  /** Of the users that the remembered headers were checked against. */
  private revision = '';

  constructor(
    private readonly options: IdentityOptions,
    private readonly cloudsOf: (items: readonly AuthItem[]) => CloudAccess[],
    private readonly limiter: LoginLimiter,
  ) {}

  /** The elements of the header. @throws ImError `InvalidCredentials` when there are none or they cannot be read */
  parse(header: string | undefined): AuthItem[] {
    return parseAuthorizationHeader(header);
  }

  /**
   * Who asks, after all checks. Headers are kept in memory for some seconds with what was read from them.
   * @param address of the client; too many failures from it are refused for a while
   * @throws ImError `InvalidCredentials` or `TooManyRequests`
   */
  async authenticate(header: string, address: string): Promise<Requester> {
    this.forgetChangedUsers();
    const known = this.cache.get(header);
    if (known !== undefined) {
      return known;
    }
    // Credentials that are not used any more do not stay until others take their place.
    this.cache.purgeStale();
    const { revision } = this;
    return this.limited(address, async () => {
      const items = parseAuthorizationHeader(header);
      const requester = {
        identities: await checkIdentities(items, this.options),
        clouds: this.cloudsOf(items),
        items,
      };
      if (revision === this.revision) {
        this.cache.set(header, requester);
      }
      return requester;
    });
  }

  /**
   * Who is meant by elements that did not come in the header, such as a new owner. With a USER_DB failures count like those of log-ins,
   * since they tell as much about passwords.
   * @param address of the client
   * @throws ImError `InvalidCredentials` or `TooManyRequests`
   */
  async identitiesOf(items: readonly AuthItem[], address: string): Promise<ImIdentity[]> {
    const check = (): Promise<ImIdentity[]> => checkIdentities(items, this.options);
    return this.options.users === null ? check() : this.limited(address, check);
  }

  /** Checks of one address are done one after another: each counts before the next begins. */
  private async limited<T>(address: string, check: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(address) ?? Promise.resolve()).then(() => this.counted(address, check));
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(address, ended);
    try {
      return await turn;
    } finally {
      if (this.turns.get(address) === ended) {
        this.turns.delete(address);
      }
    }
  }

  private async counted<T>(address: string, check: () => Promise<T>): Promise<T> {
    this.limiter.check(address);
    try {
      return await check();
    } catch (error) {
      if (error instanceof ImError && error.code === 'InvalidCredentials') {
        this.limiter.failed(address);
      }
      throw error;
    }
  }

  /** Whoever was taken out of USER_DB is refused from the next request on. */
  private forgetChangedUsers(): void {
    const revision = this.options.users?.revision() ?? '';
    if (revision !== this.revision) {
      this.revision = revision;
      this.cache.clear();
    }
  }
}
