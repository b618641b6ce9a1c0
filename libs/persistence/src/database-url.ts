/** Where the data is, as read from DATA_DB. */
export type DatabaseLocation =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'mysql';
      host: string;
      port: number;
      database: string;
      /** What to try, in order: the texts of the URL may be percent-encoded or not (spec: persistence-and-ha.md 1). */
      logins: { username: string; password: string }[];
      /** false: plain; true: checked against the known authorities; `insecure`: encrypted, not checked. */
      tls: boolean | 'insecure';
      charset: string;
    };

/** DATA_DB cannot be understood. The message names the option and holds no password. */
export class DatabaseUrlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseUrlError';
  }
}

const forms =
  'use mysql://user:password@host[:port]/database, sqlite:///path, file:///path, or the path of a SQLite file';

/**
 * Reads a value of DATA_DB (spec: persistence-and-ha.md 1).
 * @throws DatabaseUrlError with a sentence that says what to write instead
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? url : url.slice(scheme.length + 3);
  switch (scheme) {
    case undefined:
      return sqlite(url);
    case 'sqlite':
    case 'file':
      return sqlite(rest.split('?')[0] ?? '');
    case 'mysql':
    case 'mariadb':
      return mysql(rest);
    case 'mongodb':
    case 'mongodb+srv':
      throw new DatabaseUrlError(`DATA_DB names a MongoDB, which is not supported yet: ${forms}.`);
    default:
      throw new DatabaseUrlError(`DATA_DB has the unknown scheme ${scheme}: ${forms}.`);
  }
}

function sqlite(path: string): DatabaseLocation {
  if (path === '') {
    throw new DatabaseUrlError(`DATA_DB names no file: ${forms}.`);
  }
  return { kind: 'sqlite', path };
}

function mysql(rest: string): DatabaseLocation {
  // A password may hold anything, so the last @ of all ends it and what follows is the server.
  const at = rest.lastIndexOf('@');
  const userInfo = at < 0 ? '' : rest.slice(0, at);
  const server = /^(\[[^\]]+\]|[^:/?]*)(?::(\d{1,5}))?\/([^/?]+)(?:\?(.*))?$/.exec(rest.slice(at + 1));
  const [, host, port, database, query] = server ?? [];
  if (host === undefined || host === '' || database === undefined) {
    throw new DatabaseUrlError(`DATA_DB is not complete: ${forms}.`);
  }
  const options = new URLSearchParams(query ?? '');
  return {
    kind: 'mysql',
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? 3306 : Number(port),
    database: decoded(database) ?? database,
    logins: logins(userInfo),
    tls: tlsOption(options.get('ssl')),
    charset: options.get('charset') ?? 'utf8mb4',
  };
}

/** The decoded user and password first, the literal ones second where they differ. */
function logins(userInfo: string): { username: string; password: string }[] {
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

function tlsOption(value: string | null): boolean | 'insecure' {
  switch (value?.toLowerCase()) {
    case undefined:
    case '':
    case 'false':
    case '0':
    case 'no':
      return false;
    case 'insecure':
    case 'skip-verify':
      return 'insecure';
    default:
      return true;
  }
}
