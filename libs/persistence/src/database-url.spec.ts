import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from './database-url.js';
import { DatabaseUrlError } from './database-url-error.js';

describe('parseDatabaseUrl', () => {
  it.each([
    ['sqlite:///etc/im/inf.dat', '/etc/im/inf.dat'],
    ['file:///var/im.sqlite', '/var/im.sqlite'],
    ['/abs/path', '/abs/path'],
    ['rel/path', 'rel/path'],
    ['./data/im.sqlite', './data/im.sqlite'],
    ['sqlite://a/b', 'a/b'],
  ])('reads %s as a SQLite file', (url, path) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'sqlite', path });
  });

  it('reads a MySQL URL with its defaults', () => {
    expect(parseDatabaseUrl('mysql://im:secret@db.test/im')).toEqual({
      kind: 'mysql',
      host: 'db.test',
      port: 3306,
      socket: null,
      database: 'im',
      logins: [{ username: 'im', password: 'secret' }],
      tls: null,
      charset: 'utf8mb4',
      limits: {},
      ignored: [],
    });
  });

  it.each([
    ['mysql://u:p@ss:w@h:3307/d', [{ username: 'u', password: 'p@ss:w' }]],
    [
      'mysql://u:p%40ss@h/d',
      [
        { username: 'u', password: 'p@ss' },
        { username: 'u', password: 'p%40ss' },
      ],
    ],
    ['mysql://u:100%@h/d', [{ username: 'u', password: '100%' }]],
    ['mysql://u:a/b?c#d@h/d', [{ username: 'u', password: 'a/b?c#d' }]],
    ['mysql://u@h/d', [{ username: 'u', password: '' }]],
  ])('finds the login in %s', (url, logins) => {
    expect(parseDatabaseUrl(url)).toMatchObject({ host: 'h', database: 'd', logins });
  });

  it.each([
    ['ssl=true', { mode: 'verify-identity' }],
    ['ssl=1', { mode: 'verify-identity' }],
    ['ssl=false', null],
    ['ssl=insecure', { mode: 'required' }],
    ['ssl-mode=VERIFY_CA', { mode: 'verify-ca' }],
    ['ssl-mode=REQUIRED', { mode: 'required' }],
    ['ssl-mode=DISABLED&ssl-ca=/ca.pem', null],
    ['ssl-ca=/etc/im/ca.pem', { mode: 'verify-identity', caFile: '/etc/im/ca.pem' }],
    [
      'ssl=verify-ca&ssl_ca=%2Fca.pem&ssl_cert=/c.pem&ssl_key=/k.pem',
      { mode: 'verify-ca', caFile: '/ca.pem', certificateFile: '/c.pem', keyFile: '/k.pem' },
    ],
    ['', null],
  ])('reads how to encrypt from %s', (query, tls) => {
    expect(parseDatabaseUrl(`mysql://u:p@h/d?${query}`)).toMatchObject({ tls });
  });

  it('reads an address, a port and a socket', () => {
    expect(parseDatabaseUrl('mysql://u:p@[::1]:3307/d')).toMatchObject({ host: '::1', port: 3307 });
    expect(parseDatabaseUrl('mysql://u:p@localhost/d?socket=/run/mysqld/mysqld.sock')).toMatchObject({
      socket: '/run/mysqld/mysqld.sock',
    });
  });

  it('reads how many connections there may be and how long to wait', () => {
    const query =
      'connectionLimit=20&queueLimit=7&acquireTimeout=100&connectTimeout=200&statementTimeout=300';
    expect(parseDatabaseUrl(`mysql://u:p@h/d?${query}`)).toMatchObject({
      limits: { connections: 20, waiting: 7, acquireMs: 100, connectMs: 200, statementMs: 300 },
    });
  });

  it.each([
    ['charset=utf8mb4', 'utf8mb4', []],
    ['charset=utf8mb4_unicode_ci', 'utf8mb4_unicode_ci', []],
    ['charset=latin1&autocommit=true', 'utf8mb4', ['autocommit', 'charset']],
  ])('writes utf8mb4 always, and tells what it does not obey of %s', (query, charset, ignored) => {
    expect(parseDatabaseUrl(`mysql://u:p@h/d?${query}`)).toMatchObject({ charset, ignored });
  });

  it.each([
    ['mongodb://u:hidden@h/d', /MongoDB, which is not supported yet/],
    ['postgres://u:hidden@h/d', /unknown scheme postgres/],
    ['mysql://u:hidden@h', /not complete/],
    ['mysql://u:hidden@/d', /not complete/],
    ['mysql://u:hidden@h:65536/d', /not complete/],
    ['mysql://u:hidden@h/d?ssl=maybe', /option ssl that is not known/],
    ['mysql://u:hidden@h/d?sslverify=true', /unknown option sslverify/],
    ['mysql://u:hidden@10.0.0.1/d?ssl=true', /name the host instead/],
    ['mysql://u:hidden@h/d?connectionLimit=0', /connectionlimit that is not a whole number/],
    ['sqlite://', /names no file/],
  ])('refuses %s without telling the password', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(DatabaseUrlError);
    expect(() => parseDatabaseUrl(url)).toThrow(message);
    expect(() => parseDatabaseUrl(url)).not.toThrow('hidden');
  });
});
