/** Host and port of one server. */
export interface RedisNode {
  host: string;
  port: number;
}

/** Where Redis is, as the option REDIS_URL says. */
export interface RedisTarget {
  kind: 'single' | 'sentinel' | 'cluster';
  /** The server, the sentinels, or some nodes of the cluster. */
  nodes: RedisNode[];
  /** Name of the master that the sentinels watch; null for the other kinds. */
  master: string | null;
  /** Number of the database; a cluster has only 0. */
  database: number;
  username: string | null;
  password: string | null;
  /** Password of the sentinels themselves. */
  sentinelPassword: string | null;
  tls: boolean;
  /** File with the certificates that are trusted besides those of the system. */
  caFile: string | null;
}

/** REDIS_URL cannot be understood. The message says what is allowed and holds no password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
}

const allowed =
  'redis://[user:password@]host[:port][/database], rediss:// for TLS, ' +
  'redis+sentinel://[user:password@]host:port,host:port/master[/database], or redis+cluster://[user:password@]host:port,host:port';
const form = /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?:\/\/(?<rest>[^?#]*)(?:\?(?<query>[^#]*))?$/iu;

/**
 * Reads a Redis URL. Names and passwords may be percent-encoded; a password may hold `@` and `:` as they are.
 * Query: `ca` (file of trusted certificates), `sentinel_password`.
 * @throws RedisUrlError
 */
export function parseRedisUrl(url: string): RedisTarget {
  const { tls, kind: kindText = 'single', rest = '', query = '' } = form.exec(url.trim())?.groups ?? fail();
  const kind = kindOf(kindText);
  const parameters = queryOf(query);
  const at = rest.lastIndexOf('@');
  const [hosts = '', ...path] = rest.slice(at + 1).split('/');
  const master = kind === 'sentinel' ? path.shift() || fail() : null;
  const target = {
    kind,
    nodes: hosts.split(',').map((text) => node(text, kind === 'sentinel' ? 26_379 : 6379)),
    master: master === null ? null : decoded(master),
    database: databaseNumber(path),
    ...credentials(at < 0 ? '' : rest.slice(0, at)),
    sentinelPassword: parameters.get('sentinel_password'),
    tls: tls !== undefined,
    caFile: parameters.get('ca'),
  };
  const impossible =
    (kind === 'single' && target.nodes.length > 1) || (kind === 'cluster' && target.database > 0);
  return impossible ? fail() : target;
}

function kindOf(text: string): RedisTarget['kind'] {
  const lower = text.toLowerCase();
  return lower === 'sentinel' || lower === 'cluster' ? lower : 'single';
}

function queryOf(text: string): URLSearchParams {
  const parameters = new URLSearchParams(text);
  const known = [...parameters.keys()].every((name) => name === 'ca' || name === 'sentinel_password');
  return known ? parameters : fail();
}

/** Redis without its credentials, for people. */
export function describeRedis({ kind, nodes, master }: RedisTarget): string {
  const hosts = nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
  return kind === 'sentinel' ? `${master} of the sentinels ${hosts}` : hosts;
}

function credentials(text: string): { username: string | null; password: string | null } {
  if (text === '') {
    return { username: null, password: null };
  }
  const colon = text.indexOf(':');
  const name = colon < 0 ? '' : text.slice(0, colon);
  const secret = colon < 0 ? text : text.slice(colon + 1);
  return { username: name === '' ? null : decoded(name), password: secret === '' ? null : decoded(secret) };
}

function node(text: string, standardPort: number): RedisNode {
  const { host, literal, port } =
    /^(?:\[(?<literal>[\da-f:.]+)\]|(?<host>[^\s:[\]]+))(?::(?<port>\d{1,5}))?$/iu.exec(text)?.groups ??
    fail();
  const number = port === undefined ? standardPort : Number(port);
  return number > 0 && number < 65_536 ? { host: literal ?? host ?? fail(), port: number } : fail();
}

function databaseNumber(path: readonly string[]): number {
  const [text = '', ...more] = path;
  return more.length === 0 && /^\d{0,5}$/u.test(text) ? Number(text) : fail();
}

/** A text with a lone `%` stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fail(): never {
  throw new RedisUrlError(`The URL of Redis is not valid: it must be ${allowed}.`);
}
