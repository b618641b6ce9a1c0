/** Why a call over SSH failed. */
export type SshErrorCode =
  | 'Unreachable'
  | 'Refused'
  | 'AuthenticationFailed'
  | 'InvalidKey'
  | 'NotAllowed'
  | 'HostKeyChanged'
  | 'Timeout'
  | 'ConnectionLost'
  | 'TransferFailed';

const retryable: ReadonlySet<SshErrorCode> = new Set([
  'Unreachable',
  'Refused',
  'Timeout',
  'ConnectionLost',
  'TransferFailed',
]);

/** A call over SSH failed; the text names the machine, never a password or key. */
export class SshError extends Error {
  readonly code: SshErrorCode;

  constructor(code: SshErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SshError';
    this.code = code;
  }

  /** The same call may succeed later. */
  get retryable(): boolean {
    return retryable.has(this.code);
  }
}

/** The typed form of what ssh2 or a socket reported. */
export function sshErrorOf(error: unknown, where: string): SshError {
  if (error instanceof SshError) {
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  const level = property(error, 'level');
  const code = property(error, 'code');
  if (level === 'client-authentication') {
    return new SshError('AuthenticationFailed', `${where} refused the credentials.`, { cause: error });
  }
  if (level === 'client-timeout' || code === 'ETIMEDOUT' || /timed out/i.test(message)) {
    return new SshError('Timeout', `${where} did not answer in time.`, { cause: error });
  }
  if (code === 'ECONNREFUSED') {
    return new SshError('Refused', `${where} refused the connection.`, { cause: error });
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new SshError('Unreachable', `${where} cannot be reached.`, { cause: error });
  }
  if (/parse.*privateKey|Unsupported key format/i.test(message)) {
    return new SshError('InvalidKey', 'Invalid private key', { cause: error });
  }
  return new SshError('ConnectionLost', `The connection to ${where} was lost (${message}).`, {
    cause: error,
  });
}

function property(error: unknown, name: 'level' | 'code'): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
