import { ImError } from '@im/domain';
import { describe, expect, it } from 'vitest';
import { PoolFullError } from './connection-slots.js';
import { asUnavailable, StatementTimeoutError, troubleOf } from './mysql-errors.js';

function mysqlError(errno: number, message = 'x'): Error {
  return Object.assign(new Error(message), { errno, code: 'ER_X' });
}

function networkError(code: string): Error {
  return Object.assign(new Error(code), { errno: -111, code });
}

describe('an error of the database', () => {
  it.each([
    [mysqlError(1213), 'passing'],
    [mysqlError(1205), 'passing'],
    [mysqlError(1290), 'read-only'],
    [mysqlError(1792), 'read-only'],
    [mysqlError(1836), 'read-only'],
    [mysqlError(1053), 'lost'],
    [networkError('ECONNRESET'), 'lost'],
    [new Error("Can't add new command when connection is in closed state"), 'lost'],
    [networkError('ECONNREFUSED'), 'unreachable'],
    [mysqlError(1040), 'unreachable'],
    [mysqlError(1045), 'unreachable'],
    [networkError('ETIMEDOUT'), 'timeout'],
    [new StatementTimeoutError(5), 'timeout'],
    [mysqlError(1969), 'timeout'],
    [mysqlError(1114), 'disk-full'],
    [mysqlError(1030, 'Got error 28 "No space left on device" from storage engine InnoDB'), 'disk-full'],
    [mysqlError(1030, 'Got error 122 "Internal error" from storage engine InnoDB'), null],
    [new PoolFullError('x'), 'pool-full'],
    [mysqlError(1064), null],
    [new TypeError('x'), null],
  ])('%s is told apart by what is to be done about it', (error, trouble) => {
    expect(troubleOf(error)).toBe(trouble);
  });

  it('is answered 503 with its reason and without internals', () => {
    const answer = asUnavailable(
      mysqlError(1290, 'The MariaDB server is running with the --read-only option'),
    );
    expect(answer).toBeInstanceOf(ImError);
    expect(answer).toMatchObject({
      status: 503,
      message: expect.stringMatching(/read-only: try again/) as string,
    });
    expect(answer).not.toMatchObject({ message: expect.stringMatching(/MariaDB/) as string });
  });

  it('that is a fault of the statement stays what it is', () => {
    const error = mysqlError(1064);
    expect(asUnavailable(error)).toBe(error);
  });
});
