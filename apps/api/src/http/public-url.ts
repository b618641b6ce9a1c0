import type { FastifyRequest } from 'fastify';

const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** Base of the URIs in answers (spec: rest-api.md 6.2). */
export class PublicUrl {
  private readonly trusted: ReadonlySet<string>;
  private readonly rootPath: string;

  /** @param trustedProxies addresses whose X-Forwarded headers count; `*`: all */
  constructor(rootPath: string, trustedProxies: readonly string[]) {
    this.rootPath = withoutFinalSlash(rootPath);
    this.trusted = new Set(trustedProxies);
  }

  /** Scheme, host and prefix, without a final slash. */
  base(request: FastifyRequest): string {
    const forwarded = this.isTrusted(request.socket.remoteAddress ?? '')
      ? (name: string) => firstValue(request.headers[`x-forwarded-${name}`])
      : () => undefined;
    const scheme =
      forwarded('proto') ?? (request.raw.socket && 'encrypted' in request.raw.socket ? 'https' : 'http');
    const host =
      forwarded('host') ??
      request.headers.host ??
      `${request.socket.localAddress}:${request.socket.localPort}`;
    const port = forwarded('port');
    const prefix = forwarded('prefix');
    const path = prefix === undefined ? this.rootPath : withoutFinalSlash(prefix);
    return `${scheme}://${withPort(host, port, scheme)}${path}`;
  }

  private isTrusted(address: string): boolean {
    const plain = address.replace(/^::ffff:/, '');
    return this.trusted.has('*') || this.trusted.has(plain) || this.trusted.has(address);
  }
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
