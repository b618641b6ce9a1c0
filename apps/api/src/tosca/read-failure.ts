import { AddressRefused } from '@im/connectors';

/**
 * `refused`: by the rules of this service. `final`: the server said so, and would again. `passing`: may work some time later.
 * `repeatable`: may work at once. `busy`: this service could not even try.
 */
export type ReadFailureKind = 'refused' | 'final' | 'passing' | 'repeatable' | 'busy';

/** Why a file cannot be had, in a few words for the author of the document. */
export class ReadFailure extends Error {
  constructor(
    readonly reason: string,
    readonly kind: ReadFailureKind,
    options: { cause?: unknown } = {},
  ) {
    super(reason, options);
    this.name = 'ReadFailure';
  }

  /** Whether the file is likely to be the same as before, only out of reach: an older copy may be used. */
  get passes(): boolean {
    return this.kind === 'passing' || this.kind === 'repeatable' || this.kind === 'busy';
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'the name of the host cannot be resolved'],
  ['EAI_AGAIN', 'the name of the host cannot be resolved'],
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'the server closed the connection'],
  ['EPIPE', 'the server closed the connection'],
  ['ETIMEDOUT', 'the host does not answer'],
  ['EHOSTUNREACH', 'the host cannot be reached'],
  ['ENETUNREACH', 'the host cannot be reached'],
]);

/** What an error of a connection means for the reader; its own text is not shown. */
export function failureOfConnection(error: Error): ReadFailure {
  if (error instanceof ReadFailure) {
    return error;
  }
  if (error instanceof AddressRefused) {
    return new ReadFailure(`${error.message} (option TOSCA_ALLOW_PRIVATE_ADDRESSES)`, 'refused', {
      cause: error,
    });
  }
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code !== 'string') {
    return new ReadFailure('the connection failed', 'repeatable', { cause: error });
  }
  const known = reasons.get(code);
  if (known !== undefined) {
    return new ReadFailure(known, 'repeatable', { cause: error });
  }
  if (code.startsWith('HPE_')) {
    return new ReadFailure(`the server does not answer in valid HTTP (${code})`, 'passing', { cause: error });
  }
  // Certificates that do not fit, and handshakes that fail.
  return new ReadFailure(`no connection can be made (${code})`, 'passing', { cause: error });
}
