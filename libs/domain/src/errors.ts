/**
 * The error tree of the service. Everything that reaches a user is an `ImError` with a safe text; everything a
 * cloud does wrong is a `CloudError` with a code of one closed union, and one table keyed by that code decides
 * retry, next cloud or failure for all connectors (design: architecture.md 7).
 */

/** Why a request or an operation failed, independent of the transport that reports it. */
export type ImErrorCode =
  | 'InvalidRequest'
  | 'InvalidCredentials'
  | 'AccessDenied'
  | 'FunctionDisabled'
  | 'InfrastructureNotFound'
  | 'InfrastructureDeleted'
  | 'VmNotFound'
  | 'VmDeleted'
  | 'PropertyNotFound'
  | 'PropertyNotValid'
  | 'IncorrectState'
  | 'Conflict'
  | 'UnsupportedMediaType'
  | 'TooManyRequests'
  | 'Timeout'
  | 'Unavailable'
  | 'OperationFailed'
  | 'Internal';

const HTTP_STATUS: Readonly<Record<ImErrorCode, number>> = {
  InvalidRequest: 400,
  InvalidCredentials: 401,
  AccessDenied: 403,
  FunctionDisabled: 403,
  InfrastructureNotFound: 404,
  InfrastructureDeleted: 404,
  VmNotFound: 404,
  VmDeleted: 404,
  PropertyNotFound: 404,
  PropertyNotValid: 403,
  IncorrectState: 409,
  Conflict: 409,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
  Timeout: 504,
  Unavailable: 503,
  OperationFailed: 400,
  Internal: 500,
};

/** An error with a text that is safe to show to the user. */
export class ImError extends Error {
  readonly code: ImErrorCode;
  /** When the same request may succeed (header Retry-After), in seconds from now. */
  readonly retryAfterSeconds: number | undefined;

  /**
   * @param code what went wrong; decides the HTTP status (spec: rest-api.md 8.1)
   * @param message a sentence for the user, without secrets and without the prefix of a route
   */
  constructor(
    code: ImErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ImError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** HTTP status of the error (spec: rest-api.md 8.1). */
  get status(): number {
    return HTTP_STATUS[this.code];
  }
}

/** Texts of named errors that clients compare (spec: rest-api.md 8.1). */
export const errorTexts = {
  infrastructureNotFound: 'Invalid infrastructure ID or access not granted.',
  infrastructureDeleted: 'Deleted infrastructure.',
  accessDenied: 'Access to this infrastructure not granted.',
  functionDisabled: 'Function currently disabled.',
  vmNotFound: 'Invalid VM ID',
  vmDeleted: 'Deleted VM.',
  incorrectState: 'Invalid State to perform this operation.',
  deletedDoNotAdd: 'Infrastructure deleted. Do not add resources.',
  timedOut: 'Operation timed out',
} as const;

/** Why a cloud call failed; closed union shared by all connectors. */
export type CloudErrorCode =
  | 'InvalidInput'
  | 'Unauthenticated'
  | 'PermissionDenied'
  | 'QuotaExceeded'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'RateLimited'
  | 'Unavailable'
  | 'Timeout'
  | 'OutcomeUnknown'
  | 'Unsupported'
  | 'Internal';

/** What to do after a cloud error. */
export interface CloudErrorPolicy {
  /** The same call may succeed later at the same cloud. */
  retry: boolean;
  /** The call may have had an effect: look for the launch token before anything else. */
  outcomeUnknown: boolean;
}

/** One table for all connectors and methods (design: architecture.md 7). */
export const cloudErrorPolicies: Readonly<Record<CloudErrorCode, CloudErrorPolicy>> = {
  InvalidInput: { retry: false, outcomeUnknown: false },
  Unauthenticated: { retry: false, outcomeUnknown: false },
  PermissionDenied: { retry: false, outcomeUnknown: false },
  QuotaExceeded: { retry: false, outcomeUnknown: false },
  NotFound: { retry: false, outcomeUnknown: false },
  AlreadyExists: { retry: true, outcomeUnknown: true },
  Conflict: { retry: true, outcomeUnknown: false },
  RateLimited: { retry: true, outcomeUnknown: false },
  Unavailable: { retry: true, outcomeUnknown: true },
  Timeout: { retry: true, outcomeUnknown: true },
  OutcomeUnknown: { retry: true, outcomeUnknown: true },
  Unsupported: { retry: false, outcomeUnknown: false },
  Internal: { retry: true, outcomeUnknown: true },
};

/** A cloud, or the way to it, refused or failed. The message is shown to the user: no secrets in it. */
export class CloudError extends Error {
  readonly code: CloudErrorCode;
  /** How long the cloud asked us to wait before the next try (Retry-After), in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: CloudErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'CloudError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get policy(): CloudErrorPolicy {
    return cloudErrorPolicies[this.code];
  }
}

/** A write was refused because its lease is no longer held: the worker must stop at once. */
export class LeaseLostError extends Error {
  constructor(key: string) {
    super(`The lease of ${key} is held by another worker.`);
    this.name = 'LeaseLostError';
  }
}

/** A row changed between reading and writing; the transaction may be run again. */
export class VersionConflictError extends Error {
  constructor(what: string) {
    super(`${what} was changed meanwhile.`);
    this.name = 'VersionConflictError';
  }
}

/** The text of anything that was thrown, safe for logs and for causes inside user texts. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
