import type { IncomingMessage } from 'node:http';
import { stringify } from 'node:querystring';
import { CloudError } from '@im/domain';
import type Docker from 'dockerode';
import { cloudErrorCode, retryAfterMs } from '../provider-error.js';
import type { EngineTransport } from './engine-transport.js';

type DialOptions = Parameters<Docker['modem']['dial']>[0];
type DialCallback = Parameters<Docker['modem']['dial']>[1];

/** An answer longer than this is no answer of an engine. */
const longestAnswer = 64 * 1024 * 1024;

/**
 * Docker's calls as dockerode names them, sent over our transport: its own one follows redirects to any address without our agent,
 * and drops the headers of errors (Retry-After).
 * @param prefix version part of the path, e.g. `/v1.41`
 */
export async function engineCalls(
  transport: EngineTransport,
  prefix: string,
  signal: AbortSignal,
): Promise<Docker> {
  // Loaded with the first call: with what it brings along it takes some megabytes.
  const { default: Client } = await import('dockerode');
  const modem = {
    dial: (options: DialOptions, callback: DialCallback): void => {
      dial(transport, prefix, options, signal).then(
        (result) => callback?.(null, result),
        (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  };
  const options = { modem, protocol: 'http' as const };
  return new Client(options);
}

async function dial(
  transport: EngineTransport,
  prefix: string,
  options: DialOptions,
  signal: AbortSignal,
): Promise<IncomingMessage | object | null> {
  const { query, body } = parameters(options);
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.authconfig !== undefined) {
    headers['X-Registry-Auth'] = Buffer.from(JSON.stringify(options.authconfig)).toString('base64url');
  }
  if (body !== undefined) {
    headers['Content-Type'] = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
  }
  const path = options.path.replace(/\?$/u, '');
  const response = await transport.send({
    method: options.method ?? 'GET',
    path: `${prefix}${path}${query === '' ? '' : `?${query}`}`,
    headers,
    signal,
    ...(body === undefined ? {} : { body }),
  });
  if (response.status >= 300 && response.status !== 304) {
    const text = messageIn(await readAll(response.body));
    throw new CloudError(errorCode(response.status, text), text === '' ? `HTTP ${response.status}` : text, {
      ...retryAfter(response.headers['retry-after']),
    });
  }
  if (options.isStream === true) {
    return response.body;
  }
  const text = await readAll(response.body);
  return text === '' ? null : parsed(text);
}

/** Names that are query parameters in a POST; everything else is in its body. */
const postQuery: ReadonlySet<string> = new Set(['name', 'fromImage', 'tag', 'repo', 'container', 't']);

/** dockerode gives query parameters and body in one object. */
function parameters(options: DialOptions): { query: string; body?: string | Buffer } {
  const given = Object.entries({ ...options.options }).filter(
    ([name, value]) =>
      name !== 'authconfig' && name !== 'abortSignal' && value !== undefined && value !== null,
  );
  const post = options.method === 'POST';
  const inQuery = given.filter(([name]) => !post || postQuery.has(name));
  const query = stringify(Object.fromEntries(inQuery.map(([name, value]) => [name, queryText(value)])));
  if (Buffer.isBuffer(options.file)) {
    return { query, body: options.file };
  }
  const inBody = given.filter(([name]) => post && !postQuery.has(name));
  return inBody.length === 0 ? { query } : { query, body: JSON.stringify(Object.fromEntries(inBody)) };
}

function queryText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function retryAfter(header: string | undefined): { retryAfterMs?: number } {
  const pause = retryAfterMs(header, Date.now());
  return pause === undefined ? {} : { retryAfterMs: pause };
}

/** Texts in which engines say what the status 500 does not. */
const causes: readonly [RegExp, CloudError['code']][] = [
  [/port is already allocated|address already in use/iu, 'Conflict'],
  [/no space left on device|fully subnetted|all predefined address pools/iu, 'QuotaExceeded'],
  [/pool overlaps|invalid (?:mount|volume|subnet|reference|config)/iu, 'InvalidInput'],
  [/toomanyrequests|rate limit/iu, 'RateLimited'],
  [/unauthorized|authentication required|incorrect username|no basic auth|^denied/iu, 'Unauthenticated'],
  [
    /manifest (?:for .* )?(?:unknown|not found)|no such image|pull access denied|repository does not exist/iu,
    'NotFound',
  ],
  [
    /connection refused|no such host|i\/o timeout|deadline exceeded|unexpected HTTP status: 5/iu,
    'Unavailable',
  ],
];

/** What a status means, with the help of the text where the engine's status says little. */
export function errorCode(status: number, text: string): CloudError['code'] {
  if (/is ambiguous/iu.test(text)) {
    // Two networks of one name, for the moments until one of those who made them takes his away: worth another attempt.
    return 'Unavailable';
  }
  const cause = status >= 500 || status === 404 ? causes.find(([pattern]) => pattern.test(text)) : undefined;
  return cause?.[1] ?? cloudErrorCode(status);
}

function messageIn(text: string): string {
  const value = parsed(text);
  if (typeof value === 'object' && 'message' in value && typeof value.message === 'string') {
    return value.message.trim();
  }
  // What is not JSON comes from something in between; its beginning is enough.
  return text
    .replaceAll(/<[^>]*>/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .slice(0, 200);
}

/** JSON, or the text in an object when it is none, so that the check of the answer refuses it. */
function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : { garbage: true };
  } catch {
    return { garbage: true };
  }
}

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    length += bytes.length;
    if (length > longestAnswer) {
      throw new CloudError('Internal', 'The answer is too long.');
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}
