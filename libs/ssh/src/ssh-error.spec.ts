import { describe, expect, it } from 'vitest';
import type { SshErrorCode } from './ssh-error.js';
import { SshError, sshErrorOf } from './ssh-error.js';

const where = 'ana@10.0.0.1:22';

const withFields = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

describe('what a failed call over SSH becomes', () => {
  it.each<[string, unknown, SshErrorCode, boolean]>([
    [
      'a refused log-in',
      withFields('All configured authentication methods failed', { level: 'client-authentication' }),
      'AuthenticationFailed',
      false,
    ],
    [
      'a handshake that takes too long',
      withFields('Timed out while waiting for handshake', { level: 'client-timeout' }),
      'Timeout',
      true,
    ],
    ['silence of the network', withFields('connect ETIMEDOUT', { code: 'ETIMEDOUT' }), 'Timeout', true],
    [
      'a machine that went silent',
      withFields('Keepalive timeout', { level: 'client-timeout' }),
      'Timeout',
      true,
    ],
    ['a closed port', withFields('connect ECONNREFUSED', { code: 'ECONNREFUSED' }), 'Refused', true],
    [
      'closed ports of all addresses of a name',
      Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
      'Refused',
      true,
    ],
    [
      'no route to the machine',
      withFields('connect EHOSTUNREACH', { code: 'EHOSTUNREACH' }),
      'Unreachable',
      true,
    ],
    [
      'no route to the network',
      withFields('connect ENETUNREACH', { code: 'ENETUNREACH' }),
      'Unreachable',
      true,
    ],
    [
      'a name that is not known',
      withFields('getaddrinfo ENOTFOUND', { code: 'ENOTFOUND' }),
      'Unreachable',
      true,
    ],
    ['names that cannot be asked for', withFields('getaddrinfo', { code: 'EAI_AGAIN' }), 'Unreachable', true],
    [
      'a key of an unknown form',
      new Error('Cannot parse privateKey: Unsupported key format'),
      'InvalidKey',
      false,
    ],
    [
      'a key with a passphrase',
      new Error('Cannot parse privateKey: Encrypted private OpenSSH key detected, but no passphrase given'),
      'InvalidKey',
      false,
    ],
    [
      'a connection that is cut',
      withFields('read ECONNRESET', { code: 'ECONNRESET' }),
      'ConnectionLost',
      true,
    ],
    ['anything else', 'some text', 'ConnectionLost', true],
    ['nothing at all', undefined, 'ConnectionLost', true],
  ])('%s', (_name, cause, code, retryable) => {
    const error = sshErrorOf(cause, where);

    expect(error).toBeInstanceOf(SshError);
    expect({ code: error.code, retryable: error.retryable }).toEqual({ code, retryable });
    expect(error.cause).toBe(cause);
  });

  it('names the machine, but not for a key, whose text is part of the interface', () => {
    expect(sshErrorOf(withFields('', { code: 'ECONNREFUSED' }), where).message).toBe(
      'ana@10.0.0.1:22 refused the connection.',
    );
    expect(sshErrorOf(new Error('Unsupported key format'), where).message).toBe('Invalid private key');
  });

  it('stays what it is when it is known already', () => {
    const error = new SshError('TransferFailed', 'Files could not be written.');

    expect(sshErrorOf(error, where)).toBe(error);
    expect(error.retryable).toBe(true);
  });

  it.each<SshErrorCode>(['NotAllowed', 'HostKeyChanged'])('is of no use to be tried again: %s', (code) => {
    expect(new SshError(code, '').retryable).toBe(false);
  });
});
