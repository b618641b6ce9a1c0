import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpRequest, STATUS_CODES } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PublicAddressGuard } from '@im/connectors';
import { failureOfConnection, ReadFailure } from './read-failure.js';

const mostRedirects = 5;
const longestUrl = 4096;
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Statuses below 500 that say nothing about the file. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** What documents may fetch. */
export interface RequestRules {
  /** Host names, or `*.` and a domain for all hosts below it; none: every host. */
  hosts: readonly string[];
  allowHttp: boolean;
  /** Largest body. */
  maxBytes: number;
  /** Judges the addresses that are connected to. */
  guard: PublicAddressGuard;
}

/** The copy that the server may declare valid. */
export interface KnownCopy {
  /** Where it was found behind all redirects. */
  url: string;
  etag?: string | undefined;
  lastModified?: string | undefined;
}

/** An answer with the file, or with the word that the known copy is still right. */
export interface FileAnswer {
  /** Where it was found behind all redirects. */
  url: string;
  /** undefined: the known copy is still right. */
  body: Buffer | undefined;
  headers: IncomingHttpHeaders;
}

/** One response before its meaning is known; the body is that of 200 only. */
interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer | undefined;
}

/** GET requests for URLs that strangers chose: each hop is checked before a connection is made (spec: tosca.md 4). */
export class GuardedRequests {
  private readonly hosts: readonly string[];

  constructor(private readonly rules: RequestRules) {
    this.hosts = rules.hosts.map((host) => host.toLowerCase());
  }

  /**
   * An URL that may be asked for, without its fragment. Names are judged later, when they are resolved.
   * @throws ReadFailure `refused`
   */
  accepted(text: string, base?: string): URL {
    if (text.length > longestUrl) {
      throw new ReadFailure(`the URL is longer than ${longestUrl} characters`, 'refused');
    }
    if (!URL.canParse(text, base)) {
      throw new ReadFailure('it is no URL', 'refused');
    }
    const url = new URL(text, base);
    url.hash = '';
    this.assertScheme(url);
    if (url.username !== '' || url.password !== '') {
      throw new ReadFailure('the URL holds a user or password', 'refused');
    }
    if (!this.isListed(url.hostname)) {
      throw new ReadFailure(
        `documents may not fetch from ${url.hostname} (option TOSCA_IMPORT_HOSTS)`,
        'refused',
      );
    }
    try {
      this.rules.guard.assertAllowed(url.hostname);
    } catch (error) {
      throw error instanceof Error ? failureOfConnection(error) : error;
    }
    return url;
  }

  /**
   * Follows redirects to the file.
   * @param start as `accepted` gave it
   * @throws ReadFailure
   */
  async get(start: URL, known: KnownCopy | undefined, signal: AbortSignal): Promise<FileAnswer> {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const { status, headers, body } = await this.hop(url, known, signal).catch(behind(start, url));
      if (redirecting.has(status) && headers.location !== undefined) {
        if (redirects === mostRedirects) {
          throw new ReadFailure(`more than ${mostRedirects} redirects`, 'final');
        }
        url = this.redirected(headers.location, url);
      } else if (body !== undefined || (status === 304 && known?.url === url.href)) {
        return { url: url.href, body, headers };
      } else {
        throw behindOf(start, url, failureOfStatus(status));
      }
    }
  }

  private redirected(location: string, from: URL): URL {
    try {
      return this.accepted(location, from.href);
    } catch (error) {
      throw error instanceof ReadFailure
        ? new ReadFailure(`it redirects to where documents may not fetch: ${error.reason}`, error.kind)
        : error;
    }
  }

  private assertScheme(url: URL): void {
    if (url.protocol === 'http:' && !this.rules.allowHttp) {
      throw new ReadFailure('http is not allowed, only https (option TOSCA_ALLOW_HTTP)', 'refused');
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:') {
      throw new ReadFailure('only https URLs can be fetched', 'refused');
    }
  }

  private isListed(hostname: string): boolean {
    const host = hostname.replace(/\.$/u, '');
    return (
      this.hosts.length === 0 ||
      this.hosts.some((listed) =>
        listed.startsWith('*.') ? host.endsWith(listed.slice(1)) : host === listed,
      )
    );
  }

  private hop(url: URL, known: KnownCopy | undefined, signal: AbortSignal): Promise<Response> {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(failureOfConnection(error));
      };
      // Without a shared agent each hop has its own connection, whose address was judged for it.
      const request = send(url, {
        agent: false,
        headers: headersFor(url, known),
        lookup: this.rules.guard.lookup,
        signal,
      });
      request.on('error', fail);
      request.on('response', (response) => {
        response.on('error', fail);
        this.bodyOf(response)
          .then((body) => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
          }, fail)
          .finally(() => {
            request.destroy();
          });
      });
      request.end();
    });
  }

  /** The body of a file; that of every other answer is left where it is. */
  private async bodyOf(response: IncomingMessage): Promise<Buffer | undefined> {
    if (response.statusCode !== 200) {
      return undefined;
    }
    const { maxBytes } = this.rules;
    const tooLarge = (): ReadFailure =>
      new ReadFailure(`it is larger than ${maxBytes} bytes (option TOSCA_IMPORT_MAX_SIZE)`, 'final');
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
      throw tooLarge();
    }
    const encoding = response.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new ReadFailure('the server compressed it without being asked to', 'final');
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const stream: AsyncIterable<Buffer> = response;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > maxBytes) {
        throw tooLarge();
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

function headersFor(url: URL, known: KnownCopy | undefined): Record<string, string> {
  const headers: Record<string, string> = {
    accept: '*/*',
    'accept-encoding': 'identity',
    'user-agent': 'infrastructure-manager',
  };
  if (known?.url === url.href) {
    if (known.etag !== undefined) {
      headers['if-none-match'] = known.etag;
    }
    if (known.lastModified !== undefined) {
      headers['if-modified-since'] = known.lastModified;
    }
  }
  return headers;
}

function failureOfStatus(status: number): ReadFailure {
  const reason = STATUS_CODES[status] ?? `the server answers with status ${status}`;
  if (status >= 500) {
    return new ReadFailure(reason, 'repeatable');
  }
  return new ReadFailure(reason, passing.has(status) ? 'passing' : 'final');
}

function behind(start: URL, url: URL): (error: unknown) => never {
  return (error) => {
    throw error instanceof ReadFailure ? behindOf(start, url, error) : error;
  };
}

/** Says which host failed when it is not the one that the document names. */
function behindOf(start: URL, url: URL, failure: ReadFailure): ReadFailure {
  return url.host === start.host
    ? failure
    : new ReadFailure(`it redirects to ${url.host}: ${failure.reason}`, failure.kind, { cause: failure });
}
