import { ImError } from '@im/domain';
import { PoolFullError } from './connection-slots.js';

/** What went wrong, as far as it decides what to do about it. */
export type Trouble =
  /** Somebody else was in the way: the transaction was, or is to be, taken back, and may succeed when it is run again. */
  | 'passing'
  /** The connection broke or the server closed it. What was not committed is taken back. */
  | 'lost'
  /** The server is not there or lets nobody in. */
  | 'unreachable'
  /** The server takes no changes: it is a copy, or about to change roles, or an operator wants it so. */
  | 'read-only'
  /** The server cannot store anything: its disk is full. */
  | 'disk-full'
  /** No answer, or none in time; the server may still do what was asked. */
  | 'timeout'
  /** All our connections are in use. */
  | 'pool-full';

/** Numbers of the errors of servers. Both families use the same up to about 1900. */
const troubleByNumber: ReadonlyMap<number, Trouble> = new Map([
  ...trouble('passing', [
    1205, // lock wait timeout
    1213, // deadlock
    1020, // record changed since it was read (MariaDB)
    1412, // a table was changed meanwhile
    1615, // a prepared statement has to be prepared again
    3101, // taken back by the group while it was committed (MySQL group replication)
    3572, // a lock was not free (NOWAIT)
  ]),
  ...trouble('lost', [
    1053, // server shutdown in progress
    1927, // connection was killed
    1152, // aborted connection
    1158, // network: error while reading
    1159, // network: timeout while reading
    1160, // network: error while writing
    1161, // network: timeout while writing
    1184, // aborted new connection
    4031, // closed because it was idle (MySQL)
  ]),
  ...trouble('unreachable', [
    1040, // too many connections
    1044, // no right to use the database
    1045, // user or password refused
    1047, // node of a cluster that is not ready (Galera)
    1049, // no such database
    1129, // host is blocked
    1203, // too many connections of this user
    1226, // a limit of this user is reached
    1698, // user refused
    3118, // account is locked (MySQL)
    3159, // connections must be encrypted (MySQL)
    4151, // account is locked (MariaDB)
  ]),
  ...trouble('read-only', [
    1290, // an option of the server prevents it: read_only
    1792, // the transaction is read-only
    1836, // the server runs in read-only mode
    3098, // the group does not take it (MySQL group replication)
    3100, // the same, before the commit
  ]),
  ...trouble('disk-full', [
    1021, // disk full
    1026, // error while writing a file
    1114, // the table is full
    1878, // a temporary file could not be written
    3019, // the undo log is too big
    3675, // a new tablespace cannot be made
  ]),
  ...trouble('timeout', [
    1969, // max_statement_time exceeded (MariaDB)
    3024, // max_execution_time exceeded (MySQL)
    1317, // the statement was killed
    1028, // sort aborted, by one of these
  ]),
]);

/** "Got error ... from storage engine", with the number that the operating system gave. */
const storageEngineError = 1030;

/** Codes of the driver and of the network. */
const troubleByCode: ReadonlyMap<string, Trouble> = new Map([
  ...trouble('lost', [
    'PROTOCOL_CONNECTION_LOST',
    'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
    'ECONNRESET',
    'EPIPE',
  ]),
  ...trouble('unreachable', [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENOENT',
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETUNREACH',
    'ENETDOWN',
    'EADDRNOTAVAIL',
    'HANDSHAKE_NO_SSL_SUPPORT',
    'HANDSHAKE_SSL_ERROR',
  ]),
  ...trouble('timeout', ['PROTOCOL_SEQUENCE_TIMEOUT', 'ETIMEDOUT']),
]);

function trouble<Key>(kind: Trouble, keys: readonly Key[]): (readonly [Key, Trouble])[] {
  return keys.map((key) => [key, kind] as const);
}

/** A statement took longer than it may. */
export class StatementTimeoutError extends Error {
  constructor(milliseconds: number) {
    super(`The database did not answer within ${milliseconds} ms.`);
    this.name = 'StatementTimeoutError';
  }
}

/** null for everything that is no fault of the database: what the statement itself did wrong, errors of other parts. */
export function troubleOf(error: unknown): Trouble | null {
  if (error instanceof PoolFullError) {
    return 'pool-full';
  }
  if (error instanceof StatementTimeoutError) {
    return 'timeout';
  }
  const byNumber = troubleByNumber.get(numberOf(error)) ?? troubleByCode.get(codeOf(error));
  if (byNumber !== undefined) {
    return byNumber;
  }
  const message = error instanceof Error ? error.message : '';
  if (numberOf(error) === storageEngineError && message.includes('error 28')) {
    return 'disk-full';
  }
  // The driver says this of a connection that broke before, without a code.
  return message.includes('in closed state') ? 'lost' : null;
}

const sentences: Readonly<Record<Trouble, string>> = {
  passing: 'The database is busy with changes of the same data: try again later.',
  lost: 'The database cannot be reached now: try again later.',
  unreachable: 'The database cannot be reached now: try again later.',
  'read-only': 'The database takes no changes now, since it is read-only: try again later.',
  'disk-full': 'The database can store nothing now, since its disk is full: try again later.',
  timeout: 'The database did not answer in time: try again later.',
  'pool-full': 'The database is asked too much at once: try again later.',
};

/** Troubles of the database become ImErrors `Unavailable` with a sentence for users; other errors stay what they are. */
export function asUnavailable(error: unknown): unknown {
  const kind = troubleOf(error);
  return kind === null
    ? error
    : new ImError('Unavailable', sentences[kind], { cause: error, retryAfterSeconds: 1 });
}

export function isDuplicate(error: unknown): boolean {
  return numberOf(error) === 1062;
}

/** User name or password were refused. */
export function isRefusedLogin(error: unknown): boolean {
  return numberOf(error) === 1045 || numberOf(error) === 1698;
}

/** The server holds as many prepared statements as it may. */
export function isOutOfStatements(error: unknown): boolean {
  return numberOf(error) === 1461;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function numberOf(error: unknown): number {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
}
