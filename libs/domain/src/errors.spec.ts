import { describe, expect, it } from 'vitest';
import type { CloudErrorCode, ImErrorCode } from './errors.js';
import { CloudError, cloudErrorPolicies, ImError, messageOf } from './errors.js';
import type { OperationState } from './model/operation.js';
import { isActive, mayBecome } from './model/operation.js';
import { logLine } from './operations/log-line.js';

describe('errors of clouds', () => {
  it('that will not pass are not tried again; those whose outcome is not known are looked for', () => {
    const codes = Object.keys(cloudErrorPolicies) as CloudErrorCode[];
    const lasting = codes.filter((code) => !new CloudError(code, 'x').policy.retry);
    const uncertain = codes.filter((code) => new CloudError(code, 'x').policy.outcomeUnknown);

    expect(lasting).toEqual([
      'InvalidInput',
      'Unauthenticated',
      'PermissionDenied',
      'QuotaExceeded',
      'NotFound',
      'Unsupported',
    ]);
    expect(uncertain).toEqual(['AlreadyExists', 'Unavailable', 'Timeout', 'OutcomeUnknown', 'Internal']);
  });

  it('that leave the outcome open are all tried again: the next try finds what the last one made', () => {
    for (const policy of Object.values(cloudErrorPolicies)) {
      expect(policy.retry || !policy.outcomeUnknown).toBe(true);
    }
  });

  it('keep their cause and how long the cloud wants to be left alone', () => {
    const cause = new Error('socket');
    const error = new CloudError('RateLimited', 'Slow down.', { cause, retryAfterMs: 5000 });

    expect(error).toMatchObject({ name: 'CloudError', message: 'Slow down.', retryAfterMs: 5000, cause });
  });
});

describe('errors of requests', () => {
  it.each<[ImErrorCode, number]>([
    ['InvalidRequest', 400],
    ['InvalidCredentials', 401],
    ['AccessDenied', 403],
    ['FunctionDisabled', 403],
    ['InfrastructureNotFound', 404],
    ['VmDeleted', 404],
    ['IncorrectState', 409],
    ['Conflict', 409],
    ['UnsupportedMediaType', 415],
    ['TooManyRequests', 429],
    ['OperationFailed', 400],
    ['Internal', 500],
    ['Unavailable', 503],
    ['Timeout', 504],
  ])('%s is answered %d', (code, status) => {
    expect(new ImError(code, 'x').status).toBe(status);
  });

  it('have a text whatever was thrown', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined)]).toEqual([
      'a',
      'b',
      'undefined',
    ]);
  });
});

describe('the states of an operation', () => {
  const states: OperationState[] = ['pending', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'];

  it('lead to an end, which is final', () => {
    for (const state of states) {
      const next = states.filter((other) => mayBecome(state, other));
      expect(next.length > 0).toBe(isActive({ state }));
    }
  });

  it('never lead back from cancelling to work, nor back to the start', () => {
    expect(mayBecome('cancelling', 'running')).toBe(false);
    expect(states.filter((state) => mayBecome(state, 'pending'))).toEqual([]);
    expect(mayBecome('pending', 'succeeded')).toBe(false);
  });
});

describe('a line of the log', () => {
  it('begins with the local time, to the microsecond', () => {
    const at = new Date(2024, 0, 9, 4, 5, 6, 7).getTime();

    expect(logLine(at, 'Select master VM')).toBe('2024-01-09 04:05:06.007000: Select master VM\n');
  });
});
