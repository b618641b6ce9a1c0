import type { CloudErrorCode } from '@im/domain';
import { CloudError, messageOf } from '@im/domain';

const codeOfStatus: Readonly<Record<number, CloudErrorCode>> = {
  400: 'InvalidInput',
  401: 'Unauthenticated',
  403: 'PermissionDenied',
  404: 'NotFound',
  408: 'Timeout',
  409: 'Conflict',
  413: 'InvalidInput',
  422: 'InvalidInput',
  429: 'RateLimited',
  501: 'Unsupported',
  502: 'Unavailable',
  503: 'Unavailable',
  504: 'Timeout',
};

/** What an HTTP status means for the caller (design: architecture.md 7). */
export function cloudErrorCode(status: number): CloudErrorCode {
  return codeOfStatus[status] ?? (status >= 500 ? 'Internal' : 'InvalidInput');
}

/**
 * Value of a Retry-After header in milliseconds: seconds or an HTTP date (RFC 9110 10.2.3).
 * @param now milliseconds since the epoch, for dates
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  if (/^\d+$/u.test(header.trim())) {
    return Number(header) * 1000;
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

const networkFailures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  ENOTFOUND: 'has a name that cannot be resolved',
  EAI_AGAIN: 'has a name that cannot be resolved now',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'did not accept the connection in time',
  ENOENT: 'has no socket at this path',
  EACCES: 'has a socket that this service may not open',
};

const wrongProtocol = /^(?:HPE_|EPROTO|ERR_SSL_WRONG_VERSION)/u;
const certificate = /CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_|ERR_OSSL|ERR_SSL/u;

/**
 * The error of a call to a provider as a CloudError with a text for the user.
 * @param provider who was called, without secrets
 */
export function toCloudError(error: unknown, provider: string): CloudError {
  if (error instanceof CloudError) {
    return error;
  }
  const code = systemCode(error);
  const failure = networkFailures[code];
  if (failure !== undefined) {
    return new CloudError('Unavailable', `The provider ${provider} ${failure} (${code}).`, { cause: error });
  }
  if (wrongProtocol.test(code)) {
    return new CloudError(
      'InvalidInput',
      `The provider ${provider} does not speak the expected protocol (${code}): check host, port and http or https.`,
      { cause: error },
    );
  }
  if (certificate.test(code)) {
    return new CloudError(
      'Unauthenticated',
      `The TLS connection to the provider ${provider} failed (${code}): check the certificates.`,
      { cause: error },
    );
  }
  return new CloudError('Internal', `The call to the provider ${provider} failed: ${messageOf(error)}`, {
    cause: error,
  });
}

function systemCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string') {
    return code;
  }
  return error instanceof AggregateError ? systemCode(error.errors[0]) : '';
}
