/** Numbers of errors that go away when the transaction is run again: deadlock, lock wait timeout, changed since read (MariaDB). */
const passing = new Set([1213, 1205, 1020]);

/** Codes of a connection that broke or was closed by the server. */
const lostConnection = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ECONNRESET',
  'EPIPE',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_NEW_ABORTING_CONNECTION',
]);

/** Codes of a server that is not there, does not let in, or has no database of that name. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ER_CON_COUNT_ERROR',
]);

export function isPassing(error: unknown): boolean {
  return passing.has(numberOf(error));
}

export function isLostConnection(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  return lostConnection.has(codeOf(error)) || message.includes('closed state');
}

/** The server did not answer in time; it may still do what was asked. */
export function isTimeout(error: unknown): boolean {
  return codeOf(error) === 'PROTOCOL_SEQUENCE_TIMEOUT';
}

export function isUnreachable(error: unknown): boolean {
  return unreachable.has(codeOf(error));
}

export function isDuplicate(error: unknown): boolean {
  return numberOf(error) === 1062;
}

/** User name or password were refused. */
export function isRefusedLogin(error: unknown): boolean {
  return codeOf(error) === 'ER_ACCESS_DENIED_ERROR';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function numberOf(error: unknown): number {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
}
