import type { IncomingHttpHeaders } from 'node:http';

/** Servers may say longer; then a question whether the copy is still right costs little. */
const longestMs = 24 * 3600 * 1000;

/** For how long a copy may be used (RFC 9111). */
export interface Freshness {
  /** It may be kept at all. */
  keep: boolean;
  /** Milliseconds in which its server need not be asked. */
  forMs: number;
  /** It may be used after that while the server is out of reach. */
  whenUnreachable: boolean;
}

/**
 * What the headers of an answer say. `s-maxage` counts before `max-age`, for the cache is shared by all users.
 * @param defaultMs for answers that do not say
 * @param now milliseconds since 1970
 */
export function freshnessOf(headers: IncomingHttpHeaders, defaultMs: number, now: number): Freshness {
  const directives = directivesOf(headers['cache-control'] ?? '');
  const answered = {
    keep: !directives.has('no-store'),
    whenUnreachable: !directives.has('must-revalidate') && !directives.has('proxy-revalidate'),
  };
  if (directives.has('no-cache')) {
    return { ...answered, forMs: 0 };
  }
  const seconds = directives.get('s-maxage') ?? directives.get('max-age');
  if (seconds === undefined) {
    return { ...answered, forMs: bounded(untilExpiry(headers, now) ?? defaultMs) };
  }
  const age = Number(headers.age ?? 0);
  return { ...answered, forMs: bounded((Number(seconds) - (age > 0 ? age : 0)) * 1000) };
}

function directivesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.toLowerCase().split(',')) {
    const [name = '', value = ''] = part.split('=');
    found.set(name.trim(), value.trim().replaceAll('"', ''));
  }
  return found;
}

/** undefined when there is no such header. A date that cannot be read is in the past (RFC 9111 5.3). */
function untilExpiry(headers: IncomingHttpHeaders, now: number): number | undefined {
  if (headers.expires === undefined) {
    return undefined;
  }
  const sent = Date.parse(headers.date ?? '');
  return Date.parse(headers.expires) - (Number.isNaN(sent) ? now : sent);
}

function bounded(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), longestMs);
}
