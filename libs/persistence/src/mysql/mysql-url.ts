import { isIP } from 'node:net';
import { DatabaseUrlError } from '../database-url-error.js';
import type { MysqlLimits } from './mysql-limits.js';

/** How a connection is encrypted. */
export interface TlsSettings {
  /** `required`: encrypted, not checked; `verify-ca`: the certificate is checked; `verify-identity`: also that it is for this host. */
  mode: 'required' | 'verify-ca' | 'verify-identity';
  /** PEM files: the authorities to trust instead of the known ones; a certificate of this client and its key. */
  caFile?: string;
  certificateFile?: string;
  keyFile?: string;
}

export interface MysqlLogin {
  username: string;
  password: string;
}

/** A MySQL or MariaDB, as read from DATA_DB. */
export interface MysqlLocation {
  kind: 'mysql';
  host: string;
  port: number;
  /** A Unix socket to use instead of host and port. */
  socket: string | null;
  database: string;
  /** What to try, in order: the texts of the URL may be percent-encoded or not (spec: persistence-and-ha.md 1). */
  logins: MysqlLogin[];
  tls: TlsSettings | null;
  /** utf8mb4, or a collation of it. */
  charset: string;
  /** Those that the URL gives. */
  limits: Partial<MysqlLimits>;
  /** Options of the URL that mean nothing here: the operator is told. */
  ignored: string[];
}

/** Options of the URL by name, without dashes and underscores, in lower case. */
type UrlOptions = Map<string, string>;

const limitOptions: Readonly<Record<string, keyof MysqlLimits>> = {
  connectionlimit: 'connections',
  queuelimit: 'waiting',
  acquiretimeout: 'acquireMs',
  connecttimeout: 'connectMs',
  statementtimeout: 'statementMs',
  decisiontimeout: 'decisionMs',
};
const tlsOptions = ['ssl', 'sslmode', 'sslca', 'sslcert', 'sslkey'];
const socketOptions = ['socket', 'unixsocket', 'socketpath'];
const modes: Readonly<Record<string, TlsSettings['mode'] | null>> = {
  '': null,
  '0': null,
  false: null,
  no: null,
  off: null,
  disabled: null,
  insecure: 'required',
  'skip-verify': 'required',
  required: 'required',
  'verify-ca': 'verify-ca',
  '1': 'verify-identity',
  true: 'verify-identity',
  yes: 'verify-identity',
  on: 'verify-identity',
  'verify-identity': 'verify-identity',
};

/**
 * Reads what follows `mysql://`. A password may hold anything: the last @ of all ends it, the first : begins it.
 * @returns null when host or database are missing
 * @throws DatabaseUrlError for options that cannot be obeyed
 */
export function parseMysqlUrl(rest: string): MysqlLocation | null {
  const at = rest.lastIndexOf('@');
  const userInfo = at < 0 ? '' : rest.slice(0, at);
  const server = /^(\[[^\]]+\]|[^:/?]*)(?::(\d{1,5}))?\/([^/?]+)(?:\?(.*))?$/.exec(rest.slice(at + 1));
  const [, bracketed, port = '3306', database, query] = server ?? [];
  const host = bracketed?.replace(/^\[|\]$/g, '');
  if (host === undefined || host === '' || database === undefined || Number(port) > 65_535) {
    return null;
  }
  const options = readOptions(query ?? '');
  const socket = socketOptions.map((name) => options.get(name)).find((value) => value !== undefined);
  return {
    kind: 'mysql',
    host,
    port: Number(port),
    socket: socket ?? null,
    database: decoded(database) ?? database,
    logins: logins(userInfo),
    tls: readTls(options, socket === undefined ? host : 'localhost'),
    charset: readCharset(options),
    limits: readLimits(options),
    ignored: ignoredOptions(options),
  };
}

function readOptions(query: string): UrlOptions {
  const pairs = [...new URLSearchParams(query)];
  return new Map(pairs.map(([name, value]) => [name.toLowerCase().replace(/[-_]/g, ''), value]));
}

/** The decoded user and password first, the literal ones second where they differ. */
function logins(userInfo: string): MysqlLogin[] {
  const colon = userInfo.indexOf(':');
  const literal =
    colon < 0
      ? { username: userInfo, password: '' }
      : { username: userInfo.slice(0, colon), password: userInfo.slice(colon + 1) };
  const username = decoded(literal.username);
  const password = decoded(literal.password);
  if (username === null || password === null) {
    return [literal];
  }
  const isSame = username === literal.username && password === literal.password;
  return isSame ? [literal] : [{ username, password }, literal];
}

/** null when a percent sign starts no valid escape sequence. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function readTls(options: UrlOptions, host: string): TlsSettings | null {
  const [caFile, certificateFile, keyFile] = ['sslca', 'sslcert', 'sslkey'].map((name) => options.get(name));
  const files = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certificateFile === undefined ? {} : { certificateFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
  const given = options.get('sslmode') ?? options.get('ssl');
  const word = given?.toLowerCase().replaceAll('_', '-') ?? (Object.keys(files).length > 0 ? 'true' : '');
  const mode = modes[word];
  if (mode === undefined) {
    throw new DatabaseUrlError(
      'DATA_DB has an option ssl that is not known: use true, verify-ca, insecure or false.',
    );
  }
  if (mode === null) {
    return null;
  }
  if (mode === 'verify-identity' && isIP(host) !== 0) {
    throw new DatabaseUrlError(
      'DATA_DB asks whether a certificate is for an IP address: name the host instead, or use ssl=verify-ca with ssl-ca.',
    );
  }
  return { mode, ...files };
}

/** Other character sets would lose letters, so only collations of utf8mb4 are obeyed. */
function readCharset(options: UrlOptions): string {
  const charset = options.get('charset')?.toLowerCase() ?? '';
  return /^utf8mb4(_[a-z0-9_]+)?$/.test(charset) ? charset : 'utf8mb4';
}

function readLimits(options: UrlOptions): Partial<MysqlLimits> {
  const limits: Partial<MysqlLimits> = {};
  for (const [option, limit] of Object.entries(limitOptions)) {
    const value = options.get(option);
    if (value !== undefined) {
      if (!/^[1-9]\d{0,8}$/.test(value)) {
        throw new DatabaseUrlError(`DATA_DB has an option ${option} that is not a whole number above 0.`);
      }
      limits[limit] = Number(value);
    }
  }
  return limits;
}

/** @throws DatabaseUrlError for a TLS option that is not known: ignored, it would leave the data less protected than was meant */
function ignoredOptions(options: UrlOptions): string[] {
  const known = new Set([...tlsOptions, ...socketOptions, ...Object.keys(limitOptions), 'charset']);
  const unknown = [...options.keys()].filter((name) => !known.has(name));
  const aboutTls = unknown.find((name) => /^(ssl|tls)/.test(name));
  if (aboutTls !== undefined) {
    throw new DatabaseUrlError(
      `DATA_DB has the unknown option ${aboutTls}: there are ssl, ssl-ca, ssl-cert and ssl-key.`,
    );
  }
  const charset = options.get('charset')?.toLowerCase();
  return charset === undefined || charset === readCharset(options) ? unknown : [...unknown, 'charset'];
}
