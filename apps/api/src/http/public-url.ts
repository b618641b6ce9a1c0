import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Config } from '@im/config';
import type { FastifyRequest } from 'fastify';

const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

export interface PublicUrlOptions {
  /** REST_ROOT_PATH */
  rootPath: string;
  /** PUBLIC_URL; empty: the base is taken from each request. */
  publicUrl: string;
  /** Addresses and networks whose X-Forwarded headers count. */
  trustedProxies: readonly string[];
}

/** Under which address a client knows the service, and which address the client has (spec: rest-api.md 6.2). */
export class PublicUrl {
  private readonly trusted = new BlockList();
  private readonly trustsNobody: boolean;
  private readonly rootPath: string;
  private readonly configured: string;

  /** @throws Error that names an entry of TRUSTED_PROXIES that is no address and no network */
  constructor(options: PublicUrlOptions) {
    this.configured = withoutFinalSlash(options.publicUrl);
    this.rootPath = withoutFinalSlash(options.rootPath);
    this.trustsNobody = options.trustedProxies.length === 0;
    for (const proxy of options.trustedProxies) {
      this.trust(proxy);
    }
  }

  static of(config: Pick<Config, 'REST_ROOT_PATH' | 'PUBLIC_URL' | 'TRUSTED_PROXIES'>): PublicUrl {
    return new PublicUrl({
      rootPath: config.REST_ROOT_PATH,
      publicUrl: config.PUBLIC_URL,
      trustedProxies: config.TRUSTED_PROXIES,
    });
  }

  /** Base of the URIs in answers: scheme, host and prefix, without a final slash. */
  base(request: FastifyRequest): string {
    if (this.configured !== '') {
      return this.configured;
    }
    const scheme = request.raw.socket && 'encrypted' in request.raw.socket ? 'https' : 'http';
    const host = request.headers.host ?? `${request.socket.localAddress}:${request.socket.localPort}`;
    return this.comesThroughProxy(request)
      ? this.forwardedBase(request, scheme, host)
      : `${scheme}://${host}${this.rootPath}`;
  }

  /** What the proxy says about its own address counts before what was sent to this service. */
  private forwardedBase({ headers }: FastifyRequest, ownScheme: string, ownHost: string): string {
    const forwarded = (name: string): string | undefined => firstValue(headers[`x-forwarded-${name}`]);
    const scheme = forwarded('proto') ?? ownScheme;
    const prefix = forwarded('prefix');
    const path = prefix === undefined ? this.rootPath : withoutFinalSlash(prefix);
    return `${scheme}://${withPort(forwarded('host') ?? ownHost, forwarded('port'), scheme)}${path}`;
  }

  /** Address of the client: the one that a trusted proxy added last, else the peer's. */
  client(request: FastifyRequest): string {
    const peer = plainAddress(request.socket.remoteAddress ?? '');
    if (!this.comesThroughProxy(request)) {
      return peer;
    }
    const hops = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    const last = plainAddress(hops.at(-1)?.trim() ?? '');
    return isIP(last) === 0 ? peer : last;
  }

  private comesThroughProxy(request: FastifyRequest): boolean {
    if (this.trustsNobody) {
      return false;
    }
    const peer = plainAddress(request.socket.remoteAddress ?? '');
    return isIP(peer) !== 0 && this.trusted.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
  }

  private trust(text: string): void {
    const [address = '', bits] = text.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    try {
      if (bits === undefined) {
        this.trusted.addAddress(address, family);
      } else {
        this.trusted.addSubnet(address, Number(bits), family);
      }
    } catch (cause) {
      throw new Error(`TRUSTED_PROXIES: ${text} is no IP address and no network.`, { cause });
    }
  }
}

/** IPv4 addresses of sockets that speak both families are written as IPv6. */
function plainAddress(address: string): string {
  return address.startsWith(':') ? address.replace(/^::ffff:/i, '') : address;
}

function withPort(host: string, port: string | undefined, scheme: string): string {
  if (port === undefined || !/^\d+$/.test(port)) {
    return host;
  }
  const name = host.replace(/:\d+$/, '');
  return port === defaultPorts[scheme] ? name : `${name}:${port}`;
}

function firstValue(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  const value = text?.split(',')[0]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

/** `/im/` and `/` become `/im` and the empty text. */
export function withoutFinalSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
